//! Any bytes as HTTP/1 responses.

#![no_main]

#[path = "../../crates/wire/tests/invariants/http1.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let [mode, text @ ..] = data {
        invariants::hold(&[&[mode | 8], text].concat());
    }
});
