//! Any bytes as PROXY headers, and as what else is small: RDP packets, header blocks of HTTP/2.

#![no_main]

#[path = "../../crates/wire/tests/invariants/small.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|data: &[u8]| invariants::hold(data));
