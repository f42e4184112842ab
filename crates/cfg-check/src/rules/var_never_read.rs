//! A variable is set that nothing reads.
//!
//! ## What it does
//! Looks for `set-var` and `set-var-fmt` of a name that stands nowhere else in the configuration. Configurations with
//! Lua or SPOE filters are left alone.
//!
//! ## Why it matters
//! It is work without an effect, or the reader has another name in mind.
//!
//! ## Example
//! ```text
//! http-request set-var(txn.user) req.hdr(x-user)
//! http-request deny if { var(txn.usr) -m found }
//! ```
//!
//! ## Fix
//! Remove the line, or correct the name.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Call, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "var-never-read",
    group: Group::Semantic,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("var_never_read.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    if view.has_foreign_code() {
        return;
    }
    let all: Vec<Call<'_>> = view.words().flat_map(Call::all).collect();
    let is_writer = |call: &Call<'_>| call.is("set-var") || call.is("set-var-fmt");
    let inside = |call: &Call<'_>, name: &[u8]| {
        call.args.is_some_and(|args| args.split(|b| b",() ".contains(b)).any(|arg| arg == name))
    };
    for writer in all.iter().filter(|call| is_writer(call)) {
        let Some(name) = writer.arg(0) else { continue };
        let read = all
            .iter()
            .any(|call| !is_writer(call) && call.name != b"unset-var" && (inside(call, name) || call.name == name));
        if !read {
            let message = format!("nothing reads the variable '{}'", String::from_utf8_lossy(name));
            out.push(writer.span, message, "remove the line, or correct the name");
        }
    }
}
