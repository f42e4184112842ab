//! Integers with bounds, percentages, and the lenient reading that some keywords of HAProxy share.

use source::{Diagnostic, Word};
use std::fmt;
use std::ops::RangeInclusive;

/// Why a word is no integer for its keyword.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntegerError {
    Empty,
    /// It is none, or does not fit 64 bits.
    Malformed,
    Range(RangeInclusive<i64>),
}

/// Reads a decimal integer within bounds; nothing may stand around it.
pub fn integer(text: &[u8], range: RangeInclusive<i64>) -> Result<i64, IntegerError> {
    if text.is_empty() {
        return Err(IntegerError::Empty);
    }
    let text = std::str::from_utf8(text).map_err(|_| IntegerError::Malformed)?;
    let value: i64 = text.parse().map_err(|_| IntegerError::Malformed)?;
    if range.contains(&value) { Ok(value) } else { Err(IntegerError::Range(range)) }
}

/// Reads a percentage from 0 to 100, with or without its sign.
pub fn percent(text: &[u8]) -> Result<u8, IntegerError> {
    let text = text.strip_suffix(b"%").unwrap_or(text);
    integer(text, 0..=100).map(|value| value as u8)
}

/// Reads an integer as C's `atol` does: blanks, a sign, digits; the rest is not looked at, and no digit at all is 0. Some
/// keywords of HAProxy read so (`maxconn abc` is 0), which a caller should tell the user. Saturates.
pub fn atoi(text: &[u8]) -> i64 {
    let text = text.trim_ascii_start();
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let digits = digits.iter().take_while(|b| b.is_ascii_digit());
    let value = digits.fold(0i64, |n, b| n.saturating_mul(10).saturating_add(i64::from(b - b'0')));
    if negative { -value } else { value }
}

impl IntegerError {
    pub fn code(&self) -> &'static str {
        match self {
            IntegerError::Empty => "missing-integer",
            IntegerError::Malformed => "bad-integer",
            IntegerError::Range(_) => "integer-out-of-range",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            IntegerError::Range(range) => format!("write an integer between {} and {}", range.start(), range.end()),
            _ => "write an integer in decimal digits".into(),
        }
    }

    /// The finding about the argument `word` of `keyword`.
    pub fn diagnostic(&self, word: &Word, keyword: &str) -> Diagnostic {
        let message = match self {
            IntegerError::Empty => format!("'{keyword}' expects an integer argument"),
            IntegerError::Malformed => format!("'{keyword}' expects an integer argument, not '{}'", word.show()),
            IntegerError::Range(range) => {
                let (low, high) = (range.start(), range.end());
                format!("'{keyword}' expects an integer argument between {low} and {high}, not '{}'", word.show())
            }
        };
        Diagnostic::alert(self.code(), word.span, message).help(self.help())
    }
}

impl fmt::Display for IntegerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IntegerError::Empty => f.write_str("missing integer"),
            IntegerError::Malformed => f.write_str("not an integer"),
            IntegerError::Range(range) => write!(f, "not between {} and {}", range.start(), range.end()),
        }
    }
}

impl std::error::Error for IntegerError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_bounds() {
        assert_eq!(integer(b"256", 0..=256), Ok(256));
        assert_eq!(integer(b"-5", -5..=5), Ok(-5));
        assert_eq!(integer(b"257", 0..=256), Err(IntegerError::Range(0..=256)));
        for text in ["10x", "x", "0x10", "1.5", " 1", "99999999999999999999", "\u{e9}"] {
            assert_eq!(integer(text.as_bytes(), 0..=256), Err(IntegerError::Malformed), "{text}");
        }
        assert_eq!(integer(b"", 0..=1), Err(IntegerError::Empty));
    }

    #[test]
    fn percentages() {
        assert_eq!(percent(b"50%"), Ok(50));
        assert_eq!(percent(b"0"), Ok(0));
        assert_eq!(percent(b"101%"), Err(IntegerError::Range(0..=100)));
        assert_eq!(percent(b"%"), Err(IntegerError::Empty));
    }

    #[test]
    fn lenient_reading_is_c_s() {
        for (text, want) in
            [("10x", 10), ("x", 0), ("", 0), (" -7 ", -7), ("+3", 3), ("99999999999999999999", i64::MAX)]
        {
            assert_eq!(atoi(text.as_bytes()), want, "{text}");
        }
    }
}
