//! Patterns as they were written, and the texts that most methods make of them.

use super::Match;
use sample::{Type, Value};
use source::Span;
use std::borrow::Cow;

/// One pattern of an ACL, from the line or from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pub text: Vec<u8>,
    /// `-i` stood before it.
    pub ignore_case: bool,
    pub span: Span,
}

/// All patterns of one `acl` line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns {
    pub list: Vec<Pattern>,
    /// `-n`: names are not resolved to addresses.
    pub no_dns: bool,
}

/// Patterns that are compared with a text one after the other.
#[derive(Debug)]
pub(super) struct Texts {
    list: Vec<(Box<[u8]>, Equal)>,
    test: fn(&[u8], &[u8], Equal) -> bool,
}

/// How bytes are compared.
pub(super) type Equal = fn(&[u8], &[u8]) -> bool;

impl Texts {
    pub(super) fn build(patterns: &Patterns, test: fn(&[u8], &[u8], Equal) -> bool) -> Box<dyn Match> {
        let list = patterns.list.iter().map(|p| (p.text.clone().into(), equal(p.ignore_case))).collect();
        Box::new(Texts { list, test })
    }
}

impl Match for Texts {
    fn matches(&self, value: Value<'_>) -> bool {
        let Some(text) = text(value) else { return false };
        self.list.iter().any(|(pattern, equal)| (self.test)(&text, pattern, *equal))
    }
}

fn equal(ignore_case: bool) -> Equal {
    match ignore_case {
        true => |a, b| a.eq_ignore_ascii_case(b),
        false => |a, b| a == b,
    }
}

/// The bytes of a value's text.
pub(super) fn text(value: Value<'_>) -> Option<Cow<'_, [u8]>> {
    match value.cast(Type::Str)? {
        Value::Str(text) | Value::Bin(text) | Value::Meth(text) => Some(text),
        _ => None,
    }
}

/// Whether `word`, freed from delimiters around it, stands in `text` between delimiters or the text's ends. A word of
/// delimiters alone stands in a text that is empty or ends with one.
pub(super) fn has_word(text: &[u8], word: &[u8], equal: Equal, delimiters: &[u8]) -> bool {
    let is_delimiter = |b: &u8| delimiters.contains(b);
    let Some(start) = word.iter().position(|b| !is_delimiter(b)) else {
        return text.last().is_none_or(is_delimiter);
    };
    let end = word.iter().rposition(|b| !is_delimiter(b)).map_or(word.len(), |last| last + 1);
    let word = word.get(start..end).unwrap_or(word);
    text.windows(word.len()).enumerate().any(|(at, window)| {
        let before = at.checked_sub(1).and_then(|i| text.get(i));
        before.is_none_or(is_delimiter) && text.get(at + word.len()).is_none_or(is_delimiter) && equal(window, word)
    })
}
