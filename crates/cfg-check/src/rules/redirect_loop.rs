//! A redirect leads to itself.
//!
//! ## What it does
//! Looks for an unconditional `redirect scheme https` in a frontend that has TLS `bind` lines, and for a redirect to the
//! very path that its condition asks for.
//!
//! ## Why it matters
//! The browser is sent around in a circle until it gives up.
//!
//! ## Example
//! ```text
//! frontend web
//!     bind :80
//!     bind :443 ssl crt /etc/site.pem
//!     http-request redirect scheme https
//! ```
//!
//! ## Fix
//! Redirect what is not there yet: `http-request redirect scheme https unless { ssl_fc }`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Line, Proxy, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "redirect-loop",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("redirect_loop.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends() {
        let tls = proxy.said("bind").any(|line| line.has("ssl"));
        let redirects = proxy.said("http-request redirect").chain(proxy.said("redirect"));
        for line in redirects.filter(|line| !line.inherited) {
            let help = "add a condition that is false where the redirect leads, such as 'unless { ssl_fc }'";
            if tls && line.after("scheme").is_some_and(|scheme| scheme.is("https")) && line.condition().is_none() {
                out.push(line.span(), "the redirect to https is also obeyed for https", help);
            } else if leads_back(proxy, &line) {
                out.push(line.span(), "the redirect leads to the path that its own condition asks for", help);
            }
        }
    }
}

/// Whether the location is one that the condition, a single test of the path, matches again.
fn leads_back(proxy: &Proxy<'_>, line: &Line<'_>) -> bool {
    let (Some(to), Some(condition)) = (line.after("location"), line.condition().filter(|c| !c.unless)) else {
        return false;
    };
    let [all] = condition.any.as_slice() else { return false };
    let [term] = all.as_slice() else { return false };
    let again = |test: &crate::view::Test<'_>| {
        let plain = test.sample() == b"path" && !test.is_converted();
        plain
            && test.patterns.iter().any(|pattern| match test.method() {
                b"str" => pattern.bytes() == to.bytes(),
                b"beg" => to.bytes().starts_with(pattern.bytes()),
                _ => false,
            })
    };
    !term.is_negated() && proxy.tests_of(term).iter().any(again)
}
