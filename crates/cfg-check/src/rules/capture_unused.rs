//! A header is captured for a log that does not show it.
//!
//! ## What it does
//! Looks for `capture request header` and `capture response header` in a section whose log format has neither `%hr`,
//! `%hs` nor `capture.…`, and which has no `option httplog`, whose format has them.
//!
//! ## Why it matters
//! Captures cost memory with every request, and nothing shows them.
//!
//! ## Example
//! ```text
//! capture request header User-Agent len 128
//! log-format "%ci %ST"
//! ```
//!
//! ## Fix
//! Add `%hr` or `%hs` to the format, or remove the line.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Line, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "capture-unused",
    group: Group::Semantic,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("capture_unused.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends() {
        let shows = |line: &Line<'_>| {
            let forms = ["option httplog", "option httpslog"];
            let words = ["%hr", "%hs", "capture.", "%[capture", "%HR"];
            forms.iter().any(|form| line.is(form))
                || line.words.iter().any(|word| words.iter().any(|text| word.show().contains(text)))
        };
        let own: Vec<Line<'_>> = proxy.own().filter(|line| line.is("capture")).collect();
        let shown = proxy.lines.iter().any(shows) || view.lines().any(|line| line.is("log-profile"));
        for line in own.iter().filter(|line| !shown && (line.has("request") || line.has("response"))) {
            out.push(line.span(), "nothing shows what is captured", "add '%hr' or '%hs' to the log format");
        }
    }
}
