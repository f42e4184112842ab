//! Passwords travel in clear text.
//!
//! ## What it does
//! Looks for `http-request auth` and `stats auth` in frontends that other machines reach over a `bind` without `ssl`,
//! with no redirect to https.
//!
//! ## Why it matters
//! Basic authentication sends the password with each request, hardly disguised: whoever sees the traffic has it.
//!
//! ## Example
//! ```text
//! frontend admin
//!     bind :80
//!     http-request auth unless { http_auth(admins) }
//! ```
//!
//! ## Fix
//! Add TLS to the `bind`, or a redirect to https in front.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "auth-over-plain-http",
    group: Group::Security,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("auth_over_plain_http.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends() {
        let binds = proxy.binds();
        let Some(bind) = binds.iter().find(|bind| !bind.is_tls() && bind.is_public() && !bind.line.has("accept-proxy"))
        else {
            continue;
        };
        let leads = proxy
            .lines
            .iter()
            .any(|line| line.has("redirect") && line.has("https") || line.is("redirect scheme https"));
        let mut asks = proxy.own().filter(|line| line.is("http-request auth") || line.is("stats auth"));
        if let Some(line) = asks.next().filter(|_| !leads) {
            let message = "the password travels in clear text".to_string();
            out.push_with(line.span(), message, "add 'ssl crt FILE' to the bind", bind.line.span(), "no TLS here");
        }
    }
}
