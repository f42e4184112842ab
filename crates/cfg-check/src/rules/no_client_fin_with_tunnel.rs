//! Half-closed tunnels stay for as long as open ones.
//!
//! ## What it does
//! Looks for frontends that reach a long `timeout tunnel` (a minute or more) without `timeout client-fin`.
//!
//! ## Why it matters
//! A client that vanishes in the midst of a close leaves a connection behind for the whole `timeout tunnel`. With
//! many websockets that fills the limits.
//!
//! ## Example
//! ```text
//! timeout tunnel 1h
//! ```
//!
//! ## Fix
//! Add `timeout client-fin 30s`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "no-client-fin-with-tunnel",
    group: Group::Semantic,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("no_client_fin_with_tunnel.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends().filter(|proxy| proxy.ir.timeouts.client_fin.is_none()) {
        let own = proxy.last("timeout tunnel");
        let routes = proxy.routes();
        let mut targets = routes.iter().filter_map(|route| view.backend(route.target.bytes())?.last("timeout tunnel"));
        let long = |line: &crate::view::Line<'_>| {
            let text = line.word(2).map(|word| word.show().into_owned()).unwrap_or_default();
            text.ends_with(['h', 'd']) || text.ends_with('m') && text != "0m"
        };
        if let Some(line) = own.or_else(|| targets.next()).filter(long) {
            let message = format!("{} has no 'timeout client-fin' beside a long 'timeout tunnel'", proxy.show());
            out.push_with(proxy.span(), message, "add 'timeout client-fin 30s'", line.span(), "the timeout of tunnels");
        }
    }
}
