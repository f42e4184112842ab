//! Any bytes as frames of HTTP/2, from a client and from a server, through the streams that exchanges see.

#![no_main]

#[path = "../../crates/engine/tests/invariants/mod.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|data: &[u8]| invariants::hold(data));
