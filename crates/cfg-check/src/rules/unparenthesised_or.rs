//! A condition mixes `and` with `or`.
//!
//! ## What it does
//! Looks for conditions with `or` in which an alternative has several terms.
//!
//! ## Why it matters
//! Terms beside each other bind tighter than `or`, and there are no parentheses: `a b or c d` is `(a b) or (c d)`,
//! while many read it as `a (b or c) d`.
//!
//! ## Example
//! ```text
//! http-request deny if internal is_admin or is_api
//! ```
//!
//! ## Fix
//! Write two rules, or name the alternatives with one ACL of several lines.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "unparenthesised-or",
    group: Group::Semantic,
    profile: Profile::All,
    severity: Severity::Notice,
    confidence: Confidence::Low,
    source: include_str!("unparenthesised_or.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for line in proxy.own() {
            let Some(condition) = line.condition() else { continue };
            let mixed = condition.any.len() > 1 && condition.any.iter().any(|all| all.len() > 1);
            if let Some(or) = line.words.iter().find(|word| mixed && (word.is("or") || word.is("||"))) {
                let message = "what stands on each side of 'or' belongs together, for there are no parentheses";
                out.push(or.span, message, "write two rules, or one ACL with a line for each alternative");
            }
        }
    }
}
