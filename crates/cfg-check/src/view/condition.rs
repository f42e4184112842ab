//! Conditions as written: `if a !b or { path /x }` (manual, section 7.2).

use super::{Line, Test};
use source::{Span, Word};

/// Keywords whose lines may end with a condition.
const CONDITIONAL: &[&str] = &[
    "force-persist",
    "http-after-response",
    "http-request",
    "http-response",
    "ignore-persist",
    "monitor",
    "redirect",
    "stats",
    "stick",
    "tcp-request",
    "tcp-response",
    "use-server",
    "use_backend",
];

/// A condition: any of the lists, of which every term must hold.
#[derive(Debug, Clone)]
pub struct Condition<'p> {
    pub unless: bool,
    pub any: Vec<Vec<Term<'p>>>,
}

/// One term.
#[derive(Debug, Clone)]
pub enum Term<'p> {
    /// `{ … }`
    Anonymous {
        negated: bool,
        test: Test<'p>,
    },
    Named {
        negated: bool,
        name: &'p Word,
    },
}

impl<'p> Condition<'p> {
    pub(super) fn of(line: &Line<'p>) -> Option<Condition<'p>> {
        let can = CONDITIONAL.iter().any(|keyword| line.is(keyword));
        let words = line.from(line.condition_at());
        let (first, rest) = words.split_first().filter(|_| can)?;
        Some(Condition { unless: first.is("unless"), any: read(rest) })
    }

    pub fn terms(&self) -> impl Iterator<Item = &Term<'p>> {
        self.any.iter().flatten()
    }

    /// The names of the ACLs that it asks for.
    pub fn names(&self) -> impl Iterator<Item = &'p Word> {
        self.terms().filter_map(|term| match term {
            Term::Named { name, .. } => Some(*name),
            Term::Anonymous { .. } => None,
        })
    }
}

fn read<'p>(mut words: &'p [Word]) -> Vec<Vec<Term<'p>>> {
    let (mut any, mut all, mut negated) = (Vec::new(), Vec::new(), false);
    while let Some((word, rest)) = words.split_first() {
        words = rest;
        let bare = word.bytes().strip_prefix(b"!").unwrap_or(word.bytes());
        negated ^= bare.len() != word.bytes().len();
        match bare {
            b"" => continue,
            b"or" | b"||" => any.push(std::mem::take(&mut all)),
            b"{" => {
                let end = words.iter().position(|word| word.is("}")).unwrap_or(words.len());
                let (inner, rest) = words.split_at(end);
                words = rest.get(1..).unwrap_or(&[]);
                all.extend(Test::new(None, inner).map(|test| Term::Anonymous { negated, test }));
            }
            _ => all.push(Term::Named { negated, name: word }),
        }
        negated = false;
    }
    any.push(all);
    any
}

impl<'p> Term<'p> {
    /// What tells it from others: its words, without what negates it.
    pub fn key(&self) -> Vec<u8> {
        match self {
            Term::Anonymous { test, .. } => [b"{", test.key().as_slice()].concat(),
            Term::Named { name, .. } => name.bytes().strip_prefix(b"!").unwrap_or(name.bytes()).to_vec(),
        }
    }

    /// The name, or what stands in the braces.
    pub fn span(&self) -> Span {
        match self {
            Term::Anonymous { test, .. } => test.span(),
            Term::Named { name, .. } => name.span,
        }
    }

    pub fn is_negated(&self) -> bool {
        match self {
            Term::Anonymous { negated, .. } | Term::Named { negated, .. } => *negated,
        }
    }
}
