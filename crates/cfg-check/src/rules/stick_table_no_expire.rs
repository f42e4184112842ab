//! A stick table never forgets.
//!
//! ## What it does
//! Looks for `stick-table` without `expire`.
//!
//! ## Why it matters
//! Entries stay until the table is full. Then each new one drives out the oldest, which may be the one that matters.
//!
//! ## Example
//! ```text
//! stick-table type ip size 100k store http_req_rate(10s)
//! ```
//!
//! ## Fix
//! Add `expire`, somewhat longer than the longest period that is counted.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "stick-table-no-expire",
    group: Group::Semantic,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("stick_table_no_expire.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for line in proxy.own().filter(|line| line.is("stick-table") && !line.has("expire")) {
            out.push(line.span(), "entries of the table do not expire", "add 'expire', such as 'expire 10m'");
        }
    }
}
