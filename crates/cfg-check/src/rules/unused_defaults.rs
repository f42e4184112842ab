//! A named `defaults` section that nothing inherits.
//!
//! ## What it does
//! Looks for `defaults` sections with a name that no `from` gives, where no proxy follows that would inherit them
//! without being told.
//!
//! ## Why it matters
//! Its timeouts and options are in force nowhere.
//!
//! ## Example
//! ```text
//! defaults strict
//!     timeout client 10s
//! defaults
//!     timeout client 30s
//! frontend web
//! ```
//!
//! ## Fix
//! Write `from NAME` on the sections that are to inherit it, or remove it.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;
use syntax::Section;

pub(super) static RULE: Rule = Rule {
    name: "unused-defaults",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::High,
    source: include_str!("unused_defaults.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let from = |section: &Section| {
        let args = section.header.args();
        let at = args.iter().position(|word| word.is("from"))?;
        args.get(at + 1).map(|word| word.bytes().to_vec())
    };
    for (at, section) in view.sections.iter().enumerate() {
        let Some(name) = section.header.args().first().filter(|_| section.header.keyword().is("defaults")) else {
            continue;
        };
        let asked = view.sections.iter().any(|other| from(other).is_some_and(|asked| asked == name.bytes()));
        // Up to the next `defaults`, proxies inherit without being told.
        let behind = view.sections.iter().skip(at + 1).take_while(|next| !next.header.keyword().is("defaults"));
        let mut heirs = behind.filter(|next| is_proxy(next) && from(next).is_none());
        if !asked && !name.is("from") && heirs.next().is_none() {
            let message = format!("nothing inherits the defaults '{}'", name.show());
            out.push(section.header.keyword().span.to(name.span), message, "write 'from NAME', or remove the section");
        }
    }
}

fn is_proxy(section: &Section) -> bool {
    ["backend", "frontend", "listen"].iter().any(|word| section.header.keyword().is(word))
}
