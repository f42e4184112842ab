//! An ACL that nothing asks for.
//!
//! ## What it does
//! Looks for `acl` lines of a proxy that no condition of it asks for, by name or with the `acl()` sample. ACLs in
//! `defaults` are left alone.
//!
//! ## Why it matters
//! Often the rule that should use it misses, or asks for a misspelt name.
//!
//! ## Example
//! ```text
//! acl is_admin path_beg /admin/
//! use_backend api if is_api
//! ```
//!
//! ## Fix
//! Remove the line, or use the ACL.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "unused-acl",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::High,
    source: include_str!("unused_acl.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        let conditions = proxy.lines.iter().filter_map(|line| line.condition());
        let mut used: HashSet<Vec<u8>> = HashSet::new();
        for condition in conditions {
            used.extend(condition.terms().map(|term| term.key()));
        }
        let samples: Vec<_> = proxy.lines.iter().flat_map(|l| l.words).filter(|w| w.show().contains("acl(")).collect();
        for line in proxy.said("acl").filter(|line| !line.inherited) {
            let Some(name) = line.word(1) else { continue };
            let sampled = samples.iter().any(|word| word.show().contains(&*name.show()));
            if !sampled && used.insert(name.bytes().to_vec()) {
                let message = format!("nothing in {} asks for the ACL '{}'", proxy.show(), name.show());
                out.push(name.span, message, "remove the line, or use the ACL in a condition");
            }
        }
    }
}
