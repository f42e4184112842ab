//! A forwarded header is added to what the client sent.
//!
//! ## What it does
//! Looks for `http-request add-header` of `X-Forwarded-Proto`, `X-Forwarded-Port`, `X-Real-IP` and `X-Forwarded-Host`, in a
//! section that does not delete the header first.
//!
//! ## Why it matters
//! The client's own header stays in front of the added one, and most servers read the first: the client decides what the
//! server believes.
//!
//! ## Example
//! ```text
//! http-request add-header X-Forwarded-Proto https if { ssl_fc }
//! ```
//!
//! ## Fix
//! Use `set-header`, which replaces what the client sent.

use crate::{
    rule::{Confidence, Findings, Fix, Group, Profile, Rule, replace},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "xfp-add-not-set",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("xfp_add_not_set.rs"),
    check,
};

const HEADERS: &[&str] = &["host", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-real-ip"];

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for line in proxy.said("http-request add-header").filter(|line| !line.inherited) {
            let Some(header) = line.word(2) else { continue };
            let name = header.show().to_lowercase();
            let same = |word: Option<&source::Word>| word.is_some_and(|word| word.show().to_lowercase() == name);
            let deleted = proxy.said("http-request del-header").any(|line| same(line.word(2)));
            if HEADERS.contains(&&*name) && !deleted {
                let message = format!("the client's own '{}' stays in front of the one added", header.show());
                out.push(line.span(), message, "use 'set-header'");
                let action = line.word(1).map(|word| replace(word.span, "set-header"));
                out.fix(Fix::unsafe_("use 'set-header'", action.into_iter().collect()));
            }
        }
    }
}
