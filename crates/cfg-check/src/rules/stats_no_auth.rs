//! The statistics page asks for no password.
//!
//! ## What it does
//! Looks for `stats enable` and `stats uri` without `stats auth`, `stats http-request` or `stats scope`, in a section that
//! listens to more than this machine and has no rule that denies or authenticates.
//!
//! ## Why it matters
//! The page tells names, addresses and loads of all servers, and the version with its known faults.
//!
//! ## Example
//! ```text
//! frontend stats
//!     bind :8404
//!     stats enable
//!     stats uri /
//! ```
//!
//! ## Fix
//! Add `stats auth USER:PASSWORD`, or bind to `127.0.0.1`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Proxy, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "stats-no-auth",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("stats_no_auth.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends().filter(|proxy| proxy.http && !is_guarded(proxy)) {
        let line = proxy.said("stats uri").chain(proxy.said("stats enable")).find(|line| !line.inherited);
        if let Some(line) = line {
            let message = format!("whoever reaches {} sees its statistics", proxy.show());
            out.push(line.span(), message, "add 'stats auth USER:PASSWORD'");
        }
    }
}

fn is_guarded(proxy: &Proxy<'_>) -> bool {
    let rules = ["stats auth", "stats http-request", "stats scope", "http-request auth", "http-request deny"];
    let rules = rules.iter().any(|words| proxy.said(words).next().is_some());
    let drops = proxy.said("tcp-request connection reject").next().is_some();
    let local = |word: &source::Word| {
        let text = word.show();
        ["127.", "localhost:", "[::1]", "/", "unix@", "abns@"].iter().any(|start| text.starts_with(start))
    };
    rules || drops || proxy.said("bind").all(|line| line.word(1).is_none_or(local))
}
