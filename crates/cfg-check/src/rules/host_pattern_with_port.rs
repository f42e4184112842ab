//! A host pattern has the port that clients leave out.
//!
//! ## What it does
//! Looks for host patterns that end with `:80` or `:443`.
//!
//! ## Why it matters
//! Clients leave the default port out of the `Host` header: `example.com:443` matches none of their requests.
//!
//! ## Example
//! ```text
//! acl site hdr(host) -i example.com:443
//! ```
//!
//! ## Fix
//! Remove the port.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "host-pattern-with-port",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("host_pattern_with_port.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for test in proxy.tests().iter().filter(|test| test.is_host() && matches!(test.method(), b"str" | b"end")) {
            // Who names both is prepared for clients of either kind.
            let both = |host: &[u8]| test.patterns.iter().any(|other| other.bytes() == host);
            for pattern in test.patterns {
                let text = pattern.bytes();
                let Some(host) = text.strip_suffix(b":80").or_else(|| text.strip_suffix(b":443")) else { continue };
                let other =
                    proxy.tests().iter().any(|test| test.is_host() && test.patterns.iter().any(|p| p.bytes() == host));
                if !both(host) && !other {
                    let message = format!("clients do not send the port of '{}'", pattern.show());
                    out.push(pattern.span, message, "remove the port");
                }
            }
        }
    }
}
