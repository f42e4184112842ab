//! A password stands in the file in clear text.
//!
//! ## What it does
//! Looks for `insecure-password` in userlists.
//!
//! ## Why it matters
//! Whoever reads the file, a backup or the repository has the password.
//!
//! ## Example
//! ```text
//! userlist admins
//!     user ann insecure-password opensesame
//! ```
//!
//! ## Fix
//! Store a hash: `user ann password $6$…`, made with `mkpasswd -m sha-512`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "insecure-password",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("insecure_password.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let lists = view.sections.iter().filter(|section| section.header.keyword().is("userlist"));
    for line in lists.flat_map(|section| &section.lines).filter(|line| line.keyword().is("user")) {
        let (Some(word), Some(user)) =
            (line.args().iter().find(|word| word.is("insecure-password")), line.args().first())
        else {
            continue;
        };
        let message = format!("the password of user '{}' stands here in clear text", user.show());
        out.push(word.span, message, "use 'password' with a hash made by 'mkpasswd -m sha-512'");
    }
}
