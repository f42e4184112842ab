//! Some servers of a backend get the PROXY protocol, others do not.
//!
//! ## What it does
//! Looks for backends in which some servers say `send-proxy`, `send-proxy-v2` or its variants, and others none.
//!
//! ## Why it matters
//! Servers of one backend are usually alike. One that does not expect the header takes it for a bad request; one that
//! does expect it waits in vain.
//!
//! ## Example
//! ```text
//! server a 10.0.0.1:80 send-proxy
//! server b 10.0.0.2:80
//! ```
//!
//! ## Fix
//! Say it for all of them, best in `default-server`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Server, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "send-proxy-inconsistent",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("send_proxy_inconsistent.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends() {
        let servers = proxy.servers();
        let sends = |server: &Server<'_>| {
            let names = ["send-proxy", "send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn"];
            names.iter().any(|name| server.has(name))
        };
        let working: Vec<_> = servers.iter().filter(|server| !server.has("backup")).collect();
        let Some(with) = working.iter().find(|server| sends(server)) else { continue };
        for server in working.iter().filter(|server| !sends(server)) {
            let message =
                format!("server '{}' gets no PROXY header, while others of the backend do", server.name.show());
            out.push_with(server.span(), message, "say it for all servers, or for none", with.span(), "one that does");
        }
    }
}
