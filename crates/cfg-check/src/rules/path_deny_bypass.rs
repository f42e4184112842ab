//! A denied path has other spellings.
//!
//! ## What it does
//! Looks for `http-request deny` under a `path` or `path_beg` pattern, in a section that does not normalise the URI and does
//! not decode it (`path,url_dec`).
//!
//! ## Why it matters
//! `//admin`, `/./admin` and `/%61dmin` are not `/admin` for the rule, but are for most servers behind it: all of them get
//! in.
//!
//! ## Example
//! ```text
//! http-request deny if { path_beg /admin }
//! ```
//!
//! ## Fix
//! Put `http-request normalize-uri path-merge-slashes`, `path-strip-dot` and `percent-decode-unreserved` first, or deny all
//! but what is allowed.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Proxy, Term, Test, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "path-deny-bypass",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("path_deny_bypass.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        if proxy.said("http-request normalize-uri").next().is_some() {
            continue;
        }
        for line in proxy.said("http-request deny").filter(|line| !line.inherited) {
            let Some(condition) = line.condition().filter(|condition| !condition.unless) else { continue };
            if let Some(test) = condition.terms().find_map(|term| guarded(proxy, term)) {
                let message = "the rule denies one spelling of the path: '//…' and '/%61…' pass";
                let help = "normalise the URI first: 'http-request normalize-uri path-merge-slashes' and its kin";
                out.push_with(line.span(), message.into(), help, test.span(), "compared as it is written");
            }
        }
    }
}

/// The test on the raw path, where the term asks for one.
fn guarded<'p>(proxy: &Proxy<'p>, term: &Term<'p>) -> Option<Test<'p>> {
    if term.is_negated() {
        return None;
    }
    let raw = |test: &Test<'_>| {
        let whole = matches!(test.method(), b"beg" | b"dir" | b"str");
        test.sample() == b"path" && whole && !test.is_converted() && !test.patterns.is_empty()
    };
    proxy.tests_of(term).into_iter().find(raw)
}
