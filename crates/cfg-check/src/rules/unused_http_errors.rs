//! A `http-errors` section that nothing uses.
//!
//! ## What it does
//! Looks for `http-errors` sections whose name stands nowhere else in the configuration.
//!
//! ## Why it matters
//! Its pages are loaded and never shown.
//!
//! ## Example
//! ```text
//! http-errors site
//!     errorfile 503 /etc/haproxy/errors/503.http
//! ```
//!
//! ## Fix
//! Add `errorfiles NAME` to the sections that are to show them, or remove the section.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "unused-http-errors",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::High,
    source: include_str!("unused_http_errors.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for (name, section) in view.named("http-errors") {
        if !view.names(name.bytes(), &["errorfiles"]) {
            let message = format!("nothing uses the section '{}'", name.show());
            out.push(
                section.header.keyword().span.to(name.span),
                message,
                "add 'errorfiles NAME', or remove the section",
            );
        }
    }
}
