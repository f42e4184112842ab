//! A proxy may have more connections than the process.
//!
//! ## What it does
//! Looks for a `maxconn` of a proxy that is larger than the one of the `global` section.
//!
//! ## Why it matters
//! The process stops accepting at its own limit, for all frontends together: the proxy never gets to its number, and one
//! busy frontend starves the others, the stats page included.
//!
//! ## Example
//! ```text
//! global
//!     maxconn 2000
//! frontend web
//!     maxconn 10000
//! ```
//!
//! ## Fix
//! Raise `maxconn` in `global`, or lower the one of the proxy.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "frontend-maxconn-above-global",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("frontend_maxconn_above_global.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let Some(global) = view.global("maxconn").last() else { return };
    let Some(limit) = global.word(1).and_then(|word| word.str()).and_then(|text| text.parse::<u64>().ok()) else {
        return;
    };
    let mut told = HashSet::new();
    for proxy in view.frontends() {
        let Some(line) = proxy.last("maxconn") else { continue };
        let number = line.word(1).and_then(|word| word.str()).and_then(|text| text.parse::<u64>().ok());
        if let Some(number) = number.filter(|number| *number > limit && told.insert(line.span())) {
            let message = format!("'maxconn {number}' is above the {limit} of the whole process");
            let help = "raise 'maxconn' in the global section, or lower this one";
            out.push_with(line.span(), message, help, global.span(), "the process's limit");
        }
    }
}
