//! A setting is said twice in one section.
//!
//! ## What it does
//! Looks for `balance`, `default_backend`, `mode`, `maxconn`, `fullconn`, `retries`, `cookie`, `hash-type`,
//! `log-format`, `monitor-uri`, `option httpchk` and others that take one value, said twice in the section itself
//! with different values.
//!
//! ## Why it matters
//! Only the last line counts. The first one misleads whoever reads it.
//!
//! ## Example
//! ```text
//! backend app
//!     balance source
//!     server a 10.0.0.1:80
//!     balance leastconn
//! ```
//!
//! ## Fix
//! Remove the line that is not meant.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Line, View},
};
use source::Severity;
use syntax::Section;

pub(super) static RULE: Rule = Rule {
    name: "overwritten-setting",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("overwritten_setting.rs"),
    check,
};

const SINGLE: &[&str] = &[
    "backlog",
    "balance",
    "cookie",
    "default_backend",
    "fullconn",
    "hash-type",
    "http-reuse",
    "log-format",
    "maxconn",
    "mode",
    "monitor-uri",
    "option httpchk",
    "retries",
    "stats uri",
    "unique-id-format",
];

fn check(view: &View<'_>, out: &mut Findings) {
    for section in view.sections.iter().filter(|section| is_proxy(section)) {
        for words in SINGLE {
            let lines: Vec<Line<'_>> = section.lines.iter().map(Line::of).filter(|line| line.is(words)).collect();
            for pair in lines.windows(2) {
                let [first, second] = pair else { continue };
                let text = |line: &Line<'_>| line.words.iter().map(|word| word.bytes().to_vec()).collect::<Vec<_>>();
                // Switched on first and configured below: nothing is lost.
                if first.is("option httpchk") && first.words.len() == 2 {
                    continue;
                }
                if text(first) != text(second) && !first.negated && !second.negated {
                    let message = format!("'{words}' is said again below, and only the last line counts");
                    out.push_with(
                        first.span(),
                        message,
                        "remove the line that is not meant",
                        second.span(),
                        "this one counts",
                    );
                }
            }
        }
    }
}

fn is_proxy(section: &Section) -> bool {
    ["backend", "defaults", "frontend", "listen"].iter().any(|word| section.header.keyword().is(word))
}
