//! A server may take longer to be reached than to answer.
//!
//! ## What it does
//! Looks for a `timeout connect` that is longer than `timeout server`.
//!
//! ## Why it matters
//! A connection within a network takes milliseconds; an answer takes as long as the work. The two are likely
//! exchanged, and requests wait long for a dead server while slow answers are cut.
//!
//! ## Example
//! ```text
//! timeout connect 50s
//! timeout server 5s
//! ```
//!
//! ## Fix
//! Exchange the two values, or shorten `timeout connect` to a few seconds.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "connect-timeout-ge-server-timeout",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("connect_timeout_ge_server_timeout.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let mut told = HashSet::new();
    for proxy in view.backends() {
        let (Some(connect), Some(server)) = (proxy.ir.timeouts.connect, proxy.ir.timeouts.server) else { continue };
        let (Some(line), Some(other)) = (proxy.last("timeout connect"), proxy.last("timeout server")) else { continue };
        if connect > server && !server.is_zero() && told.insert(line.span()) {
            let message = "'timeout connect' is longer than 'timeout server'".to_string();
            out.push_with(
                line.span(),
                message,
                "exchange them, or shorten it to a few seconds",
                other.span(),
                "shorter",
            );
        }
    }
}
