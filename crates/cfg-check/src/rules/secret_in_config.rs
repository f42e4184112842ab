//! A password stands in the file.
//!
//! ## What it does
//! Looks for `stats auth USER:PASSWORD` and headers `Authorization` of checks and rules that are written out, not
//! taken from a variable.
//!
//! ## Why it matters
//! Configurations are copied, committed and shown in tickets; secrets in them are soon everybody's.
//!
//! ## Example
//! ```text
//! stats auth admin:Geheim7
//! ```
//!
//! ## Fix
//! Take it from the environment: `stats auth "admin:${STATS_PASSWORD}"`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "secret-in-config",
    group: Group::Security,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("secret_in_config.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let mut told = HashSet::new();
    for line in view.lines() {
        let auth = line.word(2).filter(|_| line.is("stats auth"));
        let header = line.words.windows(2).find(|pair| pair[0].bytes().eq_ignore_ascii_case(b"authorization"));
        let sent =
            line.is("http-check send") || line.is("http-request set-header") || line.is("http-request add-header");
        let header = header.filter(|_| sent).map(|pair| &pair[1]);
        for word in auth.into_iter().chain(header) {
            let source = view.files.slice(word.span);
            // A variable or a sample is no secret.
            let computed = source.contains(&b'$') || source.windows(2).any(|pair| pair == b"%[");
            if !computed && told.insert(word.span) {
                out.push(word.span, "a password stands in the file", "take it from the environment: \"${NAME}\"");
            }
        }
    }
}
