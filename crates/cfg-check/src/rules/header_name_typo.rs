//! A header's name has a colon at its end.
//!
//! ## What it does
//! Looks for rules on headers (`set-header`, `add-header`, `del-header`, `http-check send hdr`, …) and samples such
//! as `hdr(…)` whose name ends with a colon.
//!
//! ## Why it matters
//! The colon becomes a part of the name: the header that is sent is malformed, the one that is looked for does not
//! exist.
//!
//! ## Example
//! ```text
//! http-request set-header X-Forwarded-Proto: https
//! ```
//!
//! ## Fix
//! Remove the colon.

use crate::{
    rule::{Confidence, Findings, Fix, Group, Profile, Rule, replace},
    view::View,
};
use source::Severity;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "header-name-typo",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("header_name_typo.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    const ACTIONS: &[&str] =
        &["add-header", "del-header", "early-hint", "hdr", "replace-header", "replace-value", "set-header"];
    let mut told = HashSet::new();
    for line in view.lines() {
        for pair in line.words.windows(2) {
            let [action, name] = pair else { continue };
            let named = ACTIONS.iter().any(|known| action.is(known)) && name.bytes().ends_with(b":");
            if named && told.insert(name.span) {
                let message = format!("the colon becomes a part of the name '{}'", name.show());
                out.push(name.span, message, "remove the colon");
                if !name.cooked {
                    let plain = name.bytes().strip_suffix(b":").unwrap_or(name.bytes());
                    out.fix(Fix::unsafe_("remove the colon", vec![replace(name.span, plain)]));
                }
            }
        }
    }
}
