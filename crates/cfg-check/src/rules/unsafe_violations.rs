//! Malformed requests reach the servers.
//!
//! ## What it does
//! Looks for `option accept-unsafe-violations-in-http-request`, `…-response`, and their older names
//! `accept-invalid-http-…`.
//!
//! ## Why it matters
//! What HAProxy and a server read differently is how requests are smuggled past rules. The option is for finding a
//! fault in an application, not for production.
//!
//! ## Example
//! ```text
//! option accept-unsafe-violations-in-http-request
//! ```
//!
//! ## Fix
//! Remove the option and mend the application.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "unsafe-violations",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("unsafe_violations.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    const OPTIONS: &[&str] = &[
        "option accept-invalid-http-request",
        "option accept-invalid-http-response",
        "option accept-unsafe-violations-in-http-request",
        "option accept-unsafe-violations-in-http-response",
    ];
    for line in view.lines().filter(|line| !line.negated && OPTIONS.iter().any(|words| line.is(words))) {
        out.push(line.span(), "malformed messages are passed on", "remove the option and mend the application");
    }
}
