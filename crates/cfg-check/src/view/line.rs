//! One line of a section.

use super::Condition;
use source::{Span, Word};
use syntax::Directive;

/// A line, without the `no` or `default` in front of it.
#[derive(Debug, Clone, Copy)]
pub struct Line<'p> {
    pub words: &'p [Word],
    /// Whether `no` or `default` stands in front.
    pub negated: bool,
    /// Whether it was said in `defaults`.
    pub inherited: bool,
}

impl<'p> Line<'p> {
    pub(super) fn new(directive: &'p Directive, inherited: bool) -> Line<'p> {
        let words = directive.words.as_slice();
        match words {
            [first, rest @ ..] if (first.is("no") || first.is("default")) && !rest.is_empty() => {
                Line { words: rest, negated: true, inherited }
            }
            _ => Line { words, negated: false, inherited },
        }
    }

    /// A line of a section, as said in the section itself.
    pub fn of(directive: &'p Directive) -> Line<'p> {
        Line::new(directive, false)
    }

    /// Whether it starts with these words, parted by blanks.
    pub fn is(&self, words: &str) -> bool {
        // Nearly every line that is asked begins with another letter.
        if self.words.first().and_then(|first| first.bytes().first()) != words.as_bytes().first() {
            return false;
        }
        let mut rest = self.words.iter();
        words.split(' ').all(|word| rest.next().is_some_and(|said| said.is(word)))
    }

    pub fn word(&self, at: usize) -> Option<&'p Word> {
        self.words.get(at)
    }

    /// The words from here on.
    pub fn from(&self, at: usize) -> &'p [Word] {
        self.words.get(at..).unwrap_or(&[])
    }

    /// Whether this word stands anywhere behind the first.
    pub fn has(&self, word: &str) -> bool {
        self.from(1).iter().any(|said| said.is(word))
    }

    /// The word behind this one.
    pub fn after(&self, word: &str) -> Option<&'p Word> {
        let at = self.words.iter().position(|said| said.is(word))?;
        self.words.get(at + 1)
    }

    pub fn span(&self) -> Span {
        match self.words {
            [first, .., last] => first.span.to(last.span),
            [only] => only.span,
            [] => Span::default(),
        }
    }

    /// The condition behind `if` or `unless`, on lines that can have one.
    pub fn condition(&self) -> Option<Condition<'p>> {
        Condition::of(self)
    }

    /// Where the condition starts, or the end of the line.
    pub(super) fn condition_at(&self) -> usize {
        let at = self.words.iter().position(|word| word.is("if") || word.is("unless"));
        at.unwrap_or(self.words.len())
    }

    /// The words in front of the condition.
    pub fn body(&self) -> &'p [Word] {
        self.words.get(..self.condition_at()).unwrap_or(self.words)
    }
}
