//! What the `replace-*` actions share: a regular expression, and a format whose `\1` stand for its groups.

use super::words::{Text, Words};
use regex::bytes::{Captures, Regex};
use sample::{Env, Places, Stream, format::Usage, row::Name};
use std::borrow::Cow;

#[derive(Debug)]
pub(super) struct Replacement {
    regex: Regex,
    format: Text,
}

impl Replacement {
    pub(super) fn parse(words: &mut Words<'_, '_, '_>, missing: &str) -> Option<Replacement> {
        let (regex, format) = (words.required(missing)?, words.required(missing)?);
        let regex = words.regex(regex)?;
        let format = words.text(Usage::Header, format)?;
        Some(Replacement { regex, format })
    }

    pub(super) fn matches(&self, subject: &[u8]) -> bool {
        self.regex.is_match(subject)
    }

    /// The format's text, in which the groups still have to be filled in.
    pub(super) fn text(&self, stream: &Stream, env: &dyn Env, place: Places) -> Cow<'_, [u8]> {
        self.format.render(stream, env, place)
    }

    /// What the whole subject becomes when the expression is found anywhere in it.
    pub(super) fn apply(&self, subject: &[u8], text: &[u8]) -> Option<Vec<u8>> {
        let groups = self.regex.captures(subject)?;
        Some(fill(text, &groups))
    }

    pub(super) fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.format.names(visit);
    }
}

/// `\0` to `\9` are groups, `\xHH` is a byte, and any other character behind a backslash stands for itself.
fn fill(text: &[u8], groups: &Captures<'_>) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::with_capacity(text.len() + 32), text);
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'\\', [digit @ b'0'..=b'9', tail @ ..]) => {
                let group = groups.get(usize::from(digit - b'0'));
                out.extend_from_slice(group.map_or(&[], |group| group.as_bytes()));
                rest = tail;
            }
            (b'\\', [b'x', high, low, tail @ ..]) => {
                out.extend(hex(*high, *low));
                rest = tail;
            }
            (b'\\', [other, tail @ ..]) => {
                out.push(*other);
                rest = tail;
            }
            _ => out.push(*first),
        }
    }
    out
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(high)? << 4 | digit(low)?)
}
