//! Sizes with units (manual, section 2.6).

use super::{char_at, leading_digits};
use source::{Diagnostic, Word};
use std::fmt;

/// A size in bytes, or in entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    pub value: u64,
    /// Whether the unit was left out.
    pub bare: bool,
}

/// Why a word is no size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeError {
    Empty,
    /// Above the largest value the keyword takes.
    Overflow(u64),
    Unexpected(char),
}

/// Reads a size of at most `max`; `k`, `m` and `g` in either case multiply by powers of 1024.
pub fn size(text: &[u8], max: u64) -> Result<Size, SizeError> {
    let (number, len) = leading_digits(text);
    if len == 0 {
        return Err(if text.is_empty() { SizeError::Empty } else { SizeError::Unexpected(char_at(text, 0)) });
    }
    let (factor, suffix) = match text.get(len).map(u8::to_ascii_lowercase) {
        None => (1, 0),
        Some(b'k') => (1 << 10, 1),
        Some(b'm') => (1 << 20, 1),
        Some(b'g') => (1 << 30, 1),
        Some(_) => return Err(SizeError::Unexpected(char_at(text, len))),
    };
    if text.len() > len + suffix {
        return Err(SizeError::Unexpected(char_at(text, len + suffix)));
    }
    let value = number.and_then(|n| n.checked_mul(factor)).filter(|v| *v <= max).ok_or(SizeError::Overflow(max))?;
    Ok(Size { value, bare: suffix == 0 })
}

impl SizeError {
    pub fn code(self) -> &'static str {
        match self {
            SizeError::Empty => "missing-size",
            SizeError::Overflow(_) => "size-overflow",
            SizeError::Unexpected(_) => "bad-size",
        }
    }

    /// What to do about it.
    pub fn help(self) -> String {
        match self {
            SizeError::Overflow(max) => format!("write at most {max}"),
            _ => "write a whole number, alone or with k, m or g".into(),
        }
    }

    /// The finding about the argument `word` of `keyword`.
    pub fn diagnostic(self, word: &Word, keyword: &str) -> Diagnostic {
        let message = match self {
            SizeError::Empty => format!("'{keyword}' expects a size"),
            SizeError::Overflow(max) => {
                format!("size overflow in argument '{}' to '{keyword}' (maximum value is {max})", word.show())
            }
            SizeError::Unexpected(c) => format!("unexpected character '{c}' in argument of '{keyword}'"),
        };
        Diagnostic::alert(self.code(), word.span, message).help(self.help())
    }
}

impl fmt::Display for SizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SizeError::Empty => f.write_str("missing size"),
            SizeError::Overflow(max) => write!(f, "size overflow (maximum value is {max})"),
            SizeError::Unexpected(c) => write!(f, "unexpected character '{c}'"),
        }
    }
}

impl std::error::Error for SizeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_whole_numbers_with_a_unit() {
        let read = |text: &str| size(text.as_bytes(), u32::MAX.into()).map(|s| s.value);
        for (text, want) in [("0", 0), ("16384", 16384), ("16k", 16384), ("1K", 1024), ("3g", 3 << 30), ("1M", 1 << 20)]
        {
            assert_eq!(read(text), Ok(want), "{text}");
        }
        let over = SizeError::Overflow(u32::MAX.into());
        for (text, want) in [
            ("", SizeError::Empty),
            ("4g", over),
            ("4294967296", over),
            ("99999999999999999999", over),
            ("1t", SizeError::Unexpected('t')),
            ("1kk", SizeError::Unexpected('k')),
            ("k", SizeError::Unexpected('k')),
            ("1.5k", SizeError::Unexpected('.')),
            ("-1", SizeError::Unexpected('-')),
        ] {
            assert_eq!(read(text), Err(want), "{text}");
        }
    }
}
