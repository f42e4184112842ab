//! Regular expressions as the configuration writes them.

use regex::bytes::{Regex, RegexBuilder};

/// Compiles a pattern over bytes; an error is a sentence for a diagnostic.
pub fn compile(pattern: &[u8], ignore_case: bool) -> Result<Regex, String> {
    let text = std::str::from_utf8(pattern).map_err(|_| String::from("regex is not UTF-8"))?;
    RegexBuilder::new(text).unicode(false).case_insensitive(ignore_case).build().map_err(|error| {
        let reason = error.to_string();
        let last = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("regex '{text}' is invalid: {last}")
    })
}
