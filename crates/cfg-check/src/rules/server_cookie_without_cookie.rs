//! Servers have cookie values, but there is no cookie.
//!
//! ## What it does
//! Looks for servers with `cookie VALUE` in an HTTP section without a `cookie` line, itself or by its defaults.
//!
//! ## Why it matters
//! Clients are not bound to servers: sessions that live on one server are lost with the next request.
//!
//! ## Example
//! ```text
//! backend app
//!     server a 10.0.0.1:80 cookie a
//!     server b 10.0.0.2:80 cookie b
//! ```
//!
//! ## Fix
//! Add `cookie SRV insert indirect nocache`, or remove the values.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "server-cookie-without-cookie",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::High,
    source: include_str!("server_cookie_without_cookie.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends().filter(|proxy| proxy.http && proxy.last("cookie").is_none()) {
        let servers = proxy.servers();
        if let Some(value) = servers.iter().find_map(|server| server.value("cookie")) {
            let message = format!("{} has no 'cookie' line: clients are not bound to servers", proxy.show());
            out.push(value.span, message, "add 'cookie SRV insert indirect nocache', or remove the values");
        }
    }
}
