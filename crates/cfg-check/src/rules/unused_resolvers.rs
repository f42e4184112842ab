//! A `resolvers` section that nothing uses.
//!
//! ## What it does
//! Looks for `resolvers` sections whose name stands nowhere else in the configuration.
//!
//! ## Why it matters
//! Its name servers are asked for nothing: servers keep the address that they had at the start.
//!
//! ## Example
//! ```text
//! resolvers dns
//!     nameserver one 10.0.0.53:53
//! backend app
//!     server a app.internal:80        # without 'resolvers dns'
//! ```
//!
//! ## Fix
//! Add `resolvers NAME` to the servers that have a host name, or remove the section.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "unused-resolvers",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::High,
    source: include_str!("unused_resolvers.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for (name, section) in view.named("resolvers") {
        // HAProxy's own HTTP client looks for this name by itself.
        if !name.is("default") && !view.names(name.bytes(), &["resolvers", "do-resolve", "httpclient.resolvers.id"]) {
            let message = format!("nothing uses the section '{}'", name.show());
            out.push(
                section.header.keyword().span.to(name.span),
                message,
                "add 'resolvers NAME' to the servers with a host name, or remove the section",
            );
        }
    }
}
