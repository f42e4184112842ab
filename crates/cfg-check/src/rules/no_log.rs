//! An HTTP frontend without a log.
//!
//! ## What it does
//! Looks for frontends in HTTP mode that neither say nor inherit a `log` line.
//!
//! ## Why it matters
//! When something goes wrong, nothing tells what was asked, who answered and how long it took.
//!
//! ## Example
//! ```text
//! frontend web
//!     mode http
//!     bind :80
//!     default_backend app
//! ```
//!
//! ## Fix
//! Write `log` lines in `global`, and `log global` and `option httplog` in `defaults`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "no-log",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("no_log.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends().filter(|proxy| proxy.http && !proxy.ir.disabled) {
        // `no log` is a decision, too.
        let decided = proxy.lines.iter().any(|line| line.is("log"));
        if !decided && proxy.said("bind").next().is_some() {
            let message = format!("{} keeps no log", proxy.show());
            out.push(proxy.span(), message, "add 'log global' and 'option httplog', with a 'log' line in 'global'");
        }
    }
}
