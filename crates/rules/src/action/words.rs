//! The words of an action, read one after the other, and what most actions make of them.

use crate::{
    flow::Ruleset,
    parse::{Fault, ParseRules},
};
use regex::bytes::Regex;
use sample::{Cx, Env, Expr, Format, Places, Stream, format::Usage, row::Name};
use source::Word;
use std::borrow::Cow;

/// The words of an action from its name on.
#[derive(Debug)]
pub struct Words<'w, 'r, 'p> {
    pub ruleset: Ruleset,
    pub(crate) name: &'w Word,
    pub(crate) rest: &'w [Word],
    pub(crate) parse: &'r mut ParseRules<'p>,
}

impl<'w> Words<'w, '_, '_> {
    /// The next word, if there is one.
    pub(super) fn next(&mut self) -> Option<&'w Word> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// The next word, left where it is.
    pub(super) fn peek(&self) -> Option<&'w Word> {
        self.rest.first()
    }

    /// The next word; what is wrong when it is not there.
    pub(super) fn required(&mut self, missing: &str) -> Option<&'w Word> {
        match self.next() {
            Some(word) => Some(word),
            None => self.fault(missing),
        }
    }

    /// Passes over the next word if it is this one.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let found = self.rest.first().is_some_and(|word| word.is(text));
        if found {
            self.next();
        }
        found
    }

    /// Passes over the next word if it is one of these, and says which.
    pub(super) fn take_any<'k>(&mut self, texts: &[&'k str]) -> Option<&'k str> {
        let text = texts.iter().find(|text| self.rest.first().is_some_and(|word| word.is(text)))?;
        self.next();
        Some(text)
    }

    /// Reports what is wrong about the action as a whole.
    pub(super) fn fault<T>(&mut self, message: impl Into<String>) -> Option<T> {
        let help = super::rows()
            .find(|row| row.is(&self.name.text) && row.rulesets.contains(&self.ruleset))
            .map(|row| format!("the form is: {}", row.form(self.ruleset)));
        self.parse.fault(Fault::new(self.name.span, message).help(help.unwrap_or_default()))
    }

    /// Reports what is wrong about one of the words.
    pub(super) fn fault_at<T>(&mut self, word: &Word, message: impl Into<String>, help: &str) -> Option<T> {
        self.parse.fault(Fault::new(word.span, message).help(help))
    }

    pub(super) fn places(&self) -> Places {
        self.parse.places(self.ruleset)
    }

    pub(super) fn expr(&mut self, word: &Word) -> Option<Expr> {
        let places = self.places();
        self.parse.expr(word, places)
    }

    pub(super) fn text(&mut self, usage: Usage, word: &Word) -> Option<Text> {
        let places = self.places();
        self.parse.format(usage, word, places).map(Text::new)
    }

    pub(super) fn regex(&mut self, word: &Word) -> Option<Regex> {
        crate::parse::regex(&word.text, false, word.span).map_err(|fault| self.parse.fault::<()>(fault)).ok()
    }

    /// What is glued to the name in parentheses; what is wrong when there are none.
    pub(super) fn parens(&mut self, missing: &str) -> Option<&'w [u8]> {
        let open = self.name.text.iter().position(|b| *b == b'(');
        let inner = open.and_then(|at| self.name.text.get(at + 1..)?.strip_suffix(b")"));
        match inner {
            Some(inner) => Some(inner),
            None => self.fault(missing),
        }
    }
}

/// A format whose text is at hand when it has no expressions.
#[derive(Debug)]
pub(super) enum Text {
    Computed(Format),
    Fixed(Vec<u8>),
}

impl Text {
    fn new(format: Format) -> Text {
        match format.literal() {
            Some(text) => Text::Fixed(text.to_vec()),
            None => Text::Computed(format),
        }
    }

    pub(super) fn render(&self, stream: &Stream, env: &dyn Env, place: Places) -> Cow<'_, [u8]> {
        match self {
            Text::Computed(format) => {
                let mut out = Vec::with_capacity(64);
                format.render(&Cx { stream, env, place }, &mut out);
                Cow::Owned(out)
            }
            Text::Fixed(text) => Cow::Borrowed(text),
        }
    }

    pub(super) fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        if let Text::Computed(format) = self {
            format.exprs_mut().flat_map(Expr::names_mut).for_each(visit);
        }
    }
}

/// The integer after all blanks of HAProxy's `atol`-like readers are ruled out: digits alone.
pub(super) fn number(word: &Word) -> Option<u32> {
    word.str().filter(|text| text.bytes().all(|b| b.is_ascii_digit())).and_then(|text| text.parse().ok())
}
