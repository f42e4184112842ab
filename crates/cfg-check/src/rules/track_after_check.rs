//! A counter is read in front of the rule that tracks it.
//!
//! ## What it does
//! Looks for a rule that reads `sc0_…` and stands in front of the only `track-sc0` of the same ruleset, while no
//! earlier ruleset of the section tracks it.
//!
//! ## Why it matters
//! At that point of a request nothing is tracked, so the rule never applies to it.
//!
//! ## Example
//! ```text
//! http-request deny if { sc_http_req_rate(0) gt 100 }
//! http-request track-sc0 src
//! ```
//!
//! ## Fix
//! Put the `track-sc` rule in front.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Call, Line, Proxy, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "track-after-check",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    source: include_str!("track_after_check.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for digit in b'0'..=b'9' {
            let action = [b"track-sc".as_slice(), &[digit]].concat();
            let tracks: Vec<usize> = at(proxy, |line| line.words.iter().any(|word| word.bytes() == action));
            let (Some(first), true) = (tracks.first(), tracks.len() == 1) else { continue };
            let Some(tracker) = proxy.lines.get(*first) else { continue };
            // A counter that lives on from the request before is read on purpose.
            let early = proxy.lines.iter().take(*first).filter(|line| line.is("http-request"));
            for line in early.filter(|_| tracker.is("http-request")) {
                if let Some(call) = line.words.iter().flat_map(Call::all).find(|call| reads(call, digit)) {
                    let message = format!("counter {} is not tracked yet where it is read", char::from(digit));
                    out.push_with(
                        call.span,
                        message,
                        "put the 'track-sc' rule in front",
                        tracker.span(),
                        "tracked here",
                    );
                }
            }
        }
    }
}

fn at(proxy: &Proxy<'_>, which: impl Fn(&Line<'_>) -> bool) -> Vec<usize> {
    proxy.lines.iter().enumerate().filter(|(_, line)| which(line)).map(|(at, _)| at).collect()
}

const ARRAYS: &[&[u8]] = &[b"clr_gpc", b"get_gpc", b"get_gpt", b"gpc_rate", b"inc_gpc"];

fn reads(call: &Call<'_>, digit: u8) -> bool {
    match call.name.strip_prefix(b"sc") {
        Some([own, b'_', ..]) => *own == digit,
        // Those of arrays have an index in front of the counter, and are left alone.
        Some([b'_', name @ ..]) => !ARRAYS.contains(&name) && call.arg(0) == Some(&[digit]),
        _ => false,
    }
}
