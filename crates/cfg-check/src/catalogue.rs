//! Every name that a finding can have.

use crate::{
    haproxy,
    rule::{Group, Profile, Rule},
    rules,
};
use source::Severity;

/// A name in brackets, and what it stands for.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub name: &'static str,
    pub title: &'static str,
    pub group: Group,
    pub profile: Profile,
    /// `None` for what HAProxy says, which has the severity that HAProxy gives it.
    pub rule: Option<&'static Rule>,
}

/// What the linter says about itself.
const OWN: &[(&str, &str)] = &[
    ("haproxy", "what the binary of '--with-haproxy' says and cfg-check does not"),
    ("missing-path", "a file or folder that '--check-files' does not find"),
    ("unknown-account", "a user or group that '--check-accounts' does not find"),
    ("unknown-host", "a host name that '--check-dns' does not find"),
    ("unused-suppression", "a 'cfg-check: ignore' comment that silences nothing"),
];

/// All entries in the order of their names: the rules, HAProxy's findings, and what the linter says about itself.
pub fn all() -> Vec<Entry> {
    let rules = rules::ALL.iter().map(|rule| Entry {
        name: rule.name,
        title: rule.title(),
        group: rule.group,
        profile: rule.profile,
        rule: Some(rule),
    });
    let said = haproxy::CODES.iter().chain(syntax::CODES).chain(OWN);
    let said = said.map(|(name, title)| entry(name, title));
    let mut all: Vec<Entry> = rules.chain(said).collect();
    all.sort_by_key(|entry| entry.name);
    all.dedup_by_key(|entry| entry.name);
    all
}

fn entry(name: &'static str, title: &'static str) -> Entry {
    let group = if name == "unused-suppression" { Group::Semantic } else { Group::Parity };
    Entry { name, title, group, profile: Profile::Default, rule: None }
}

/// The group and the profile of a name.
pub fn place(name: &str) -> (Group, Profile) {
    match rules::find(name) {
        Some(rule) => (rule.group, rule.profile),
        None if name == "unused-suppression" => (Group::Semantic, Profile::Default),
        None => (Group::Parity, Profile::Default),
    }
}

/// What the linter itself means by a name.
pub fn own(name: &str) -> Option<&'static str> {
    OWN.iter().find(|(known, _)| *known == name).map(|(_, title)| *title)
}

/// A severity in the words of programs.
pub fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Alert => "error",
        Severity::Diag | Severity::Notice => "info",
        Severity::Warning => "warning",
    }
}
