//! An action has an older name.
//!
//! ## What it does
//! Looks for the actions `set-mark` and `set-tos`.
//!
//! ## Why it matters
//! Since 3.1 there are marks of both sides, and the older names are deprecated: a later version may no longer know
//! them.
//!
//! ## Example
//! ```text
//! http-request set-mark 1
//! ```
//!
//! ## Fix
//! Write `set-fc-mark` and `set-fc-tos`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "deprecated-action",
    group: Group::Upgrade,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::High,
    source: include_str!("deprecated_action.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    const OLDER: &[(&str, &str)] = &[("set-mark", "set-fc-mark"), ("set-tos", "set-fc-tos")];
    const RULES: &[&str] = &["http-request", "http-response", "tcp-request", "tcp-response"];
    for line in view.lines().filter(|line| RULES.iter().any(|words| line.is(words))) {
        for word in line.words.iter().skip(1).take(2) {
            if let Some((old, new)) = OLDER.iter().find(|(old, _)| word.is(old)) {
                out.push(
                    word.span,
                    format!("'{old}' is the older name of '{new}'"),
                    format!("write '{new}', from 3.1 on"),
                );
            }
        }
    }
}
