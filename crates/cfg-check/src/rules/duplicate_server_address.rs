//! Two servers of a section have the same address.
//!
//! ## What it does
//! Looks for servers of one section with the same address and port. Servers found through `resolvers` or by
//! `init-addr` are left alone: a name may have many addresses.
//!
//! ## Why it matters
//! The machine behind it gets twice its share of the load, is checked twice, and `maxconn` no longer limits it.
//!
//! ## Example
//! ```text
//! server a 10.0.0.1:80 check
//! server b 10.0.0.1:80 check     # meant 10.0.0.2?
//! ```
//!
//! ## Fix
//! Correct the address, or remove one of the servers; for more load use `weight`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Server, View},
};
use source::Severity;
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-server-address",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("duplicate_server_address.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends() {
        let mut seen: HashMap<&[u8], &Server<'_>> = HashMap::new();
        let fixed = proxy.servers().iter().filter(|s| {
            !s.has("resolvers") && !s.has("init-addr") && !s.has("disabled") && is_plain(s.address.bytes())
        });
        for server in fixed {
            let first = *seen.entry(server.address.bytes()).or_insert(server);
            if first.address.span != server.address.span {
                let (name, first_name) = (server.name.show(), first.name.show());
                let message = format!("server '{name}' has the address of server '{first_name}'");
                let help = "correct the address, or remove one of the two";
                out.push_with(server.address.span, message, help, first.address.span, "the same address");
            }
        }
    }
}

/// Whether the address names one place: `0.0.0.0` goes where the client wanted to go.
fn is_plain(address: &[u8]) -> bool {
    !address.starts_with(b"0.0.0.0") && !address.starts_with(b"*") && !address.contains(&b'$')
}
