//! HAProxy does not start while the name of a server has no address.
//!
//! ## What it does
//! Looks for servers with `resolvers` and without `init-addr`.
//!
//! ## Why it matters
//! At the start the name is looked up by the system. If that fails, HAProxy refuses to start, though its own
//! resolvers would find the address a moment later.
//!
//! ## Example
//! ```text
//! server a app.internal:80 resolvers dns
//! ```
//!
//! ## Fix
//! Add `init-addr last,libc,none`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "resolvers-without-init-addr",
    group: Group::Semantic,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("resolvers_without_init_addr.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends() {
        for server in proxy.servers().iter().filter(|server| server.has("resolvers") && !server.has("init-addr")) {
            if server.is_named() {
                let message = format!("without an address of '{}' HAProxy does not start", server.address.show());
                out.push(server.address.span, message, "add 'init-addr last,libc,none'");
            }
        }
    }
}
