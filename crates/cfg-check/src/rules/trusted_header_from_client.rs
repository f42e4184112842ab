//! A client says itself who it is.
//!
//! ## What it does
//! Looks for rules that let in or take as the source address what a header such as `X-Forwarded-For` claims, with no
//! condition on `src` beside it: `http-request set-src hdr(X-Real-IP)`, `allow if { hdr_ip(X-Forwarded-For)
//! 10.0.0.0/8 }`, `deny unless …`.
//!
//! ## Why it matters
//! Anybody can send the header. Whoever writes an address of the office into it is let in.
//!
//! ## Example
//! ```text
//! http-request deny unless { req.hdr_ip(X-Forwarded-For) 10.0.0.0/8 }
//! ```
//!
//! ## Fix
//! Ask for `src`, or believe the header only of one's own proxies: `set-src … if { src 10.0.0.0/24 }`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Test, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "trusted-header-from-client",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("trusted_header_from_client.rs"),
    check,
};

const HEADERS: &[&str] =
    &["cf-connecting-ip", "client-ip", "true-client-ip", "x-client-ip", "x-forwarded-for", "x-real-ip"];

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        // Where the address has been replaced, or the header removed, for those who are not trusted, it is sound.
        let sound = proxy.said("http-request").any(|line| {
            let guard =
                line.word(1).is_some_and(|word| word.is("del-header") || word.is("set-src") || word.is("set-header"));
            guard && (line.condition().is_some() || !line.is("http-request set-src"))
        });
        let inside = !proxy.binds().is_empty() && proxy.binds().iter().all(|bind| !bind.is_public());
        for line in proxy.own().filter(|line| line.is("http-request") && !sound && !inside) {
            let Some(action) = line.word(1) else { continue };
            let unconditional = action.is("set-src") && line.condition().is_none();
            if let Some(value) = line.word(2).filter(|word| unconditional && claims(&word.show())) {
                out.push(value.span, "the source address is what the client claims", "add 'if { src NETWORK }'");
            }
            let Some(condition) = line.condition() else { continue };
            let unless = condition.unless;
            for all in &condition.any {
                let tests: Vec<_> =
                    all.iter().map(|term| (term.is_negated() != unless, proxy.tests_of(term))).collect();
                let guarded = tests
                    .iter()
                    .flat_map(|(_, tests)| tests)
                    .any(|test| matches!(test.fetch(), b"src" | b"ssl_c_verify"));
                for (negated, tests) in tests.iter().filter(|_| !guarded) {
                    let lets_in = if *negated { action.is("deny") || action.is("auth") } else { action.is("allow") };
                    let claimed = tests.iter().find(|test| {
                        lets_in && !test.patterns.is_empty() && claims(&test.criterion.show()) && is_address(test)
                    });
                    if let Some(test) = claimed {
                        let message = "whoever sends this header is let in";
                        out.push_with(test.span(), message.into(), "ask for 'src'", line.span(), "lets in");
                    }
                }
            }
        }
    }
}

fn claims(text: &str) -> bool {
    let text = text.to_lowercase();
    HEADERS.iter().any(|header| text.contains(&format!("({header}")))
}

/// Whether it compares addresses: others look whether the header is there.
fn is_address(test: &Test<'_>) -> bool {
    test.patterns.iter().any(|pattern| pattern.bytes().first().is_some_and(u8::is_ascii_digit))
}
