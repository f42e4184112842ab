//! A path pattern does not start with a slash.
//!
//! ## What it does
//! Looks for patterns of `path` and `path_beg` that do not start with `/`.
//!
//! ## Why it matters
//! Every path starts with a slash, so the pattern never matches. (`*` is the path of `OPTIONS *`.)
//!
//! ## Example
//! ```text
//! use_backend api if { path_beg api/ }
//! ```
//!
//! ## Fix
//! Write `path_beg /api/`.

use crate::{
    rule::{Confidence, Findings, Fix, Group, Profile, Rule, replace},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "path-pattern-without-slash",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("path_pattern_without_slash.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        let tests = proxy.tests();
        let paths = tests.iter().filter(|t| t.sample() == b"path" && matches!(t.method(), b"beg" | b"str"));
        for pattern in paths.filter(|test| !test.is_converted()).flat_map(|test| test.patterns) {
            // What a variable holds is not known here.
            let known = !view.files.slice(pattern.span).contains(&b'$');
            if known && !pattern.bytes().is_empty() && !pattern.bytes().starts_with(b"/") && !pattern.is("*") {
                let message = format!("'{}' never matches: every path starts with a slash", pattern.show());
                out.push(pattern.span, message, format!("write '/{}'", pattern.show()));
                let start = source::Span { end: pattern.span.start, ..pattern.span };
                out.fix(Fix::unsafe_("put a slash in front", vec![replace(start, "/")]));
            }
        }
    }
}
