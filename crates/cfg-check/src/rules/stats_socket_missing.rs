//! There is no way to talk to the running process.
//!
//! ## What it does
//! Looks for a `global` section without `stats socket`, in a configuration with frontends.
//!
//! ## Why it matters
//! Without the socket no server can be drained, no counter read and no certificate replaced without a reload.
//!
//! ## Example
//! ```text
//! global
//!     daemon
//! ```
//!
//! ## Fix
//! Add `stats socket /run/haproxy/admin.sock mode 660 level admin`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "stats-socket-missing",
    group: Group::Semantic,
    profile: Profile::All,
    severity: Severity::Notice,
    confidence: Confidence::Low,
    source: include_str!("stats_socket_missing.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let mut globals = view.sections.iter().filter(|section| section.header.keyword().is("global"));
    if view.global("stats socket").next().is_some() || view.frontends().next().is_none() {
        return;
    }
    if let Some(global) = globals.next() {
        let help = "add 'stats socket /run/haproxy/admin.sock mode 660 level admin'";
        out.push(global.header.span, "there is no socket to manage the process", help);
    }
}
