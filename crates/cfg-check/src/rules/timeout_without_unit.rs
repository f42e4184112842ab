//! A timeout without a unit is in milliseconds.
//!
//! ## What it does
//! Looks for timeouts from 100 to 999 without a unit. (Below 100 HAProxy itself warns; from 1000 milliseconds are likely
//! meant.)
//!
//! ## Why it matters
//! `timeout server 300` is 0.3 seconds, not five minutes: slow requests are cut with 504.
//!
//! ## Example
//! ```text
//! timeout server 300
//! ```
//!
//! ## Fix
//! Write the unit: `300s`, or `300ms` if that was meant.

use crate::{
    rule::{Confidence, Findings, Fix, Group, Profile, Rule, append},
    view::View,
};
use source::Severity;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "timeout-without-unit",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("timeout_without_unit.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let mut told = HashSet::new();
    for proxy in &view.proxies {
        for value in proxy.said("timeout").filter_map(|line| line.word(2)) {
            let number = value.str().and_then(|text| text.parse::<u32>().ok());
            if let Some(number) = number.filter(|n| (100..1000).contains(n) && told.insert(value.span)) {
                let message = format!("'{number}' without a unit is {number} milliseconds");
                out.push(value.span, message, format!("write '{number}s', or '{number}ms' if that was meant"));
                out.fix(Fix::safe("write the unit that it has", vec![append(value.span, "ms")]));
            }
        }
    }
}
