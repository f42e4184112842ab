//! Requests wait for a server as long as they may connect.
//!
//! ## What it does
//! Looks for servers with `maxconn` in a section without `timeout queue`.
//!
//! ## Why it matters
//! Requests above the limit wait in a queue. Without `timeout queue` they wait `timeout connect`, which is made for
//! something else and usually too short or too long.
//!
//! ## Example
//! ```text
//! timeout connect 5s
//! server a 10.0.0.1:80 maxconn 100
//! ```
//!
//! ## Fix
//! Say `timeout queue`, about as long as a person waits for a page.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "maxconn-without-timeout-queue",
    group: Group::Semantic,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("maxconn_without_timeout_queue.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends().filter(|proxy| proxy.ir.timeouts.queue.is_none()) {
        let servers = proxy.servers();
        let limited = servers.iter().find_map(|server| server.value("maxconn"));
        if let Some(limit) = limited.filter(|limit| !limit.is("0")) {
            let message = format!("requests above the limit of {} wait 'timeout connect'", proxy.show());
            out.push(limit.span, message, "add 'timeout queue'");
        }
    }
}
