//! A backend that no frontend routes to.
//!
//! ## What it does
//! Looks for backends that no `use_backend` or `default_backend` names. Backends that hold only a stick table, that are
//! named anywhere else in the file, or that a computed name or a map may lead to, are left alone.
//!
//! ## Why it matters
//! It is dead weight: its servers are checked, and nobody uses them. Often a route is missing.
//!
//! ## Example
//! ```text
//! frontend web
//!     default_backend app
//! backend app
//!     server a 10.0.0.1:80
//! backend old
//!     server b 10.0.0.2:80
//! ```
//!
//! ## Fix
//! Remove the section, or route to it.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "unused-backend",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("unused_backend.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    if view.frontends().next().is_none() || view.frontends().any(|f| f.routes().iter().any(|route| route.is_dynamic()))
    {
        return;
    }
    let named = names(view);
    // The file of an SPOE agent may name a backend.
    let has_agents = view.lines().any(|line| line.is("filter spoe"));
    for proxy in view.backends().filter(|proxy| !proxy.is_frontend() && !proxy.ir.disabled) {
        let table_only = proxy.says("stick-table") && proxy.servers().is_empty();
        let by_agent = has_agents && !proxy.http;
        if !table_only && !by_agent && !named.contains(proxy.name.bytes()) {
            let message = format!("nothing routes to {}", proxy.show());
            out.push(proxy.span(), message, "remove the section, or add a 'use_backend' line");
        }
    }
}

/// Whatever may be a name anywhere but on opening lines: words and the parts of words.
fn names<'p>(view: &View<'p>) -> HashSet<&'p [u8]> {
    let mut names = HashSet::new();
    for word in view.lines().flat_map(|line| line.from(1)) {
        for part in word.bytes().split(|b| !b.is_ascii_alphanumeric() && !b"_-.:".contains(b)) {
            names.insert(part);
            names.extend(part.split(|b| *b == b':'));
        }
    }
    names
}
