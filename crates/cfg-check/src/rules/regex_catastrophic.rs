//! A regular expression takes exponential time.
//!
//! ## What it does
//! Looks for a group that is repeated and holds nothing but something that is repeated itself: `(a+)+`, `(.*)*`,
//! `([^/]+)*`.
//!
//! ## Why it matters
//! On a text that nearly matches, the engine tries every way to part it: a request of a few dozen bytes keeps a
//! thread busy for minutes. Without JIT or with PCRE limits the match fails instead.
//!
//! ## Example
//! ```text
//! acl odd path_reg ^/(\w+)+$
//! ```
//!
//! ## Fix
//! Remove one of the two repetitions: `^/\w+$` matches the same.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "regex-catastrophic",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("regex_catastrophic.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for test in proxy.tests().iter().filter(|test| test.method() == b"reg") {
            for pattern in test.patterns.iter().filter(|pattern| explodes(pattern.bytes())) {
                let message = format!("'{}' repeats what is repeated: some requests take for ever", pattern.show());
                out.push(pattern.span, message, "remove one of the two repetitions");
            }
        }
    }
}

/// Whether a group of one repeated atom is repeated.
fn explodes(text: &[u8]) -> bool {
    let opens = text.iter().enumerate().filter(|(at, b)| **b == b'(' && !is_escaped(text, *at)).map(|(at, _)| at + 1);
    opens.filter_map(|at| text.get(at..)).any(|inner| {
        let inner = inner.strip_prefix(b"?:").unwrap_or(inner);
        let atom = atom(inner);
        let repeats = |at: usize| inner.get(at).is_some_and(|b| *b == b'+' || *b == b'*');
        atom > 0 && repeats(atom) && inner.get(atom + 1) == Some(&b')') && repeats(atom + 2)
    })
}

fn is_escaped(text: &[u8], at: usize) -> bool {
    text.get(..at).unwrap_or(&[]).iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1
}

/// The length of the atom in front: a byte, an escape, a class.
fn atom(text: &[u8]) -> usize {
    match text.first() {
        Some(b'[') => text.iter().skip(2).position(|b| *b == b']').map_or(0, |end| end + 3),
        Some(b'\\') => 2,
        Some(b'(' | b')' | b'*' | b'+' | b'?' | b'^' | b'$' | b'|') | None => 0,
        Some(_) => 1,
    }
}
