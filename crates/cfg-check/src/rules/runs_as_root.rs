//! HAProxy keeps the rights of who starts it.
//!
//! ## What it does
//! Looks for a `global` section without `user`, `uid`, and without `chroot`.
//!
//! ## Why it matters
//! Started by root, as it must be for ports below 1024, it stays root: a fault in it is a fault in the machine.
//!
//! ## Example
//! ```text
//! global
//!     daemon
//! ```
//!
//! ## Fix
//! Add `user haproxy`, `group haproxy` and `chroot /var/lib/haproxy`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "runs-as-root",
    group: Group::Security,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Low,
    source: include_str!("runs_as_root.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let mut globals = view.sections.iter().filter(|section| section.header.keyword().is("global"));
    if ["user", "uid", "chroot"].iter().any(|words| view.global(words).next().is_some()) {
        return;
    }
    if let Some(global) = globals.next().filter(|_| view.frontends().next().is_some()) {
        let help = "add 'user haproxy', 'group haproxy' and 'chroot DIRECTORY'";
        out.push(global.header.span, "started by root, HAProxy stays root", help);
    }
}
