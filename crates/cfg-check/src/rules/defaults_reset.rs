//! A second `defaults` section starts from nothing.
//!
//! ## What it does
//! Looks for an anonymous `defaults` section behind another one that does not say again what the first one said of mode
//! and timeouts, although proxies follow.
//!
//! ## Why it matters
//! Each `defaults` section replaces the one before it, it does not add to it. What was said in the first is lost for all
//! proxies below, without a word from HAProxy but perhaps a warning about missing timeouts.
//!
//! ## Example
//! ```text
//! defaults
//!     mode http
//!     timeout client 30s
//! defaults
//!     option httplog                 # mode is tcp from here on
//! ```
//!
//! ## Fix
//! Put all into one section, or name the first and write `defaults from NAME`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "defaults-reset",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("defaults_reset.rs"),
    check,
};

/// What a proxy badly misses.
const WORDS: &[&str] = &["mode http", "timeout client", "timeout connect", "timeout server"];

fn check(view: &View<'_>, out: &mut Findings) {
    let mut before: Option<&syntax::Section> = None;
    for (at, section) in view.sections.iter().enumerate() {
        if !section.header.keyword().is("defaults") || !section.header.args().is_empty() {
            continue;
        }
        let lost = before.map(|first| lost(first, section)).unwrap_or_default();
        if let (Some(first), false) = (before, lost.is_empty() || !is_used(view, at)) {
            let message = format!("this 'defaults' section replaces the one above: {} is lost", list(&lost));
            let help = "say it again here, or name the first section and write 'defaults from NAME'";
            out.push_with(section.header.span, message, help, first.header.span, "replaced");
        }
        before = Some(section);
    }
}

fn lost(first: &syntax::Section, second: &syntax::Section) -> Vec<&'static str> {
    WORDS.iter().filter(|words| says(first, words) && !says(second, words)).copied().collect()
}

fn says(section: &syntax::Section, words: &str) -> bool {
    let words: Vec<&str> = words.split(' ').collect();
    let starts =
        |line: &syntax::Directive| words.iter().enumerate().all(|(at, w)| line.words.get(at).is_some_and(|s| s.is(w)));
    section.lines.iter().any(starts)
}

/// Whether a proxy inherits from the section: it follows before the next `defaults`, and names no other.
fn is_used(view: &View<'_>, at: usize) -> bool {
    let after = view.sections.iter().skip(at + 1);
    let until = after.take_while(|section| !section.header.keyword().is("defaults"));
    let proxy =
        |section: &syntax::Section| ["frontend", "backend", "listen"].iter().any(|w| section.header.keyword().is(w));
    until.filter(|section| proxy(section)).any(|section| !section.header.args().iter().any(|word| word.is("from")))
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}
