//! A `cache` section that nothing uses.
//!
//! ## What it does
//! Looks for `cache` sections whose name stands nowhere else in the configuration.
//!
//! ## Why it matters
//! Its memory is reserved, and nothing is stored in it.
//!
//! ## Example
//! ```text
//! cache pages
//!     total-max-size 64
//! ```
//!
//! ## Fix
//! Add `http-request cache-use NAME` and `http-response cache-store NAME`, or remove the section.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "unused-cache",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::High,
    source: include_str!("unused_cache.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for (name, section) in view.named("cache") {
        if !view.names(name.bytes(), &["cache", "cache-store", "cache-use"]) {
            let message = format!("nothing uses the section '{}'", name.show());
            out.push(
                section.header.keyword().span.to(name.span),
                message,
                "add 'http-request cache-use NAME' and 'http-response cache-store NAME', or remove the section",
            );
        }
    }
}
