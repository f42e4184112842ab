//! Any bytes as a configuration file.

#![no_main]

#[path = "../../crates/syntax/tests/invariants/mod.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|text: &[u8]| invariants::hold(text));
