//! A computed name that no backend has.
//!
//! ## What it does
//! Looks for `use_backend` whose name starts with plain text, in front of what is computed, and no backend or listen
//! section whose name starts with that text.
//!
//! ## Why it matters
//! A name that no backend has is no rule: all requests go on to the next rule, without a word in the log.
//!
//! ## Example
//! ```text
//! use_backend bk_%[req.hdr(host),lower]
//! backend be_www.example.com
//! ```
//!
//! ## Fix
//! Write the name as the backends have it.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "dynamic-backend-unmatched-prefix",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("dynamic_backend_unmatched_prefix.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.frontends() {
        for route in proxy.routes().iter().filter(|route| route.is_dynamic() && !route.line.inherited) {
            let name = route.target.bytes();
            let prefix = name.split(|b| *b == b'%').next().unwrap_or(name);
            let found = view.backends().any(|backend| backend.name.bytes().starts_with(prefix));
            if !prefix.is_empty() && !found {
                let message = format!("no backend has a name that starts with '{}'", String::from_utf8_lossy(prefix));
                out.push(route.target.span, message, "write the name as the backends have it");
            }
        }
    }
}
