//! When a server leaves, nearly all clients change servers.
//!
//! ## What it does
//! Looks for `balance` with a hash (`source`, `uri`, `hdr(…)`, `url_param`, `hash`, `rdp-cookie`) over several
//! servers, without `hash-type consistent`.
//!
//! ## Why it matters
//! The default hash is taken modulo the weights: when one server of ten leaves or comes, nine in ten clients get
//! another one, and their sessions and caches are cold.
//!
//! ## Example
//! ```text
//! balance source
//! server a 10.0.0.1:80 check
//! server b 10.0.0.2:80 check
//! ```
//!
//! ## Fix
//! Add `hash-type consistent`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "non-consistent-hash-with-dynamic-servers",
    group: Group::Semantic,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Low,
    source: include_str!("non_consistent_hash_with_dynamic_servers.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    const HASHES: &[&str] = &["hash", "hdr", "rdp-cookie", "source", "uri", "url_param"];
    for proxy in view.backends() {
        let Some(balance) = proxy.last("balance").filter(|line| !line.inherited) else { continue };
        let name = balance.word(1).map(|word| word.show().into_owned()).unwrap_or_default();
        let hashes = HASHES.contains(&name.split('(').next().unwrap_or(&name));
        let several = proxy.servers().len() > 2 || proxy.says("server-template");
        if hashes && several && proxy.last("hash-type").is_none() {
            let message = "when a server leaves or comes, nearly all clients get another one";
            out.push(balance.span(), message, "add 'hash-type consistent'");
        }
    }
}
