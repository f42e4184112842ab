//! All servers have weight 0.
//!
//! ## What it does
//! Looks for sections whose servers all have `weight 0`.
//!
//! ## Why it matters
//! A server of weight 0 gets no new clients: every request without persistence is answered with 503.
//!
//! ## Example
//! ```text
//! server a 10.0.0.1:80 weight 0
//! server b 10.0.0.2:80 weight 0
//! ```
//!
//! ## Fix
//! Give at least one server a weight.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "weight-zero-everywhere",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("weight_zero_everywhere.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends() {
        let servers = proxy.servers();
        let zero = |server: &crate::view::Server<'_>| server.value("weight").is_some_and(|weight| weight.is("0"));
        if !servers.is_empty() && servers.iter().all(zero) && !proxy.says("server-template") {
            let message = format!("no server of {} gets new clients: all have weight 0", proxy.show());
            out.push(proxy.span(), message, "give at least one server a weight above 0");
        }
    }
}
