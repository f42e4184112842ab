//! A condition is always true.
//!
//! ## What it does
//! Looks for a condition that holds with a term and without it: `if a or !a`.
//!
//! ## Why it matters
//! The rule applies to everything, which a rule without a condition says more clearly, or a part of it is wrong.
//!
//! ## Example
//! ```text
//! http-request deny if bad_path or !bad_path
//! ```
//!
//! ## Fix
//! Remove the condition, or correct it.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Term, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "tautology-condition",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("tautology_condition.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for line in proxy.lines.iter().filter(|line| !line.inherited) {
            let Some(condition) = line.condition() else { continue };
            // Only an alternative that is one term can be the opposite of another.
            let single = condition.any.iter().filter(|all| all.len() == 1).flatten();
            let terms: Vec<&Term<'_>> = single.collect();
            let opposite = |term: &&&Term<'_>| {
                term.is_negated() && terms.iter().any(|other| !other.is_negated() && other.key() == term.key())
            };
            if let Some(term) = terms.iter().find(opposite) {
                let message = "the condition holds with a term and without it, so it is always true";
                out.push(term.span(), message, "remove the condition, or correct it");
            }
        }
    }
}
