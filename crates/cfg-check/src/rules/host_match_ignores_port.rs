//! A host is compared without the port that clients send.
//!
//! ## What it does
//! Looks for exact comparisons of the `Host` header in a frontend that listens on other ports than 80 and 443, in
//! which no pattern has a port.
//!
//! ## Why it matters
//! On such a port clients send `example.com:8080`: the comparison with `example.com` fails.
//!
//! ## Example
//! ```text
//! frontend web
//!     bind :8080
//!     acl site hdr(host) -i example.com
//! ```
//!
//! ## Fix
//! Compare `req.hdr(host),host_only`, or `hdr_dom(host)`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "host-match-ignores-port",
    group: Group::Semantic,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("host_match_ignores_port.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends() {
        let binds = proxy.binds();
        let odd = binds.iter().find(|bind| bind.sockets().iter().any(|(_, port)| *port != 80 && *port != 443));
        let Some(bind) = odd.filter(|bind| bind.is_public()) else { continue };
        let tests = proxy.tests();
        let exact = tests.iter().filter(|test| test.is_host() && test.method() == b"str" && !test.is_converted());
        for test in exact.filter(|test| !test.patterns.is_empty()) {
            if !test.patterns.iter().any(|pattern| pattern.bytes().contains(&b':')) {
                let message = "clients of this port send it with the host, which then differs".to_string();
                out.push_with(
                    test.span(),
                    message,
                    "compare 'req.hdr(host),host_only'",
                    bind.address.span,
                    "this port",
                );
            }
        }
    }
}
