//! A `peers` section that nothing uses.
//!
//! ## What it does
//! Looks for `peers` sections whose name stands nowhere else in the configuration.
//!
//! ## Why it matters
//! The peers connect to each other and share nothing: after a failover every client is new.
//!
//! ## Example
//! ```text
//! peers others
//!     peer one 10.0.0.1:1024
//! ```
//!
//! ## Fix
//! Add `peers NAME` to the tables that are to be shared, or remove the section.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "unused-peers",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::High,
    source: include_str!("unused_peers.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for (name, section) in view.named("peers") {
        // A table of the section itself is named with the section in front of it.
        let own = section.lines.iter().any(|line| line.keyword().is("table"));
        if !own && !view.names(name.bytes(), &["peers", "localpeer"]) {
            let message = format!("nothing uses the section '{}'", name.show());
            out.push(
                section.header.keyword().span.to(name.span),
                message,
                "add 'peers NAME' to a 'stick-table', or remove the section",
            );
        }
    }
}
