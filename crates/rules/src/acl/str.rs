//! `-m str`: the whole text.

use super::{Match, Method, Patterns, patterns::text};
use sample::{Type, Value};
use std::collections::HashSet;

pub(super) const METHOD: Method = Method {
    name: "str",
    input: Type::Str,
    operators: false,
    build: |patterns, _| Ok(Box::new(Set::new(patterns))),
    ok: &["path /a /b", "hdr(host) -i example.com", "str(-f) -- -f"],
    bad: &["path -z /a", "bin(61) a"],
};

/// Exact texts: a few are compared one by one, more are looked up.
#[derive(Debug)]
pub(super) struct Set {
    few: Vec<(Box<[u8]>, bool)>,
    many: HashSet<Box<[u8]>>,
    /// In lower case.
    folded: HashSet<Box<[u8]>>,
}

/// Up to so many texts, comparing is faster than hashing.
const FEW: usize = 8;

impl Set {
    pub(super) fn new(patterns: &Patterns) -> Set {
        let mut set = Set { few: Vec::new(), many: HashSet::new(), folded: HashSet::new() };
        let few = patterns.list.len() <= FEW;
        for pattern in &patterns.list {
            let text = pattern.text.as_slice();
            match (few, pattern.ignore_case) {
                (true, ignore_case) => set.few.push((text.into(), ignore_case)),
                (false, false) => drop(set.many.insert(text.into())),
                (false, true) => drop(set.folded.insert(text.to_ascii_lowercase().into())),
            }
        }
        set
    }

    fn has(&self, text: &[u8]) -> bool {
        let same = |(pattern, fold): &(Box<[u8]>, bool)| match fold {
            true => pattern.eq_ignore_ascii_case(text),
            false => **pattern == *text,
        };
        self.few.iter().any(same)
            || (!self.many.is_empty() && self.many.contains(text))
            || (!self.folded.is_empty() && self.has_folded(text))
    }

    /// Folds on the stack where the text is short enough.
    fn has_folded(&self, text: &[u8]) -> bool {
        let mut buffer = [0; 256];
        match buffer.get_mut(..text.len()) {
            Some(folded) => {
                folded.copy_from_slice(text);
                folded.make_ascii_lowercase();
                self.folded.contains(&*folded)
            }
            None => self.folded.contains(text.to_ascii_lowercase().as_slice()),
        }
    }
}

impl Match for Set {
    fn matches(&self, value: Value<'_>) -> bool {
        text(value).is_some_and(|text| self.has(&text))
    }
}
