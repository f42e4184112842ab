//! Anybody may administer the servers.
//!
//! ## What it does
//! Looks for `stats admin` with a condition that is always true, on a page without `stats auth`.
//!
//! ## Why it matters
//! Whoever finds the page can take servers out of service.
//!
//! ## Example
//! ```text
//! stats enable
//! stats admin if TRUE
//! ```
//!
//! ## Fix
//! Add `stats auth`, or a condition such as `if LOCALHOST`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "stats-admin-true",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("stats_admin_true.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        if proxy.said("stats auth").next().is_some() || proxy.said("stats http-request").next().is_some() {
            continue;
        }
        for line in proxy.said("stats admin") {
            let condition = line.condition().filter(|condition| !condition.unless);
            let open = condition.is_some_and(|c| c.names().any(|name| name.is("TRUE") || name.is("true")));
            if open {
                out.push(line.span(), "anybody who finds the page may take servers out of service", "add 'stats auth'");
            }
        }
    }
}
