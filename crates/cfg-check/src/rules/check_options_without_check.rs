//! A health check is configured, but no server is checked.
//!
//! ## What it does
//! Looks for `option httpchk` and the other check options, and for `http-check` and `tcp-check` rules, in a section whose
//! servers have no `check`.
//!
//! ## Why it matters
//! The option says how to check, `check` on a server says that it is checked. Without it every server counts as up for
//! ever, and requests go to dead ones.
//!
//! ## Example
//! ```text
//! backend app
//!     option httpchk GET /health
//!     server a 10.0.0.1:80           # no 'check'
//! ```
//!
//! ## Fix
//! Add `check` to the servers, or `default-server check` to the section.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "check-options-without-check",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("check_options_without_check.rs"),
    check,
};

const OPTIONS: &[&str] = &[
    "http-check",
    "option httpchk",
    "option ldap-check",
    "option mysql-check",
    "option pgsql-check",
    "option redis-check",
    "option smtpchk",
    "option ssl-hello-chk",
    "option tcp-check",
    "tcp-check",
];

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends() {
        let servers = proxy.servers();
        if servers.is_empty() || servers.iter().any(|s| s.has("check") || s.has("track") || s.has("agent-check")) {
            continue;
        }
        let said = OPTIONS.iter().find_map(|words| proxy.said(words).find(|line| !line.inherited));
        // Templates and dynamic servers may bring checks of their own.
        if let Some(line) = said.filter(|_| !proxy.says("server-template")) {
            let message = format!("checks are configured, but no server of {} has 'check'", proxy.show());
            out.push(line.span(), message, "add 'default-server check', or 'check' to each server");
        }
    }
}
