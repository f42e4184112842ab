//! A sample has an older name.
//!
//! ## What it does
//! Looks for samples whose name the manual calls deprecated: `req_ssl_sni`, `hdr_cnt`, `shdr`, `cook_val` and the
//! like.
//!
//! ## Why it matters
//! A later version may no longer know the name.
//!
//! ## Example
//! ```text
//! use_backend app if { req_ssl_sni -i example.com }
//! ```
//!
//! ## Fix
//! Write the new name.

use crate::{
    rule::{Confidence, Findings, Fix, Group, Profile, Rule, replace},
    view::View,
};
use source::Severity;
use source::Span;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "deprecated-sample",
    group: Group::Upgrade,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::High,
    source: include_str!("deprecated_sample.rs"),
    check,
};

/// Older names with the new ones, of which each means the same.
const OLDER: &[(&str, &str)] = &[
    ("cook_cnt", "req.cook_cnt"),
    ("cook_val", "req.cook_val"),
    ("hdr_cnt", "req.hdr_cnt"),
    ("hdr_ip", "req.hdr_ip"),
    ("hdr_val", "req.hdr_val"),
    ("rdp_cookie_cnt", "req.rdp_cookie_cnt"),
    ("rep_ssl_hello_type", "res.ssl_hello_type"),
    ("req_len", "req.len"),
    ("req_proto_http", "req.proto_http"),
    ("req_ssl_hello_type", "req.ssl_hello_type"),
    ("req_ssl_sni", "req.ssl_sni"),
    ("req_ssl_ver", "req.ssl_ver"),
    ("scook_cnt", "res.cook_cnt"),
    ("scook_val", "res.cook_val"),
    ("shdr", "res.hdr"),
    ("shdr_cnt", "res.hdr_cnt"),
    ("shdr_ip", "res.hdr_ip"),
    ("shdr_val", "res.hdr_val"),
];

fn check(view: &View<'_>, out: &mut Findings) {
    let mut told = HashSet::new();
    for proxy in &view.proxies {
        for test in proxy.tests() {
            let known = OLDER.iter().find(|(old, _)| old.as_bytes() == test.fetch());
            let Some((old, new)) = known.filter(|_| told.insert(test.criterion.span)) else { continue };
            out.push(test.criterion.span, format!("'{old}' is the older name of '{new}'"), format!("write '{new}'"));
            if !test.criterion.cooked {
                let start = test.criterion.span.start;
                let name = Span { end: start + old.len() as u32, ..test.criterion.span };
                out.fix(Fix::safe(format!("write '{new}'"), vec![replace(name, *new)]));
            }
        }
    }
}
