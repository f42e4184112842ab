//! A `use_backend` line behind one without a condition.
//!
//! ## What it does
//! Looks for `use_backend` lines behind a `use_backend` line that has no condition.
//!
//! ## Why it matters
//! The first line that matches wins, and a line without a condition always does: those behind it, and `default_backend`, are dead.
//!
//! ## Example
//! ```text
//! use_backend app
//! use_backend api if { path_beg /api/ }   # never
//! ```
//!
//! ## Fix
//! Move the line without a condition to the end, or make it the `default_backend`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "unreachable-use-backend",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("unreachable_use_backend.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends() {
        let routes = proxy.routes();
        // A computed name that no backend has lets the next line have its turn.
        let first = routes.iter().position(|r| !r.is_default && r.condition.is_none() && !r.is_dynamic());
        let Some((first, at)) = first.and_then(|at| Some((routes.get(at)?, at))) else { continue };
        for route in routes.iter().skip(at + 1) {
            let message = "the line is never reached: a 'use_backend' without a condition stands before it".to_string();
            let help = "move the line without a condition to the end";
            out.push_with(route.line.span(), message, help, first.line.span(), "always obeyed");
        }
    }
}
