//! The name that a TLS server is asked for depends on the version.
//!
//! ## What it does
//! Looks for TLS servers of HTTP backends without `sni`, `no-sni-auto` or `sni-auto`.
//!
//! ## Why it matters
//! Up to HAProxy 3.2 no name is sent; from 3.3 the `Host` of the request is. A server with several certificates then
//! shows another one, and with `verify required` the name is compared.
//!
//! ## Example
//! ```text
//! server a 10.0.0.1:443 ssl verify required ca-file /etc/ca.pem
//! ```
//!
//! ## Fix
//! Write `sni str(NAME)` or `sni req.hdr(host)`, or `no-sni-auto` once all versions know it.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "default-sni-changed",
    group: Group::Upgrade,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("default_sni_changed.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends().filter(|proxy| proxy.http) {
        for server in proxy.servers().iter().filter(|server| server.has("ssl")) {
            let decided = server
                .params()
                .iter()
                .any(|(word, _)| ["sni", "sni-auto", "no-sni-auto"].iter().any(|name| word.is(name)));
            if !decided {
                let message = format!(
                    "server '{}' is asked for no name up to HAProxy 3.2, for the 'Host' from 3.3",
                    server.name.show()
                );
                out.push(server.span(), message, "write 'sni str(NAME)' or 'sni req.hdr(host)'");
            }
        }
    }
}
