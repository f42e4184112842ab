//! A variable is read that nothing sets.
//!
//! ## What it does
//! Looks for `var(NAME)` where no `set-var`, `set-var-fmt` or other action of the whole configuration writes the
//! name. Configurations with Lua or SPOE filters are left alone.
//!
//! ## Why it matters
//! The sample is empty: conditions on it are false, headers made of it are empty. Often the name is misspelt or has
//! the wrong scope.
//!
//! ## Example
//! ```text
//! http-request set-var(txn.user) req.hdr(x-user)
//! http-request deny if { var(req.user) -m str root }
//! ```
//!
//! ## Fix
//! Write the name as it is set, scope included.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Call, View},
};
use source::Severity;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "var-never-set",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("var_never_set.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    if view.has_foreign_code() {
        return;
    }
    let written: HashSet<&[u8]> = view.words().flat_map(Call::all).filter_map(|call| writes(&call)).collect();
    // In the global section the name stands behind the keyword.
    let global: HashSet<&[u8]> = view
        .lines()
        .filter(|l| l.is("set-var") || l.is("set-var-fmt"))
        .filter_map(|l| Some(l.word(1)?.bytes()))
        .collect();
    for call in view.words().flat_map(Call::all).filter(|call| call.is("var")) {
        let Some(name) = call.arg(0) else { continue };
        let has_default = call.arg(1).is_some();
        if !has_default && !written.contains(name) && !global.contains(name) {
            let name = String::from_utf8_lossy(name).into_owned();
            out.push(
                call.span,
                format!("nothing sets the variable '{name}'"),
                "write the name as it is set, scope included",
            );
        }
    }
}

/// The variable that an action or a converter writes.
fn writes<'p>(call: &Call<'p>) -> Option<&'p [u8]> {
    const WRITERS: &[&str] = &["do-resolve", "set-var", "set-var-fmt"];
    WRITERS.iter().any(|name| call.is(name)).then(|| call.arg(0)).flatten()
}
