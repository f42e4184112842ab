//! A frontend routes under conditions only.
//!
//! ## What it does
//! Looks for HTTP frontends with `use_backend` lines that all have a condition, and without `default_backend`. Frontends
//! that end in an unconditional `return`, `deny` or `redirect` are left alone.
//!
//! ## Why it matters
//! A request that no condition matches is answered with 503.
//!
//! ## Example
//! ```text
//! frontend web
//!     use_backend api if { path_beg /api/ }
//! ```
//!
//! ## Fix
//! Add `default_backend`, or say what the others get: `http-request return status 404`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Line, Proxy, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "no-default-backend",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("no_default_backend.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends().filter(|proxy| proxy.http && !proxy.is_backend() && !proxy.ir.disabled) {
        let routes = proxy.routes();
        let open = !routes.is_empty() && routes.iter().all(|route| route.condition.is_some() && !route.is_dynamic());
        if open && !answers(proxy) {
            let message = format!("{} has no default backend: what no rule matches is answered with 503", proxy.show());
            out.push(proxy.span(), message, "add 'default_backend NAME', or 'http-request return status 404'");
        }
    }
}

/// Whether a rule without a condition answers, or one whose condition is everything that is not routed.
fn answers(proxy: &Proxy<'_>) -> bool {
    let words =
        ["http-request deny", "http-request return", "http-request redirect", "http-request reject", "redirect"];
    let finishes =
        |line: &Line<'_>| line.condition().is_none_or(|c| c.unless || c.terms().any(|term| term.is_negated()));
    words.iter().any(|words| proxy.said(words).any(|line| finishes(&line)))
}
