//! The address of a server is looked up once and never again.
//!
//! ## What it does
//! Looks for servers with a host name and without `resolvers`.
//!
//! ## Why it matters
//! The name is resolved at the start. When it gets another address, HAProxy goes on with the old one until it is
//! reloaded.
//!
//! ## Example
//! ```text
//! server a app.internal:80
//! ```
//!
//! ## Fix
//! Add a `resolvers` section and `resolvers NAME init-addr last,libc,none` to the server.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "hostname-without-resolvers",
    group: Group::Semantic,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("hostname_without_resolvers.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends() {
        for server in proxy.servers().iter().filter(|server| !server.has("resolvers")) {
            if server.is_named() && server.host() != b"localhost" {
                let message = format!("'{}' is resolved at the start and never again", server.address.show());
                out.push(server.address.span, message, "add a 'resolvers' section, and 'resolvers NAME' to the server");
            }
        }
    }
}
