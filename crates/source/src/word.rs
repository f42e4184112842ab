//! One word of a configuration line.

use crate::Span;
use std::borrow::Cow;

/// A word after unquoting, unescaping and expansion of variables (manual, section 2.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    /// The value; any byte but NUL may occur.
    pub text: Vec<u8>,
    /// Where the word stands in the file, quotes included.
    pub span: Span,
    /// Whether any part of it was quoted, escaped or expanded, so that `text` differs in origin from the source.
    pub cooked: bool,
}

impl Word {
    pub fn new(text: impl Into<Vec<u8>>, span: Span) -> Word {
        Word { text: text.into(), span, cooked: false }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.text
    }

    /// The word for a message; bytes that are not UTF-8 are shown as U+FFFD.
    pub fn show(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.text)
    }

    /// The word as UTF-8, or `None` where it is not.
    pub fn str(&self) -> Option<&str> {
        std::str::from_utf8(&self.text).ok()
    }

    pub fn is(&self, text: &str) -> bool {
        self.text == text.as_bytes()
    }
}
