//! The linter of haproxy.cfg files: what HAProxy says of a configuration, and the faults that it is silent about.
//!
//! [`check()`] reads files as HAProxy does and returns every finding, sorted by place; [`report()`] only those that
//! [`Settings`] and the comments of the files ask for. One rule is one file in [`rules`]; what rules look at is a
//! [`view`]. The machine is not asked for anything: see [`Offline`].

#![forbid(unsafe_code)]

pub mod baseline;
pub mod catalogue;
pub mod changes;
pub mod coverage;
pub mod diff;
pub mod dump;
pub mod environment;
pub mod explain;
pub mod fingerprint;
pub mod fix;
pub mod format;
pub mod grammar;
pub mod haproxy;
pub mod input;
pub mod layout;
pub mod lsp;
mod offline;
pub mod route;
pub mod rule;
pub mod rules;
pub mod settings;
pub mod suppress;
pub mod template;
pub mod view;
pub mod with_haproxy;

pub use offline::Offline;
pub use rule::Finding;
pub use settings::Settings;

use config::Options;
use rule::{Confidence, Findings};
use source::{FileId, Files};
use view::View;

/// Every finding about these files, read in this order as one configuration.
pub fn check(files: &Files, ids: &[FileId]) -> Vec<Finding> {
    let host = Offline::new(files, ids);
    let parsed = config::parse(files, ids, &host);
    // The modes are HAProxy's, not those of our own proxy, which takes more.
    let (config, said) = config::lower(files, parsed.clone(), &host, Options { strict_modes: true });
    let verdict = said.into_vec().into_iter().filter_map(haproxy::verdict);
    let mut found: Vec<Finding> = verdict.map(|said| Finding::new(said, Confidence::High)).collect();
    let view = View::new(files, &parsed.sections, &config);
    for rule in rules::ALL {
        let mut findings = Findings::new(rule);
        (rule.check)(&view, &mut findings);
        found.extend(findings.list);
    }
    sort(&mut found);
    found
}

/// The findings that the settings ask for and that no comment of the files silences.
pub fn report(files: &Files, ids: &[FileId], settings: &Settings) -> Vec<Finding> {
    choose(files, ids, check(files, ids), settings)
}

/// The same, of findings that are there already.
pub fn choose(files: &Files, ids: &[FileId], found: Vec<Finding>, settings: &Settings) -> Vec<Finding> {
    let found = settings.choose(found);
    let mut found = suppress::apply(files, ids, found, settings);
    sort(&mut found);
    found
}

/// By place; what has none comes last. Of findings at one place the graver comes first.
pub fn sort(found: &mut Vec<Finding>) {
    found.sort_by_key(|f| (f.span.is_none(), f.span, std::cmp::Reverse(f.severity), f.code));
    found.dedup();
}
