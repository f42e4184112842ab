//! A host name is compared with regard to case.
//!
//! ## What it does
//! Looks for ACLs on the `Host` header with patterns that have letters, without `-i` and without a converter such as
//! `lower`.
//!
//! ## Why it matters
//! Host names know no case: a client may ask for `Example.COM`, and some do. The request then goes to another backend, or
//! past a rule that should have caught it.
//!
//! ## Example
//! ```text
//! acl is_shop hdr(host) shop.example.com
//! ```
//!
//! ## Fix
//! Add `-i`: `hdr(host) -i shop.example.com`.

use crate::{
    rule::{Confidence, Findings, Fix, Group, Profile, Rule, append},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "host-match-case-sensitive",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("host_match_case_sensitive.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for test in proxy.tests().iter().filter(|test| test.is_host() && !test.is_converted() && !test.has_flag("-i")) {
            let methods: &[&[u8]] = &[b"beg", b"dir", b"dom", b"end", b"reg", b"str", b"sub"];
            let letters = |text: &[u8]| text.iter().any(u8::is_ascii_alphabetic) && !text.starts_with(b"(?i)");
            let pattern = test.patterns.iter().find(|pattern| letters(pattern.bytes()));
            if let Some(pattern) = pattern.filter(|_| methods.contains(&test.method())) {
                let message = format!("'{}' matches in this case only, but host names know no case", pattern.show());
                out.push(pattern.span, message, "add '-i' in front of the patterns");
                let end = test.criterion.span;
                out.fix(Fix::unsafe_("match in any case", vec![append(end, " -i")]));
            }
        }
    }
}
