//! Websockets without `timeout tunnel`.
//!
//! ## What it does
//! Looks for routes whose condition speaks of websockets (the `Upgrade` header, `websocket`, `/socket.io`), to backends
//! without `timeout tunnel`.
//!
//! ## Why it matters
//! An upgraded connection becomes a tunnel. Without a timeout of its own it lives by `timeout client` and `timeout
//! server`: a quiet websocket is cut after some seconds, or, where these are missing too, a dead one never is.
//!
//! ## Example
//! ```text
//! acl is_ws hdr(Upgrade) -i websocket
//! use_backend ws if is_ws
//! ```
//!
//! ## Fix
//! Add `timeout tunnel 1h` to the backend.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Test, View},
};
use source::Severity;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "no-timeout-tunnel",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("no_timeout_tunnel.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let mut told = HashSet::new();
    for frontend in view.frontends().filter(|frontend| frontend.last("timeout tunnel").is_none()) {
        for route in frontend.routes() {
            let Some(backend) = view.backend(route.target.bytes()).filter(|b| b.http) else { continue };
            if backend.last("timeout tunnel").is_some() || told.contains(&backend.name.span) {
                continue;
            }
            let terms = route.condition.iter().flat_map(|condition| condition.terms());
            if let Some(test) = terms.flat_map(|term| frontend.tests_of(term)).find(is_websocket) {
                told.insert(backend.name.span);
                let message = format!("{} gets websockets, but has no 'timeout tunnel'", backend.show());
                let help = "add 'timeout tunnel 1h', so that quiet websockets live and dead ones do not stay";
                out.push_with(backend.span(), message, help, test.span(), "routed to here");
            }
        }
    }
}

fn is_websocket(test: &Test<'_>) -> bool {
    let named = |pattern: &source::Word| {
        let text = pattern.show().to_lowercase();
        text.contains("websocket") || text.contains("/socket.io")
    };
    (test.sample() == b"hdr" && test.argument() == b"upgrade") || test.patterns.iter().any(named)
}
