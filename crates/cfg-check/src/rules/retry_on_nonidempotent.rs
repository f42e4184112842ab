//! A request that must not be sent twice may be.
//!
//! ## What it does
//! Looks for `retry-on` with events at which the server may have obeyed the request already (`all-retryable-errors`,
//! `empty-response`, `junk-response`, `response-timeout`, statuses), in a section without `http-request
//! disable-l7-retry`.
//!
//! ## Why it matters
//! A POST that the server obeyed before it failed is sent again: an order is placed twice.
//!
//! ## Example
//! ```text
//! retry-on all-retryable-errors
//! ```
//!
//! ## Fix
//! Add `http-request disable-l7-retry unless METH_GET`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "retry-on-nonidempotent",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("retry_on_nonidempotent.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    const EARLY: &[&str] = &["none", "conn-failure", "0rtt-rejected", "retry-on"];
    for proxy in view.backends() {
        let Some(line) = proxy.last("retry-on") else { continue };
        let late = line.words.iter().find(|word| !EARLY.iter().any(|early| word.is(early)));
        if let Some(word) = late.filter(|_| proxy.said("http-request disable-l7-retry").next().is_none()) {
            let message =
                format!("at '{}' the server may have obeyed the request: a POST is obeyed twice", word.show());
            out.push(word.span, message, "add 'http-request disable-l7-retry unless METH_GET'");
        }
    }
}
