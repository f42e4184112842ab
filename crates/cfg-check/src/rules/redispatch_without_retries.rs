//! A redispatch that never happens.
//!
//! ## What it does
//! Looks for `option redispatch` with `retries 0`.
//!
//! ## Why it matters
//! A redispatch is what a retry does: without retries, no request goes to another server.
//!
//! ## Example
//! ```text
//! retries 0
//! option redispatch
//! ```
//!
//! ## Fix
//! Remove `retries 0`, or the option.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "redispatch-without-retries",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("redispatch_without_retries.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends() {
        let (Some(option), Some(retries)) = (proxy.last("option redispatch"), proxy.last("retries")) else { continue };
        if retries.word(1).is_some_and(|word| word.is("0")) {
            let help = "remove 'retries 0', or the option";
            out.push_with(
                option.span(),
                "without retries nothing is redispatched".into(),
                help,
                retries.span(),
                "no retries",
            );
        }
    }
}
