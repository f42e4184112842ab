//! A TCP frontend routes by SNI without waiting for it.
//!
//! ## What it does
//! Looks for `req.ssl_sni` and its kin in the routing of a TCP frontend that has no `tcp-request inspect-delay`.
//!
//! ## Why it matters
//! The route is chosen as soon as the connection is there, before the client has sent its hello: the name is unknown for
//! most connections, and they go to the default backend.
//!
//! ## Example
//! ```text
//! frontend tls
//!     mode tcp
//!     bind :443
//!     use_backend a if { req.ssl_sni -i a.example.com }
//! ```
//!
//! ## Fix
//! Wait for the hello: `tcp-request inspect-delay 5s` and `tcp-request content accept if { req.ssl_hello_type 1 }`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "sni-without-inspect",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("sni_without_inspect.rs"),
    check,
};

const SAMPLES: &[&str] = &["req.ssl_", "req_ssl_"];

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends().filter(|proxy| !proxy.http) {
        if proxy.said("tcp-request inspect-delay").next().is_some() {
            continue;
        }
        for route in proxy.routes() {
            let terms = route.condition.iter().flat_map(|condition| condition.terms());
            let mut words: Vec<_> = terms.flat_map(|term| proxy.tests_of(term)).map(|test| test.criterion).collect();
            words.push(route.target);
            let asks = |word: &&source::Word| SAMPLES.iter().any(|sample| word.show().contains(sample));
            if let Some(word) = words.into_iter().find(asks) {
                let message = format!("{} does not wait for the TLS hello that it routes by", proxy.show());
                let help =
                    "add 'tcp-request inspect-delay 5s' and 'tcp-request content accept if { req.ssl_hello_type 1 }'";
                out.push(word.span, message, help);
            }
        }
    }
}
