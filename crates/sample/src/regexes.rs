//! Regular expressions as the configuration writes them.

use regex::bytes::{Regex, RegexBuilder};

/// Compiles a pattern over bytes; an error is a sentence for a diagnostic.
pub fn compile(pattern: &[u8], ignore_case: bool) -> Result<Regex, String> {
    let text = std::str::from_utf8(pattern).map_err(|_| String::from("regex is not UTF-8"))?;
    if needs_backtracking(pattern) {
        return Err(format!("regex '{text}': look-around and back-references are not supported by evenkeel yet"));
    }
    RegexBuilder::new(text).unicode(false).case_insensitive(ignore_case).build().map_err(|error| {
        let reason = error.to_string();
        let last = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("regex '{text}' is invalid: {last}")
    })
}

/// Whether a pattern uses what only a backtracking matcher can do: look-around, atomic groups, back-references.
fn needs_backtracking(pattern: &[u8]) -> bool {
    let groups: [&[u8]; 5] = [b"(?=", b"(?!", b"(?<=", b"(?<!", b"(?>"];
    let escaped = |at: usize| pattern.iter().take(at).rev().take_while(|b| **b == b'\\').count() % 2 == 1;
    let reference = |(at, pair): (usize, &[u8])| matches!(pair, [b'\\', b'1'..=b'9']) && !escaped(at);
    groups.iter().any(|group| memchr::memmem::find_iter(pattern, group).any(|at| !escaped(at)))
        || pattern.windows(2).enumerate().any(reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_matched_is_said_so() {
        let check = |pattern: &str, expect: &str| {
            let seen = compile(pattern.as_bytes(), false).map_or_else(|e| e, |_| String::from("fine"));
            assert!(seen.contains(expect), "{pattern}: {seen}");
        };
        check("^/(a|b)+\\.[0-9]$", "fine");
        check("\\(?=x", "fine");
        check("a(?=b)", "not supported by evenkeel yet");
        check("(a)\\1", "not supported by evenkeel yet");
        check("(a", "is invalid");
    }
}
