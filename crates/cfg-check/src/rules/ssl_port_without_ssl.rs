//! Port 443 without TLS.
//!
//! ## What it does
//! Looks for `bind` lines of HTTP frontends on port 443 without `ssl`.
//!
//! ## Why it matters
//! Browsers speak TLS on that port; HAProxy answers their hello with 400.
//!
//! ## Example
//! ```text
//! frontend web
//!     mode http
//!     bind :443
//! ```
//!
//! ## Fix
//! Add `ssl crt FILE`, or write `mode tcp` where the servers end TLS.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "ssl-port-without-ssl",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("ssl_port_without_ssl.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends().filter(|proxy| proxy.http) {
        // Behind a proxy that ends TLS for it, the port may be kept.
        let plain = proxy.said("bind").filter(|line| !line.has("ssl") && !line.has("accept-proxy"));
        for address in plain.filter_map(|line| line.word(1)).filter(|word| word.bytes().ends_with(b":443")) {
            let message = format!("'{}' is the port of https, but the line has no 'ssl'", address.show());
            out.push(address.span, message, "add 'ssl crt FILE'");
        }
    }
}
