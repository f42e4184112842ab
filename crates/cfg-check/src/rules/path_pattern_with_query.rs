//! A path pattern has a query string.
//!
//! ## What it does
//! Looks for patterns of `path` and `path_beg` with a question mark.
//!
//! ## Why it matters
//! The path ends in front of the `?`, so the pattern never matches.
//!
//! ## Example
//! ```text
//! use_backend old if { path /index.php?page=1 }
//! ```
//!
//! ## Fix
//! Use `pathq`, or test the parameter: `{ path /index.php } { url_param(page) 1 }`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "path-pattern-with-query",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("path_pattern_with_query.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        let tests = proxy.tests();
        let paths =
            tests.iter().filter(|t| t.sample() == b"path" && matches!(t.method(), b"beg" | b"dir" | b"end" | b"str"));
        for pattern in paths.flat_map(|test| test.patterns).filter(|pattern| pattern.bytes().contains(&b'?')) {
            let message = format!("'{}' never matches: a path ends in front of the '?'", pattern.show());
            out.push(pattern.span, message, "use 'pathq', or test the parameter with 'url_param(NAME)'");
        }
    }
}
