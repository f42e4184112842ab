//! The limit of connections depends on the machine.
//!
//! ## What it does
//! Looks for a `global` section without `maxconn`, in a configuration with frontends.
//!
//! ## Why it matters
//! HAProxy derives the limit from the number of files that it may open: another shell, unit or container has another
//! limit, and memory for it may not be there.
//!
//! ## Example
//! ```text
//! global
//!     daemon
//! ```
//!
//! ## Fix
//! Say `maxconn` with what the memory of the machine bears.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "no-global-maxconn",
    group: Group::Semantic,
    profile: Profile::All,
    severity: Severity::Notice,
    confidence: Confidence::Low,
    source: include_str!("no_global_maxconn.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let mut globals = view.sections.iter().filter(|section| section.header.keyword().is("global"));
    if view.global("maxconn").next().is_some() || view.frontends().next().is_none() {
        return;
    }
    if let Some(global) = globals.next() {
        let message = "the limit of connections is derived from the limit of open files";
        out.push(global.header.span, message, "add 'maxconn' with what the machine bears");
    }
}
