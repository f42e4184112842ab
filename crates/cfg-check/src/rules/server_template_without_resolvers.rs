//! Every server of a template has the same address.
//!
//! ## What it does
//! Looks for `server-template` with a host name and without `resolvers`.
//!
//! ## Why it matters
//! Only resolvers spread the addresses of a name over the servers of a template. Without them the name is looked up
//! once, and all the servers are one.
//!
//! ## Example
//! ```text
//! server-template app 1-5 app.internal:80 check
//! ```
//!
//! ## Fix
//! Add a `resolvers` section and `resolvers NAME` to the line.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "server-template-without-resolvers",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("server_template_without_resolvers.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends() {
        let by_default = proxy.said("default-server").any(|line| line.has("resolvers"));
        for line in proxy.said("server-template").filter(|line| !by_default && !line.has("resolvers")) {
            let named = line.word(3).filter(|word| word.bytes().first().is_some_and(u8::is_ascii_alphabetic));
            if let Some(address) = named.filter(|word| !word.bytes().contains(&b'@')) {
                let message = format!("all the servers get one address of '{}'", address.show());
                out.push(address.span, message, "add 'resolvers NAME'");
            }
        }
    }
}
