//! `timeout tunnel 0` does not switch the timeout off.
//!
//! ## What it does
//! Looks for `timeout tunnel` with a value of zero.
//!
//! ## Why it matters
//! Zero means "not set": tunnels then live by `timeout client` and `timeout server`, which cut quiet websockets.
//!
//! ## Example
//! ```text
//! timeout tunnel 0
//! ```
//!
//! ## Fix
//! Write a long time: `timeout tunnel 24h`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "timeout-tunnel-zero",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("timeout_tunnel_zero.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let mut told = HashSet::new();
    for proxy in &view.proxies {
        for line in proxy.said("timeout tunnel") {
            let Some(value) = line.word(2) else { continue };
            let digits = value.bytes().iter().take_while(|b| b.is_ascii_digit());
            let zero = value.bytes().first() == Some(&b'0') && digits.into_iter().all(|b| *b == b'0');
            if zero && told.insert(value.span) {
                let message =
                    "0 does not switch the timeout off: tunnels live by 'timeout client' and 'timeout server'";
                out.push(value.span, message, "write a long time, such as '24h'");
            }
        }
    }
}
