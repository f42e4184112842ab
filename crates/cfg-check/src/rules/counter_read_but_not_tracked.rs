//! A counter is read that nothing tracks.
//!
//! ## What it does
//! Looks for `sc0_…`, `sc_…(0)` and their kin whose number no `track-sc` rule of the whole configuration uses.
//!
//! ## Why it matters
//! The sample is empty: a limit made of it never applies.
//!
//! ## Example
//! ```text
//! http-request track-sc0 src
//! http-request deny if { sc1_http_req_rate gt 100 }
//! ```
//!
//! ## Fix
//! Track the counter in front (`http-request track-sc1 …`), or read the one that is tracked.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Call, View},
};
use source::Severity;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "counter-read-but-not-tracked",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("counter_read_but_not_tracked.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let tracked: HashSet<&[u8]> = view.words().filter_map(|word| word.bytes().strip_prefix(b"track-sc")).collect();
    if view.has_foreign_code() {
        return;
    }
    for call in view.words().flat_map(Call::all) {
        let Some(number) = counter(&call).filter(|number| number.iter().all(u8::is_ascii_digit)) else { continue };
        if !number.is_empty() && !tracked.contains(number) {
            let number = String::from_utf8_lossy(number);
            let message = format!("nothing tracks counter {number}: the sample is always empty");
            out.push(call.span, message, format!("add 'http-request track-sc{number} src' in front"));
        }
    }
}

const ARRAYS: &[&str] = &["clr_gpc", "get_gpc", "get_gpt", "gpc_rate", "inc_gpc"];

/// The number of the counter that a sample reads: `sc1_conn_cur`, `sc_conn_cur(1)`.
fn counter<'p>(call: &Call<'p>) -> Option<&'p [u8]> {
    let rest = call.name.strip_prefix(b"sc")?;
    match rest {
        [digit, b'_', ..] if digit.is_ascii_digit() => rest.get(..1),
        // Those of arrays have the index in front of the counter.
        [b'_', name @ ..] if ARRAYS.iter().any(|known| known.as_bytes() == name) => call.arg(1),
        [b'_', ..] => call.arg(0),
        _ => None,
    }
}
