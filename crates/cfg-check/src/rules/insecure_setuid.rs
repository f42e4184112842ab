//! Programs that HAProxy starts may gain rights.
//!
//! ## What it does
//! Looks for `insecure-setuid-wanted` in the global section.
//!
//! ## Why it matters
//! The word lifts a barrier of the kernel for all that the process starts: a fault in HAProxy can then become root
//! through any setuid program.
//!
//! ## Example
//! ```text
//! global
//!     insecure-setuid-wanted
//! ```
//!
//! ## Fix
//! Remove it. External checks that need rights are better given them by capabilities or a helper.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "insecure-setuid",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("insecure_setuid.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for line in view.global("insecure-setuid-wanted").filter(|line| !line.negated) {
        out.push(line.span(), "programs that HAProxy starts may gain rights", "remove the line");
    }
}
