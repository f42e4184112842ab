//! Rows of the language, and the dictionaries they make.

use crate::{
    draft::{GlobalDraft, ProxyDraft},
    facts::Fact,
    keyword::{bind::BindDraft, server::ServerParams},
    line::Line,
};
pub use sample::{names::nearest, row::Support};
use source::Word;
use std::collections::HashMap;

/// Reads the arguments of one word into a draft. `None` = a finding was reported.
pub type Run<T> = fn(&mut Line<'_, '_>, &mut T) -> Option<()>;

/// One word (or member such as `timeout client`) of a kind of line that is lowered into a `T`.
#[derive(Debug)]
pub struct Row<T: 'static> {
    pub words: &'static str,
    pub support: Support,
    /// `None` where the word is known by name only: its arguments are not looked at.
    pub run: Option<Run<T>>,
    /// Lines that must be taken without an alert, and lines that must not.
    pub ok: &'static [&'static str],
    pub bad: &'static [&'static str],
}

/// A keyword of proxies.
pub type ProxyRow = Row<ProxyDraft>;
/// A keyword of the global section.
pub type GlobalRow = Row<GlobalDraft>;
/// A parameter of `bind`.
pub type BindRow = Row<BindDraft>;
/// A parameter of `server`.
pub type ServerRow = Row<ServerParams>;

impl<T> Row<T> {
    /// A word that the engine obeys.
    pub const fn full(words: &'static str, run: Run<T>) -> Row<T> {
        Row { words, support: Support::Full, run: Some(run), ok: &[], bad: &[] }
    }

    /// A tuning knob that the engine does not obey.
    pub const fn parsed(words: &'static str) -> Row<T> {
        Row { words, support: Support::Parsed, run: None, ok: &[], bad: &[] }
    }

    /// A word without which the configuration would mean something else.
    pub const fn refused(words: &'static str) -> Row<T> {
        Row { words, support: Support::Refused, run: None, ok: &[], bad: &[] }
    }

    /// Looks at the arguments of a word that is not obeyed.
    pub const fn reads(mut self, run: Run<T>) -> Row<T> {
        self.run = Some(run);
        self
    }

    pub const fn ok(mut self, lines: &'static [&'static str]) -> Row<T> {
        self.ok = lines;
        self
    }

    pub const fn bad(mut self, lines: &'static [&'static str]) -> Row<T> {
        self.bad = lines;
        self
    }
}

/// A row and what the inventory knows of its words.
#[derive(Debug)]
pub struct Entry<T: 'static> {
    pub row: &'static Row<T>,
    pub fact: &'static Fact,
    parts: Vec<&'static str>,
}

/// The words of one kind of line.
#[derive(Debug)]
pub struct Dictionary<T: 'static> {
    entries: HashMap<&'static str, Vec<Entry<T>>>,
}

/// What a line's first words are.
#[derive(Debug)]
pub enum Found<'d, T: 'static> {
    /// An entry, and how many words it took.
    Entry(&'d Entry<T>, usize),
    /// The first word is known, what follows is not.
    Member,
    Unknown,
}

impl<T> Dictionary<T> {
    /// Joins tables with facts. A row without a fact is left out; a test sees to it that there is none.
    pub fn new(tables: &[&'static [Row<T>]], facts: &'static [Fact]) -> Dictionary<T> {
        let by_words: HashMap<_, _> = facts.iter().map(|fact| (fact.words, fact)).collect();
        let mut entries: HashMap<_, Vec<Entry<T>>> = HashMap::new();
        for row in tables.iter().copied().flatten() {
            let Some(fact) = by_words.get(row.words) else { continue };
            let parts: Vec<_> = row.words.split(' ').collect();
            entries.entry(parts[0]).or_default().push(Entry { row, fact, parts });
        }
        for list in entries.values_mut() {
            list.sort_by_key(|entry| std::cmp::Reverse(entry.parts.len()));
        }
        Dictionary { entries }
    }

    pub fn find(&self, words: &[Word]) -> Found<'_, T> {
        let first = words.first().and_then(|w| w.str()).unwrap_or("");
        let first = first.split('(').next().unwrap_or(first);
        let Some(list) = self.entries.get(first) else { return Found::Unknown };
        match list.iter().find(|entry| entry.matches(words)) {
            Some(entry) => Found::Entry(entry, entry.parts.len()),
            None => Found::Member,
        }
    }

    /// Every word of the dictionary.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.entries.values().flatten().map(|entry| entry.row.words)
    }

    /// The known word that looks most like this one, if any is near.
    pub fn nearest(&self, word: &[u8]) -> Option<&'static str> {
        nearest(word, self.entries.keys().copied())
    }

    /// The second words of a first one that look most like this one.
    pub fn nearest_member(&self, first: &str, word: &[u8]) -> Option<&'static str> {
        let list = self.entries.get(first)?;
        nearest(word, list.iter().filter_map(|entry| entry.parts.get(1).copied()))
    }
}

impl<T> Entry<T> {
    fn matches(&self, words: &[Word]) -> bool {
        let Some((last, parts)) = self.parts.split_last() else { return false };
        let Some(word) = words.get(parts.len()) else { return false };
        // Arguments may be glued to the last word: `set-var(txn.x)`.
        let glued = self.fact.args.starts_with('(') || self.fact.args.starts_with("[(");
        let rest = word.bytes().strip_prefix(last.as_bytes());
        let fits = rest.is_some_and(|rest| rest.is_empty() || (glued && rest[0] == b'('));
        fits && parts.iter().zip(words).all(|(part, word)| word.is(part))
    }
}
