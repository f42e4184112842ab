//! No server of a backend is checked.
//!
//! ## What it does
//! Looks for sections with two servers or more of which none has `check`, `agent-check`, `track` or `observe`.
//!
//! ## Why it matters
//! HAProxy takes a server without checks as up for ever: it keeps sending its share of the requests to a dead one, and
//! backup servers never start to work.
//!
//! ## Example
//! ```text
//! backend app
//!     server a 10.0.0.1:80
//!     server b 10.0.0.2:80
//! ```
//!
//! ## Fix
//! Add `default-server check` to the section, and `option httpchk` for HTTP.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "no-health-check",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("no_health_check.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends().filter(|proxy| !proxy.ir.disabled) {
        let servers = proxy.servers();
        let watched = ["check", "agent-check", "track", "observe", "disabled"];
        if servers.len() < 2 || servers.iter().any(|server| watched.iter().any(|word| server.has(word))) {
            continue;
        }
        let message = format!("no server of {} is checked: a dead one keeps its share of the load", proxy.show());
        out.push(proxy.span(), message, "add 'default-server check'");
    }
}
