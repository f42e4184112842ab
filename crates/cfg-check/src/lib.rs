//! The linter of haproxy.cfg files: what HAProxy says of a configuration, and the faults that it is silent about.
//!
//! [`check()`] reads files as HAProxy does and returns every finding, sorted by place. One rule is one file in
//! [`rules`]; what rules look at is a [`view`]. The machine is not asked for anything: see [`Offline`].

#![forbid(unsafe_code)]

pub mod explain;
pub mod format;
pub mod haproxy;
pub mod input;
mod offline;
pub mod rule;
pub mod rules;
pub mod view;

pub use offline::Offline;

use config::Options;
use rule::Findings;
use source::{Diagnostic, FileId, Files};
use view::View;

/// Every finding about these files, read in this order as one configuration.
pub fn check(files: &Files, ids: &[FileId]) -> Vec<Diagnostic> {
    let host = Offline::new(files, ids);
    let parsed = config::parse(files, ids, &host);
    // The modes are HAProxy's, not those of our own proxy, which takes more.
    let (config, said) = config::lower(files, parsed.clone(), &host, Options { strict_modes: true });
    let mut found: Vec<Diagnostic> = said.into_vec().into_iter().filter_map(haproxy::verdict).collect();
    let view = View::new(files, &parsed.sections, &config);
    for rule in rules::ALL {
        let mut findings = Findings::new(rule);
        (rule.check)(&view, &mut findings);
        found.extend(findings.list);
    }
    sort(&mut found);
    found
}

/// By place; what has none comes last. Of findings at one place the graver comes first.
fn sort(found: &mut Vec<Diagnostic>) {
    found.sort_by_key(|f| (f.span.is_none(), f.span, std::cmp::Reverse(f.severity), f.code));
    found.dedup();
}
