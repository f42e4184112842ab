//! A counter is increased only if the tests in front of it hold.
//!
//! ## What it does
//! Looks for a test that counts (`sc_inc_gpc0`, `src_clr_gpc`, …) behind another test of the same condition.
//!
//! ## Why it matters
//! Tests are evaluated from the left, up to the first that fails: the counter is not touched then. Whether that is
//! meant cannot be seen.
//!
//! ## Example
//! ```text
//! http-request deny if { path /login } { sc_inc_gpc0(0) gt 10 }
//! ```
//!
//! ## Fix
//! Count in a rule of its own: `http-request sc-inc-gpc0(0) if …`, then test with `sc_get_gpc0`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "side-effect-sample-order",
    group: Group::Semantic,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("side_effect_sample_order.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for line in proxy.own() {
            for all in line.condition().map(|condition| condition.any).unwrap_or_default() {
                for term in all.iter().skip(1) {
                    if let Some(test) = proxy.tests_of(term).into_iter().find(|test| counts(test.fetch())) {
                        let name = String::from_utf8_lossy(test.fetch()).into_owned();
                        let message = format!("'{name}' counts only if the tests in front of it hold");
                        out.push(
                            term.span(),
                            message,
                            "count in a rule of its own, such as 'http-request sc-inc-gpc0(0)'",
                        );
                    }
                }
            }
        }
    }
}

fn counts(fetch: &[u8]) -> bool {
    let text = String::from_utf8_lossy(fetch);
    (text.starts_with("sc") || text.starts_with("src")) && (text.contains("_inc_gpc") || text.contains("_clr_gpc"))
}
