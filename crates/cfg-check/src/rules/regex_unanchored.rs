//! A regular expression on the host matches more names than it says.
//!
//! ## What it does
//! Looks for `hdr_reg(host)` and the like with a pattern that does not begin with `^` or does not end with `$`.
//!
//! ## Why it matters
//! Without anchors the pattern is searched anywhere: `example\.com` matches `example.com.evil.net` too.
//!
//! ## Example
//! ```text
//! acl ours hdr_reg(host) example\.com
//! ```
//!
//! ## Fix
//! Anchor it (`^example\.com$`), or use `hdr(host) -i example.com`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "regex-unanchored",
    group: Group::Semantic,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("regex_unanchored.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for test in proxy.tests().iter().filter(|test| test.is_host() && test.method() == b"reg") {
            for pattern in test.patterns {
                let text = pattern.bytes().strip_prefix(b"(?i)").unwrap_or(pattern.bytes());
                // A leading `.*` or `(^|\.)` says that more is meant.
                let starts = text.starts_with(b"^") || text.starts_with(b".*") || text.starts_with(b"(^|");
                let ends = text.ends_with(b"$") || text.ends_with(b"$)") || text.ends_with(b".*");
                if !starts || !ends {
                    let message = format!("'{}' matches within longer names too", pattern.show());
                    out.push(pattern.span, message, "begin it with '^' and end it with '$'");
                }
            }
        }
    }
}
