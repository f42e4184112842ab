//! A condition can never be true.
//!
//! ## What it does
//! Looks for a condition that asks for a term and for its opposite at once: `if a !a`.
//!
//! ## Why it matters
//! Terms without `or` between them must all hold, so the rule never applies.
//!
//! ## Example
//! ```text
//! http-request deny if is_admin !is_admin
//! ```
//!
//! ## Fix
//! Remove one of the terms, or write `or` between them.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Term, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "contradictory-condition",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("contradictory_condition.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for line in proxy.lines.iter().filter(|line| !line.inherited) {
            let Some(condition) = line.condition() else { continue };
            for all in &condition.any {
                if let Some(term) = all.iter().find(|term| is_denied(term, all)) {
                    let message = "the condition asks for a term and for its opposite, so it is never true";
                    let help = "remove one of the two, or write 'or' between them";
                    out.push(term.span(), message, help);
                }
            }
        }
    }
}

fn is_denied(term: &Term<'_>, all: &[Term<'_>]) -> bool {
    term.is_negated() && all.iter().any(|other| !other.is_negated() && other.key() == term.key())
}
