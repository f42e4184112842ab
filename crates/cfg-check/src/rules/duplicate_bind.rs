//! Two `bind` lines listen on the same address and port.
//!
//! ## What it does
//! Looks for `bind` addresses that are the same, `:80`, `*:80` and `0.0.0.0:80` included. Lines that say `process`,
//! `thread`, `interface` or `namespace` are left alone: they share an address on purpose.
//!
//! ## Why it matters
//! The kernel spreads connections over both sockets, so that a client meets now one frontend, now the other. HAProxy
//! starts without a word.
//!
//! ## Example
//! ```text
//! frontend a
//!     bind :80
//! frontend b
//!     bind *:80
//! ```
//!
//! ## Fix
//! Give one of them another address, or merge the two frontends.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Line, View},
};
use config::{
    host::Plain,
    keyword::address::{self, Ports, Written},
};
use source::{Severity, Span};
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-bind",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("duplicate_bind.rs"),
    check,
};

/// Parameters that part the connections to one address.
const PARTED: &[&str] = &["interface", "namespace", "process", "thread", "transparent"];

fn check(view: &View<'_>, out: &mut Findings) {
    let mut seen: HashMap<String, (Span, String)> = HashMap::new();
    for proxy in view.frontends().filter(|proxy| !proxy.ir.disabled) {
        for line in proxy.said("bind").filter(|line| !PARTED.iter().any(|word| line.has(word))) {
            let Some(word) = line.word(1) else { continue };
            for key in addresses(&line) {
                if let Some((first, whose)) = seen.get(&key) {
                    let message = format!("{} listens on {key}, as {whose} does", proxy.show());
                    let help = "connections are spread over both: give one of them another address";
                    out.push_with(word.span, message, help, *first, "the same address");
                } else {
                    seen.insert(key, (word.span, proxy.show()));
                }
            }
        }
    }
}

/// The addresses of a line in one form; those that depend on what is not in the file are left out.
fn addresses(line: &Line<'_>) -> Vec<String> {
    let list = line.word(1).map_or(&b""[..], |word| word.bytes()).split(|b| *b == b',');
    let host = Plain::default();
    let known = list.filter(|text| !text.contains(&b'$')).filter_map(|text| address::parse(text, &host).ok());
    known
        .filter_map(|written| match written {
            Written::Ip { addr, ports: Ports::One(port), .. } if addr.is_ipv6() => Some(format!("[{addr}]:{port}")),
            Written::Ip { addr, ports: Ports::One(port), .. } => Some(format!("{addr}:{port}")),
            Written::Unix(path) => Some(String::from_utf8_lossy(&path).into_owned()),
            _ => None,
        })
        .collect()
}
