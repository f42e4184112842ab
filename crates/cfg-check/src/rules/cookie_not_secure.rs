//! HAProxy's own cookie lacks `httponly` or `secure`.
//!
//! ## What it does
//! Looks for `cookie NAME insert` without `httponly`, and without `secure` where all frontends of the configuration
//! that are reached from outside have TLS.
//!
//! ## Why it matters
//! Scripts can read the cookie, or it goes out in clear text. It tells which server a visitor is on.
//!
//! ## Example
//! ```text
//! cookie SRV insert indirect nocache
//! ```
//!
//! ## Fix
//! Add `httponly secure`.

use crate::{
    rule::{Confidence, Findings, Fix, Group, Profile, Rule, append},
    view::View,
};
use source::Severity;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "cookie-not-secure",
    group: Group::Security,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("cookie_not_secure.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let binds: Vec<_> = view.frontends().filter(|proxy| proxy.http).flat_map(|proxy| proxy.binds()).collect();
    let tls_only = !binds.is_empty() && binds.iter().filter(|bind| bind.is_public()).all(|bind| bind.is_tls());
    let mut told = HashSet::new();
    for proxy in view.backends() {
        let Some(line) = proxy.last("cookie").filter(|line| line.has("insert")) else { continue };
        let missing = match (line.has("httponly"), line.has("secure") || !tls_only) {
            (true, true) => continue,
            (false, true) => "httponly",
            (true, false) => "secure",
            (false, false) => "httponly secure",
        };
        if told.insert(line.span()) {
            out.push(line.span(), format!("the cookie lacks '{missing}'"), format!("add '{missing}'"));
            out.fix(Fix::unsafe_(format!("add '{missing}'"), vec![append(line.span(), format!(" {missing}"))]));
        }
    }
}
