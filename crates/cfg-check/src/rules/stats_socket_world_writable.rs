//! Everybody on the machine may command HAProxy.
//!
//! ## What it does
//! Looks for `stats socket` of a file with a `mode` that lets everybody write.
//!
//! ## Why it matters
//! Whoever writes to the socket can take servers out, at level `admin` also read tables and replace certificates.
//!
//! ## Example
//! ```text
//! stats socket /run/haproxy.sock mode 666 level admin
//! ```
//!
//! ## Fix
//! Write `mode 660`, with `group` for those who may.

use crate::{
    rule::{Confidence, Findings, Fix, Group, Profile, Rule, replace},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "stats-socket-world-writable",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("stats_socket_world_writable.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for line in view.global("stats socket") {
        let user = line.after("level").is_some_and(|level| level.is("user"));
        let open = line.after("mode").filter(|mode| {
            let digits = mode.show().into_owned();
            let last = digits.chars().last().and_then(|digit| digit.to_digit(8));
            last.is_some_and(|digit| digit & 2 != 0)
        });
        if let Some(mode) = open.filter(|_| !user) {
            out.push(mode.span, "everybody on this machine may command HAProxy", "write 'mode 660'");
            out.fix(Fix::unsafe_("write '660'", vec![replace(mode.span, "660")]));
        }
    }
}
