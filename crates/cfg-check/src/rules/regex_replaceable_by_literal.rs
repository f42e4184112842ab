//! A regular expression says no more than a plain comparison.
//!
//! ## What it does
//! Looks for `path_reg` with a single pattern that begins with `^/` and has no special character.
//!
//! ## Why it matters
//! Regular expressions cost more, and their dots and slashes are easy to get wrong. `path_beg` says the same.
//!
//! ## Example
//! ```text
//! use_backend api if { path_reg ^/api/ }
//! ```
//!
//! ## Fix
//! Write `path_beg` without the `^`.

use crate::{
    rule::{Confidence, Findings, Fix, Group, Profile, Rule, replace},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "regex-replaceable-by-literal",
    group: Group::Semantic,
    profile: Profile::All,
    severity: Severity::Notice,
    confidence: Confidence::High,
    source: include_str!("regex_replaceable_by_literal.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for test in proxy.tests().iter().filter(|test| test.criterion.is("path_reg") && test.flags.is_empty()) {
            let [pattern] = test.patterns else { continue };
            let Some(literal) = pattern.bytes().strip_prefix(b"^").filter(|_| !pattern.cooked) else { continue };
            let plain = literal.iter().all(|b| b.is_ascii_alphanumeric() || b"/_-~".contains(b));
            if literal.starts_with(b"/") && plain {
                let text = String::from_utf8_lossy(literal);
                let message = format!("'path_reg {}' is 'path_beg {text}'", pattern.show());
                out.push(test.span(), message, format!("write 'path_beg {text}'"));
                let edits = vec![replace(test.criterion.span, "path_beg"), replace(pattern.span, literal)];
                out.fix(Fix::safe(format!("write 'path_beg {text}'"), edits));
            }
        }
    }
}
