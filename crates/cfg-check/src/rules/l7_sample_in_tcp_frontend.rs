//! A TCP frontend routes by something that only HTTP has.
//!
//! ## What it does
//! Looks for `use_backend` conditions on headers, paths, methods and the like in frontends that are in TCP mode. Frontends
//! that wait for content (`tcp-request inspect-delay`) or switch to HTTP are left alone.
//!
//! ## Why it matters
//! A TCP frontend does not wait for a request: the condition is evaluated on nothing, and is false.
//!
//! ## Example
//! ```text
//! frontend web
//!     mode tcp
//!     bind :80
//!     use_backend api if { path_beg /api }
//! ```
//!
//! ## Fix
//! Write `mode http`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Test, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "l7-sample-in-tcp-frontend",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("l7_sample_in_tcp_frontend.rs"),
    check,
};

/// Samples that need a parsed request.
const SAMPLES: &[&str] =
    &["base", "cook", "fhdr", "hdr", "hdr_ip", "method", "path", "pathq", "query", "url", "url_param", "urlp"];

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends().filter(|proxy| !proxy.http) {
        if proxy.said("tcp-request inspect-delay").next().is_some() || switches(proxy) {
            continue;
        }
        for route in proxy.routes() {
            let terms = route.condition.iter().flat_map(|condition| condition.terms());
            let test = terms.flat_map(|term| proxy.tests_of(term)).find(needs_http);
            if let Some(test) = test {
                let (sample, show) = (test.criterion.show(), proxy.show());
                let message = format!("'{sample}' needs HTTP, but {show} is in TCP mode: the condition is never true");
                out.push(test.span(), message, "add 'mode http' to the section");
            }
        }
    }
}

fn switches(proxy: &crate::view::Proxy<'_>) -> bool {
    proxy.said("tcp-request content switch-mode").next().is_some()
}

fn needs_http(test: &Test<'_>) -> bool {
    SAMPLES.iter().any(|sample| sample.as_bytes() == test.sample())
}
