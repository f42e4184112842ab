//! Everybody may read the metrics.
//!
//! ## What it does
//! Looks for `use-service prometheus-exporter` in a frontend that other machines reach, where no condition of the
//! rule, and no `deny` in front of it, asks for more than the path.
//!
//! ## Why it matters
//! The metrics tell the names of backends and servers, their load and their faults.
//!
//! ## Example
//! ```text
//! http-request use-service prometheus-exporter if { path /metrics }
//! ```
//!
//! ## Fix
//! Add `{ src 10.0.0.0/8 }` to the condition, or bind to an address that only the collector reaches.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Line, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "metrics-exposed",
    group: Group::Security,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("metrics_exposed.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends() {
        if !proxy.binds().iter().any(|bind| bind.is_public()) {
            continue;
        }
        for line in proxy.own().filter(|line| line.is("http-request use-service prometheus-exporter")) {
            let guards = |line: &Line<'_>| {
                let condition = line.condition();
                let mut terms = condition.iter().flat_map(|condition| condition.terms());
                terms.any(|term| proxy.tests_of(term).iter().any(|test| test.sample() != b"path"))
            };
            let denies = |line: &Line<'_>| {
                ["http-request deny", "http-request auth", "http-request reject", "tcp-request"]
                    .iter()
                    .any(|w| line.is(w))
            };
            if !guards(&line) && !proxy.lines.iter().any(|line| denies(line) && guards(line)) {
                out.push(line.span(), "everybody may read the metrics", "add '{ src NETWORK }' to the condition");
            }
        }
    }
}
