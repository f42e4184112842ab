//! `localhost` is two addresses.
//!
//! ## What it does
//! Looks for `localhost` in `bind` and `server` addresses.
//!
//! ## Why it matters
//! The name is resolved once, at the start, and is `127.0.0.1` on one machine and `::1` on another. A server that listens
//! on one of them only is not found through the other.
//!
//! ## Example
//! ```text
//! server app localhost:8080
//! ```
//!
//! ## Fix
//! Write the address that the server listens on: `127.0.0.1:8080` or `[::1]:8080`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::{Severity, Word};

pub(super) static RULE: Rule = Rule {
    name: "localhost-address",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("localhost_address.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for address in proxy.servers().iter().map(|server| server.address) {
            say(address, out);
        }
        for address in proxy.said("bind").filter_map(|line| line.word(1)) {
            say(address, out);
        }
    }
}

fn say(address: &Word, out: &mut Findings) {
    let text = address.show();
    let Some(rest) = text.strip_prefix("localhost").filter(|rest| rest.is_empty() || rest.starts_with(':')) else {
        return;
    };
    let help = format!("write '127.0.0.1{rest}' or '[::1]{rest}'");
    out.push(address.span, "'localhost' is 127.0.0.1 on one machine and ::1 on another", help);
}
