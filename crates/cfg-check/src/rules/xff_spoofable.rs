//! Clients decide what stands first in `X-Forwarded-For`.
//!
//! ## What it does
//! Looks for HTTP frontends with `option forwardfor` in which no rule deletes or sets `X-Forwarded-For`.
//!
//! ## Why it matters
//! HAProxy adds a line of its own behind those of the client. A server that reads the first address believes the
//! client.
//!
//! ## Example
//! ```text
//! frontend web
//!     option forwardfor
//! ```
//!
//! ## Fix
//! Add `http-request del-header X-Forwarded-For` in front, or have the servers read the last address only.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "xff-spoofable",
    group: Group::Security,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("xff_spoofable.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends().filter(|proxy| proxy.http) {
        let name = |word: &source::Word| word.bytes().eq_ignore_ascii_case(b"x-forwarded-for");
        let decided = proxy.said("http-request").any(|line| {
            let action = line.word(1).is_some_and(|word| word.is("del-header") || word.is("set-header"));
            action && line.word(2).is_some_and(name)
        });
        let trusts = proxy.binds().iter().all(|bind| bind.line.has("accept-proxy") || !bind.is_public());
        if let Some(line) = proxy.last("option forwardfor").filter(|line| !decided && !trusts && !line.has("if-none")) {
            let message = format!("{} keeps the addresses that clients claim, in front of the true one", proxy.show());
            out.push_with(
                proxy.span(),
                message,
                "add 'http-request del-header X-Forwarded-For'",
                line.span(),
                "adds the true one",
            );
        }
    }
}
