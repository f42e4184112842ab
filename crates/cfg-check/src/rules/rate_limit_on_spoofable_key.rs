//! Clients are counted by a header that they send.
//!
//! ## What it does
//! Looks for `track-sc` rules whose key is the `X-Forwarded-For`, `X-Real-IP` or `Forwarded` header.
//!
//! ## Why it matters
//! The client writes that header: with another value in each request it is never counted twice.
//!
//! ## Example
//! ```text
//! http-request track-sc0 hdr(X-Forwarded-For)
//! ```
//!
//! ## Fix
//! Track `src`. Behind a trusted proxy, set it first: `http-request set-src hdr(X-Forwarded-For) if from_proxy`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Line, View},
};
use source::{Severity, Word};

pub(super) static RULE: Rule = Rule {
    name: "rate-limit-on-spoofable-key",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("rate_limit_on_spoofable_key.rs"),
    check,
};

const HEADERS: &[&str] =
    &["cf-connecting-ip", "forwarded", "true-client-ip", "x-client-ip", "x-forwarded-for", "x-real-ip"];

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for line in proxy.lines.iter().filter(|line| !line.inherited) {
            if let Some(key) = key(line).filter(|key| is_spoofable(key)) {
                let message =
                    format!("'{}' is what the client says: it evades the count with another value", key.show());
                out.push(key.span, message, "track 'src'");
            }
        }
    }
}

/// The key of a rule that tracks, unless only trusted clients get to the rule.
fn key<'p>(line: &Line<'p>) -> Option<&'p Word> {
    let body = line.body();
    let at = body.iter().position(|word| word.bytes().starts_with(b"track-sc"))?;
    let trusted = line.condition().is_some();
    body.get(at + 1).filter(|_| !trusted)
}

fn is_spoofable(key: &Word) -> bool {
    let text = key.show().to_lowercase();
    HEADERS.iter().any(|header| text.contains(&format!("({header}")))
}
