//! The certificate of a server is not verified.
//!
//! ## What it does
//! Looks for `verify none` on TLS servers, and for `ssl-server-verify none`. (A server with `ssl` that says nothing is verified.)
//!
//! ## Why it matters
//! Whoever stands between HAProxy and the server can read and change everything: TLS hides nothing from them.
//!
//! ## Example
//! ```text
//! server a 10.0.0.1:443 ssl verify none
//! ```
//!
//! ## Fix
//! Name the authority: `ssl verify required ca-file /etc/ssl/internal-ca.pem`, and `verifyhost` for the name.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "verify-none",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("verify_none.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let help = "write 'verify required' with the 'ca-file' of the server's authority";
    for line in view.global("ssl-server-verify none") {
        out.push(line.span(), "the certificates of servers are not verified", help);
    }
    let mut told = HashSet::new();
    for proxy in view.backends() {
        for server in proxy.servers().iter().filter(|server| server.has("ssl")) {
            let value = server.value("verify").filter(|value| value.is("none"));
            if let Some(value) = value.filter(|value| told.insert(value.span)) {
                let message = format!("the certificate of server '{}' is not verified", server.name.show());
                out.push(value.span, message, help);
            }
        }
    }
}
