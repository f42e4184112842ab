//! A rule that lets in paths lets in their longer neighbours.
//!
//! ## What it does
//! Looks for `path_beg` patterns without a slash at their end in conditions that let requests in: `allow if`, `deny
//! unless`, `deny if !…`.
//!
//! ## Why it matters
//! `path_beg /public` is true of `/public-secret` and `/publications` as well.
//!
//! ## Example
//! ```text
//! http-request deny unless { path_beg /public }
//! ```
//!
//! ## Fix
//! Write `path_beg /public/`, with `path /public` beside it.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "path-beg-no-trailing-slash",
    group: Group::Security,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("path_beg_no_trailing_slash.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let mut told = HashSet::new();
    for proxy in &view.proxies {
        for line in proxy.own().filter(|line| line.is("http-request")) {
            let (Some(action), Some(condition)) = (line.word(1), line.condition()) else { continue };
            for term in condition.terms() {
                let negated = term.is_negated() != condition.unless;
                let lets_in = if negated { action.is("deny") || action.is("auth") } else { action.is("allow") };
                let tests = proxy.tests_of(term);
                let paths = tests.iter().filter(|test| lets_in && test.sample() == b"path" && test.method() == b"beg");
                for pattern in paths.flat_map(|test| test.patterns) {
                    let open = pattern.bytes().last().is_some_and(u8::is_ascii_alphanumeric);
                    if open && !pattern.bytes().contains(&b'.') && told.insert(pattern.span) {
                        let message = format!("'{0}' lets in '{0}-else' too", pattern.show());
                        out.push(pattern.span, message, format!("write '{}/'", pattern.show()));
                    }
                }
            }
        }
    }
}
