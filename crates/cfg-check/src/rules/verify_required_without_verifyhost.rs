//! Any certificate of the authority will do for a server.
//!
//! ## What it does
//! Looks for TLS servers that are verified, in their own words or by default, without `verifyhost` and without `sni`.
//!
//! ## Why it matters
//! The certificate is checked against the authority, but not against a name: with a public authority, anybody who
//! owns any certificate can pass for the server.
//!
//! ## Example
//! ```text
//! server a 10.0.0.1:443 ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt
//! ```
//!
//! ## Fix
//! Add `verifyhost app.internal`, or `sni str(app.internal)`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "verify-required-without-verifyhost",
    group: Group::Security,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("verify_required_without_verifyhost.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends() {
        for server in proxy.servers().iter().filter(|server| server.has("ssl")) {
            let verified = server.value("verify").is_some_and(|value| value.is("required"));
            if verified && !server.has("verifyhost") && !server.has("sni") {
                let message = format!("the certificate of server '{}' may have any name", server.name.show());
                out.push(server.span(), message, "add 'verifyhost NAME'");
            }
        }
    }
}
