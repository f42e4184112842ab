//! A health check speaks HTTP/1.1 without a `Host` header.
//!
//! ## What it does
//! Looks for `option httpchk METHOD URI HTTP/1.1` and `http-check send … ver HTTP/1.1` of a section that sends no
//! `Host` with them.
//!
//! ## Why it matters
//! HTTP/1.1 demands the header: most servers answer 400, so that a sound server is taken for dead.
//!
//! ## Example
//! ```text
//! option httpchk GET /health HTTP/1.1
//! ```
//!
//! ## Fix
//! Add `http-check send hdr Host www.example.com`, or leave the version out.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Line, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "http-check-no-host",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("http_check_no_host.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends() {
        let with_host = |line: &Line<'_>| {
            let named = line.words.windows(2).any(|w| w[0].is("hdr") && w[1].bytes().eq_ignore_ascii_case(b"host"));
            // Before `http-check send` the header hid behind the version.
            named || line.words.iter().any(|word| word.show().to_lowercase().contains("host:"))
        };
        let lines = || proxy.said("http-check send").chain(proxy.last("option httpchk"));
        if lines().any(|line| with_host(&line)) {
            continue;
        }
        let version = lines().find_map(|line| {
            let word = if line.is("option") { line.word(4).or(line.word(3)) } else { line.after("ver") };
            word.filter(|word| word.is("HTTP/1.1")).map(|word| (word, line.inherited))
        });
        if let Some((word, _)) = version.filter(|_| proxy.last("option httpchk").is_some()) {
            let help = "add 'http-check send hdr Host NAME', or leave the version out";
            out.push(word.span, "an HTTP/1.1 check without a 'Host' header is answered with 400", help);
        }
    }
}
