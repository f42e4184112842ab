//! An HTTP frontend logs connections instead of requests.
//!
//! ## What it does
//! Looks for HTTP frontends with a `log` line and neither `option httplog`, `option httpslog`, `option tcplog`,
//! `option clf` nor `log-format`.
//!
//! ## Why it matters
//! The log then says only that somebody connected: no request, no status, no times.
//!
//! ## Example
//! ```text
//! frontend web
//!     mode http
//!     log global
//! ```
//!
//! ## Fix
//! Add `option httplog`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "httplog-without-option",
    group: Group::Semantic,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("httplog_without_option.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    const FORMS: &[&str] = &["log-format", "log-profile", "option httplog", "option httpslog", "option tcplog"];
    for proxy in view.frontends().filter(|proxy| proxy.http && !proxy.ir.disabled) {
        let Some(log) = proxy.last("log") else { continue };
        let decided = FORMS.iter().any(|words| proxy.lines.iter().any(|line| line.is(words)));
        if !decided && !log.has("profile") {
            let message = format!("{} logs connections, not requests", proxy.show());
            out.push_with(proxy.span(), message, "add 'option httplog'", log.span(), "the log");
        }
    }
}
