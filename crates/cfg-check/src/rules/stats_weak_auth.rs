//! The password of the statistics page is easy to guess.
//!
//! ## What it does
//! Looks for `stats auth` whose password is shorter than eight bytes, the name of its user, all the same character, or
//! one of those that are tried first.
//!
//! ## Why it matters
//! The page is on the open network in most cases, and nothing limits how often a password is tried. It tells the names,
//! addresses and loads of all servers; with `stats admin` it also changes them.
//!
//! ## Example
//! ```text
//! stats auth 123:123
//! ```
//!
//! ## Fix
//! Use a long random password, from the environment: `stats auth "admin:${STATS_PASSWORD}"`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "stats-weak-auth",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("stats_weak_auth.rs"),
    check,
};

/// What is tried first.
const COMMON: &[&str] = &["12345678", "admin123", "administrator", "changeme", "haproxy", "password", "password1"];

fn check(view: &View<'_>, out: &mut Findings) {
    let defaults = view.sections.iter().filter(|section| section.header.keyword().is("defaults"));
    let inherited = defaults.flat_map(|section| &section.lines).map(|line| line.words.as_slice());
    let own = view.proxies.iter().flat_map(|proxy| &proxy.lines).filter(|line| !line.inherited).map(|line| line.words);
    for words in inherited.chain(own) {
        let [stats, auth, account, ..] = words else { continue };
        // A value from the environment is not the one that will be used.
        let raw = view.files.slice(account.span);
        if !stats.is("stats") || !auth.is("auth") || raw.contains(&b'$') {
            continue;
        }
        let text = account.show();
        let (user, password) = text.split_once(':').unwrap_or((&text, ""));
        if let Some(why) = weak(user, password) {
            let help = "use a long random password, such as one from 'openssl rand -base64 18'";
            out.push(account.span, format!("the password of user '{user}' is easy to guess: {why}"), help);
        }
    }
}

fn weak(user: &str, password: &str) -> Option<&'static str> {
    let same = password.chars().zip(password.chars().skip(1)).all(|(a, b)| a == b);
    match () {
        () if password.eq_ignore_ascii_case(user) => Some("it is the user's name"),
        () if password.len() < 8 => Some("it is shorter than 8 characters"),
        () if same => Some("it is one character, repeated"),
        () if COMMON.iter().any(|common| common.eq_ignore_ascii_case(password)) => {
            Some("it is one of the first to be tried")
        }
        () => None,
    }
}
