//! Anybody may say where a connection comes from.
//!
//! ## What it does
//! Looks for `accept-proxy` on a `bind` that other machines reach, in a section without a `tcp-request connection`
//! rule on `src`.
//!
//! ## Why it matters
//! Whoever reaches the port can claim any source address in a PROXY header: bans, limits and logs believe it.
//!
//! ## Example
//! ```text
//! bind :80 accept-proxy
//! ```
//!
//! ## Fix
//! Let only the proxies in front in: `tcp-request connection reject if !{ src 10.0.0.0/24 }`, or `expect-proxy layer4
//! if { src … }` instead of `accept-proxy`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "accept-proxy-open",
    group: Group::Security,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("accept_proxy_open.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends() {
        let guarded = proxy.said("tcp-request connection").any(|line| line.condition().is_some());
        for bind in proxy.binds().iter().filter(|bind| !guarded && !bind.line.inherited && bind.is_public()) {
            if let Some(word) = bind.line.words.iter().find(|word| word.is("accept-proxy")) {
                let message = "whoever reaches this port can claim any source address";
                out.push(word.span, message, "add 'tcp-request connection reject if !{ src NETWORK }'");
            }
        }
    }
}
