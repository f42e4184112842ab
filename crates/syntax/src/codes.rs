//! The findings that this crate makes, by their codes.

/// Every code with what it stands for, in the order of the alphabet.
pub const CODES: &[(&str, &str)] = &[
    ("alert-directive", "an '.alert' line in force"),
    ("bad-block", "'.if', '.elif', '.else' or '.endif' where it may not stand, or nested too deep"),
    ("bad-condition", "a condition that cannot be read"),
    ("bad-hex-sequence", "'\\x' without two hexadecimal digits"),
    ("bad-variable-name", "a dollar in double quotes without a name behind it"),
    ("bad-word-expansion", "a bracket behind a variable's name that is not '[*]'"),
    ("diag-directive", "a '.diag' line in force"),
    ("empty-argument", "an argument that is empty, often from a variable without a value"),
    ("empty-first-word", "a line whose first word is empty, which is not read"),
    ("missing-final-newline", "a last line without a line feed"),
    ("non-terminated-if", "an '.if' without '.endif' at the end of its file"),
    ("notice-directive", "a '.notice' line in force"),
    ("nul-in-word", "'\\x00' or a variable with a NUL, which cuts the word short"),
    ("out-of-section", "a line before the first section of its file"),
    ("stray-carriage-return", "text behind a carriage return, which is not read"),
    ("stray-nul", "a NUL in the file"),
    ("too-many-words", "a line of more than 64 words"),
    ("unexpected-argument", "an argument too many behind a directive that starts with a dot"),
    ("unknown-directive", "a directive that starts with a dot and does not exist"),
    ("unmatched-brace", "a variable's name that is not closed"),
    ("unmatched-quote", "a quote that is not closed on its line"),
    ("warning-directive", "a '.warning' line in force"),
];

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(super::CODES.is_sorted_by(|a, b| a.0 < b.0));
    }
}
