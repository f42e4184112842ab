//! A `use_backend` line whose requests an earlier one takes.
//!
//! ## What it does
//! Looks for a `use_backend` line under a single path test, behind another whose paths include all of its own. Tests from
//! files and maps are left alone.
//!
//! ## Why it matters
//! The first line that matches wins: the later one is never obeyed.
//!
//! ## Example
//! ```text
//! use_backend api    if { path_beg /api }
//! use_backend api_v2 if { path_beg /api/v2 }   # never
//! ```
//!
//! ## Fix
//! Put the more specific line first.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Proxy, Route, Test, View},
};
use source::Severity;
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "shadowed-rule",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("shadowed_rule.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends() {
        let routes: Vec<_> = proxy.routes().iter().filter(|route| !route.is_default).collect();
        let tests: Vec<Vec<Test<'_>>> = routes.iter().map(|route| only(proxy, route)).collect();
        // Which routes have a pattern; a route that takes all of another one has the first of that, or its beginning.
        let mut seen: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (at, (route, own)) in routes.iter().zip(&tests).enumerate() {
            let pattern = own.first().and_then(|test| test.patterns.first()).map_or(&b""[..], |word| word.bytes());
            let beginnings = (0..=pattern.len()).filter_map(|end| seen.get(pattern.get(..end)?)).flatten();
            let mut candidates: Vec<usize> = beginnings.copied().collect();
            candidates.sort_unstable();
            let takes_all = |first: &usize| {
                let before = tests.get(*first).map_or(&[][..], Vec::as_slice);
                !own.is_empty() && own.iter().all(|test| covered(before, test))
            };
            let earlier = candidates.into_iter().find(takes_all).and_then(|first| routes.get(first));
            if let Some(first) = earlier.filter(|first| first.target.bytes() != route.target.bytes()) {
                let message = "an earlier 'use_backend' takes all that this one asks for".to_string();
                let help = "put the more specific line first";
                out.push_with(route.line.span(), message, help, first.line.span(), "this one wins");
            }
            for pattern in own.iter().flat_map(|test| test.patterns) {
                seen.entry(pattern.bytes()).or_default().push(at);
            }
        }
    }
}

/// The tests of a condition that is one positive term; any of them makes it true.
fn only<'p>(proxy: &Proxy<'p>, route: &Route<'p>) -> Vec<Test<'p>> {
    let condition = route.condition.as_ref().filter(|condition| !condition.unless);
    match condition.map(|condition| condition.any.as_slice()) {
        Some([all]) => match all.as_slice() {
            [term] if !term.is_negated() => proxy.tests_of(term),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Whether all that matches the test matches one of those before it.
fn covered(before: &[Test<'_>], test: &Test<'_>) -> bool {
    let plain = |test: &Test<'_>| !test.is_converted() && test.flags.is_empty() && !test.patterns.is_empty();
    let comparable: Vec<&Test<'_>> = before
        .iter()
        .filter(|first| plain(first) && first.sample() == test.sample() && first.argument() == test.argument())
        .collect();
    let taken = |pattern: &[u8]| comparable.iter().any(|first| takes(first, test.method(), pattern));
    plain(test) && test.patterns.iter().all(|pattern| taken(pattern.bytes()))
}

/// Whether a pattern of the test matches whatever this pattern, under this method, matches.
fn takes(first: &Test<'_>, method: &[u8], pattern: &[u8]) -> bool {
    first.patterns.iter().any(|wide| match (first.method(), method) {
        (b"str", b"str") => wide.bytes() == pattern,
        (b"beg", b"beg" | b"str") => pattern.starts_with(wide.bytes()),
        _ => false,
    })
}
