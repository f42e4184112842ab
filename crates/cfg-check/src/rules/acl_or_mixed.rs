//! Lines of one ACL look at different things.
//!
//! ## What it does
//! Looks for `acl` lines with one name whose samples differ.
//!
//! ## Why it matters
//! Lines with the same name are alternatives: any of them makes the ACL true. Who meant that all must hold lets too
//! much in.
//!
//! ## Example
//! ```text
//! acl admin src 10.0.0.0/8
//! acl admin path_beg /admin      # an admin, or a path: either is enough
//! ```
//!
//! ## Fix
//! Give each test its own name and write both in the condition (`if inside is_admin`). If any is meant, all is well.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Test, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "acl-or-mixed",
    group: Group::Semantic,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Low,
    source: include_str!("acl_or_mixed.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        let mut seen: Vec<Test<'_>> = Vec::new();
        for line in proxy.own().filter(|line| line.is("acl")) {
            let (Some(name), Some(test)) = (line.word(1), Test::new(line.word(1), line.from(2))) else { continue };
            let first = seen.iter().find(|test| test.name.is_some_and(|other| other.bytes() == name.bytes()));
            match first {
                Some(first) if first.sample() != test.sample() => {
                    let message = format!("'{}' is true if this holds, or what its first line says", name.show());
                    let help = "if both must hold, give them two names and write both in the condition";
                    out.push_with(test.criterion.span, message, help, first.criterion.span, "another sample");
                }
                Some(_) => {}
                None => seen.push(test),
            }
        }
    }
}
