//! A userlist that nothing asks for.
//!
//! ## What it does
//! Looks for `userlist` sections that no `http_auth(NAME)` or `http_auth_group(NAME)` names.
//!
//! ## Why it matters
//! A page that should ask for a password perhaps does not.
//!
//! ## Example
//! ```text
//! userlist admins
//!     user ann password $6$…
//! ```
//!
//! ## Fix
//! Use it (`http-request auth unless { http_auth(admins) }`), or remove it.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "unused-userlist",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::High,
    source: include_str!("unused_userlist.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for section in view.sections.iter().filter(|section| section.header.keyword().is("userlist")) {
        let Some(name) = section.header.args().first() else { continue };
        let mut words = view.sections.iter().flat_map(|section| &section.lines).flat_map(|line| line.args());
        let asked = format!("({}", name.show());
        if !words.any(|word| word.show().contains(&asked)) {
            let message = format!("nothing asks for the userlist '{}'", name.show());
            out.push(name.span, message, format!("use it with 'http_auth({})', or remove it", name.show()));
        }
    }
}
