//! A backend that is routed to has no server.
//!
//! ## What it does
//! Looks for backends without `server` that a frontend routes to. Backends that answer by themselves (`return`, `deny`,
//! `redirect`, `stats`, `use-service`, an `errorfile` for 503) are left alone.
//!
//! ## Why it matters
//! Every request that gets there is answered with 503.
//!
//! ## Example
//! ```text
//! frontend web
//!     default_backend app
//! backend app
//!     balance leastconn
//! ```
//!
//! ## Fix
//! Add a server, or an `http-request return` rule.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "empty-backend",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("empty_backend.rs"),
    check,
};

/// Lines with which a backend answers, or gets servers, without a `server` line.
const ANSWERS: &[&str] = &[
    "dispatch",
    "errorfile 503",
    "errorfiles",
    "errorloc 503",
    "errorloc302 503",
    "errorloc303 503",
    "http-error status 503",
    "http-request deny",
    "http-request redirect",
    "http-request reject",
    "http-request return",
    "http-request silent-drop",
    "http-request tarpit",
    "http-request use-service",
    "option http_proxy",
    "option transparent",
    "redirect",
    "server",
    "server-template",
    "stats",
    "tcp-request content reject",
    "tcp-request content use-service",
    "transparent",
];

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends().filter(|proxy| !proxy.is_frontend() && !proxy.ir.disabled) {
        if ANSWERS.iter().any(|words| proxy.said(words).next().is_some()) {
            continue;
        }
        let routes = view.frontends().flat_map(|frontend| frontend.routes());
        if let Some(route) = routes.into_iter().find(|route| route.target.bytes() == proxy.name.bytes()) {
            let message = format!("{} has no server: what is routed to it is answered with 503", proxy.show());
            out.push_with(proxy.span(), message, "add a 'server' line", route.line.span(), "routed to here");
        }
    }
}
