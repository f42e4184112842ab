//! A network is written without its mask.
//!
//! ## What it does
//! Looks for patterns of address samples (`src`, `dst`, …) that end in `.0` and have no mask.
//!
//! ## Why it matters
//! Without a mask a pattern is one address. `10.0.0.0` is the name of a network, which no client has: the ACL never
//! matches.
//!
//! ## Example
//! ```text
//! acl internal src 10.0.0.0
//! ```
//!
//! ## Fix
//! Add the mask: `src 10.0.0.0/8`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "ip-without-mask",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("ip_without_mask.rs"),
    check,
};

/// Samples that are addresses.
const SAMPLES: &[&str] = &["dst", "hdr_ip", "req.hdr_ip", "src"];

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        let tests = proxy.tests();
        let addresses =
            tests.iter().filter(|t| SAMPLES.iter().any(|name| name.as_bytes() == t.fetch()) && !t.is_converted());
        for pattern in addresses.flat_map(|test| test.patterns).filter(|pattern| is_network(pattern.bytes())) {
            let message = format!("'{}' without a mask is one address, and no client has it", pattern.show());
            out.push(pattern.span, message, format!("add the mask, such as '{}/24'", pattern.show()));
        }
    }
}

fn is_network(text: &[u8]) -> bool {
    text.ends_with(b".0") && text != b"0.0.0.0" && text.iter().all(|b| b.is_ascii_digit() || *b == b'.')
}
