//! A pattern that another one of the same test includes.
//!
//! ## What it does
//! Looks for a pattern that stands twice in one test, in another case where `-i` is given, or behind a shorter prefix
//! in a `path_beg` and the like.
//!
//! ## Why it matters
//! It changes nothing. Often another value was meant.
//!
//! ## Example
//! ```text
//! acl site hdr(host) -i www.example.com WWW.example.com
//! acl api path_beg /api /api/v2
//! ```
//!
//! ## Fix
//! Remove the pattern, or correct it.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;
use source::Word;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-pattern",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::High,
    source: include_str!("duplicate_pattern.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let mut told = HashSet::new();
    for proxy in &view.proxies {
        for test in proxy.tests() {
            let key = |word: &Word| {
                if test.has_flag("-i") { word.bytes().to_ascii_lowercase() } else { word.bytes().to_vec() }
            };
            let method = test.method();
            if !matches!(method, b"str" | b"beg" | b"end") || test.has_flag("-f") {
                continue;
            }
            for (at, pattern) in test.patterns.iter().enumerate() {
                // A flag behind a pattern is a pattern, but that is another fault.
                if pattern.bytes().starts_with(b"-") {
                    continue;
                }
                let covers = |other: &Word| match method {
                    b"beg" => key(pattern).starts_with(&key(other)) && !other.bytes().is_empty(),
                    b"end" => key(pattern).ends_with(&key(other)) && !other.bytes().is_empty(),
                    _ => key(pattern) == key(other),
                };
                let same = |other: &Word| key(pattern) == key(other);
                let others = test.patterns.iter().enumerate().filter(|(i, other)| *i < at || *i > at && !same(other));
                let wide = others.map(|(_, other)| other).find(|other| covers(other));
                if let Some(wide) = wide.filter(|_| told.insert(pattern.span)) {
                    let message = format!("'{}' is included in '{}'", pattern.show(), wide.show());
                    out.push_with(pattern.span, message, "remove it, or correct it", wide.span, "matches it too");
                }
            }
        }
    }
}
