//! A server without a cookie value in a backend that persists by cookie.
//!
//! ## What it does
//! Looks for `cookie NAME …` in a section whose servers lack `cookie VALUE`. Backup servers, `dynamic` cookies and
//! cookies that the section only inherits from `defaults` without using them are left alone.
//!
//! ## Why it matters
//! No cookie is set for a server without a value: its clients are balanced anew with each request and lose their
//! sessions.
//!
//! ## Example
//! ```text
//! backend app
//!     cookie SRV insert indirect nocache
//!     server a 10.0.0.1:80 cookie a
//!     server b 10.0.0.2:80           # clients of b do not stick
//! ```
//!
//! ## Fix
//! Give each server a value of its own: `server b 10.0.0.2:80 cookie b`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "cookie-missing-on-servers",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("cookie_missing_on_servers.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends() {
        let Some(line) = proxy.last("cookie").filter(|line| !line.has("dynamic")) else { continue };
        let servers = proxy.servers();
        if line.inherited && !servers.iter().any(|server| server.has("cookie")) {
            continue;
        }
        for server in servers.iter().filter(|server| !server.has("cookie") && !server.has("backup")) {
            let name = server.name.show();
            let message = format!("server '{name}' has no cookie value, so its clients do not stick to it");
            out.push_with(
                server.span(),
                message,
                format!("add 'cookie {name}'"),
                line.span(),
                "the persistence cookie",
            );
        }
    }
}
