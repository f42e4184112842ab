//! Browsers are not told to insist on TLS.
//!
//! ## What it does
//! Looks for HTTP frontends with TLS on port 443 where no line of the configuration sets `Strict-Transport-Security`,
//! or one sets `max-age=0`.
//!
//! ## Why it matters
//! Without the header the first request of each visit may go out in clear text, and somebody on the way can keep it
//! there.
//!
//! ## Example
//! ```text
//! frontend web
//!     bind :443 ssl crt /etc/site.pem
//! ```
//!
//! ## Fix
//! Add `http-response set-header Strict-Transport-Security "max-age=31536000"`, unless the servers send it.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Line, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "hsts-missing",
    group: Group::Security,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("hsts_missing.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let says =
        |line: &Line<'_>| line.words.iter().any(|word| word.bytes().eq_ignore_ascii_case(b"strict-transport-security"));
    let said: Vec<Line<'_>> = view.lines().filter(says).collect();
    for line in &said {
        if let Some(value) = line.words.iter().find(|word| word.show().replace(' ', "").contains("max-age=0")) {
            out.push(value.span, "'max-age=0' tells browsers to forget TLS", "write 'max-age=31536000'");
        }
    }
    for proxy in view.frontends().filter(|proxy| said.is_empty() && proxy.http) {
        if let Some(bind) = proxy.binds().iter().find(|bind| bind.is_tls() && bind.has_port(443)) {
            let message = format!("{} does not tell browsers to insist on TLS", proxy.show());
            let help = "add 'http-response set-header Strict-Transport-Security max-age=31536000'";
            out.push(bind.line.span(), message, help);
        }
    }
}
