//! Two servers have the same cookie value.
//!
//! ## What it does
//! Looks for servers of one backend with the same `cookie` value, where the backend has a `cookie` line.
//!
//! ## Why it matters
//! A client comes back to the first server with the value: the other one loses its sessions.
//!
//! ## Example
//! ```text
//! cookie SRV insert
//! server a 10.0.0.1:80 cookie one
//! server b 10.0.0.2:80 cookie one
//! ```
//!
//! ## Fix
//! Give each server a value of its own.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;
use source::Span;
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-cookie-value",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("duplicate_cookie_value.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends().filter(|proxy| proxy.last("cookie").is_some()) {
        let mut seen: HashMap<&[u8], Span> = HashMap::new();
        for server in proxy.servers().iter().filter(|server| !server.has("backup")) {
            let Some(value) = server.value("cookie") else { continue };
            if let Some(first) = seen.get(value.bytes()) {
                let message = format!("'{}' is the cookie value of another server too", value.show());
                out.push_with(value.span, message, "give each server a value of its own", *first, "the first");
            } else {
                seen.insert(value.bytes(), value.span);
            }
        }
    }
}
