//! The same rule stands twice in a section.
//!
//! ## What it does
//! Looks for two identical lines among `use_backend`, `redirect` and those `http-request` and `http-response` actions for
//! which the second time changes nothing.
//!
//! ## Why it matters
//! The second line does nothing. Often one of the two was meant to be edited after it was copied.
//!
//! ## Example
//! ```text
//! use_backend api if is_api
//! use_backend api if is_api
//! ```
//!
//! ## Fix
//! Remove one of them, or correct it.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Line, View},
};
use source::Severity;
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-rule",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("duplicate_rule.rs"),
    check,
};

/// Rules that are no different for being said again.
const IDEMPOTENT: &[&str] = &[
    "http-request allow",
    "http-request auth",
    "http-request del-header",
    "http-request deny",
    "http-request redirect",
    "http-request set-header",
    "http-response del-header",
    "http-response deny",
    "http-response set-header",
    "redirect",
    "use_backend",
];

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        let own = proxy.lines.iter().filter(|line| !line.inherited);
        let rules: Vec<&Line<'_>> = own.filter(|line| IDEMPOTENT.iter().any(|words| line.is(words))).collect();
        let mut seen: HashMap<Vec<&[u8]>, &Line<'_>> = HashMap::new();
        for line in rules {
            let key: Vec<&[u8]> = line.words.iter().map(|word| word.bytes()).collect();
            if let Some(first) = seen.get(&key) {
                let message = format!("the same rule stands above in {}", proxy.show());
                out.push_with(line.span(), message, "remove one of the two, or correct it", first.span(), "here");
            } else {
                seen.insert(key, line);
            }
        }
    }
}
