//! A client may take for ever to send a request.
//!
//! ## What it does
//! Looks for HTTP frontends that neither say nor inherit `timeout http-request`.
//!
//! ## Why it matters
//! `timeout client` starts anew with each byte, so a client that sends one header byte now and then holds its connection
//! for as long as it likes. A few thousand of them, and no one else gets in (slowloris).
//!
//! ## Example
//! ```text
//! frontend web
//!     mode http
//!     bind :80
//!     timeout client 30s
//! ```
//!
//! ## Fix
//! Add `timeout http-request 10s` to the `defaults` section.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "no-timeout-http-request",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("no_timeout_http_request.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends().filter(|proxy| proxy.http && !proxy.ir.disabled) {
        if proxy.last("timeout http-request").is_none() && proxy.said("bind").next().is_some() {
            let message = format!("{} waits for slow requests for as long as the client likes", proxy.show());
            out.push(proxy.span(), message, "add 'timeout http-request 10s' to it or to its 'defaults'");
        }
    }
}
