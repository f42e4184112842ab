//! Which findings are wanted, how grave they are, and which of them make a run fail.

use crate::{
    catalogue::{self, level},
    rule::{CONFIDENCES, Confidence, Finding, GROUPS, Group, PROFILES, Profile},
};
use anyhow::{Result, anyhow, bail};
use source::Severity;
use std::collections::BTreeMap;

/// What the options and `cfg-check.toml` ask for.
#[derive(Debug, Clone)]
pub struct Settings {
    pub profile: Profile,
    /// Names and groups; where there are any, nothing else is shown.
    pub select: Vec<String>,
    /// Names and groups beside those of the profile.
    pub extend_select: Vec<String>,
    pub ignore: Vec<String>,
    pub min_confidence: Confidence,
    /// The least severity that makes a run fail; `None` = none does.
    pub fail_on: Option<Severity>,
    /// Severities and confidences in place of the rules' own.
    pub severity: BTreeMap<String, Severity>,
    pub confidence: BTreeMap<String, Confidence>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            profile: Profile::Default,
            select: Vec::new(),
            extend_select: Vec::new(),
            ignore: Vec::new(),
            min_confidence: Confidence::Low,
            fail_on: Some(Severity::Notice),
            severity: BTreeMap::new(),
            confidence: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Settings that show everything.
    pub fn everything() -> Settings {
        Settings { profile: Profile::All, ..Settings::default() }
    }

    /// Whether findings of this name are shown, however sure they are.
    pub fn wants(&self, name: &str) -> bool {
        let (group, profile) = catalogue::place(name);
        let named = |list: &[String]| list.iter().any(|word| covers(word, name, group));
        let chosen = match self.profile {
            _ if !self.select.is_empty() => named(&self.select),
            Profile::Security => matches!(group, Group::Security | Group::Parity),
            wide => profile <= wide,
        };
        (chosen || named(&self.extend_select)) && !named(&self.ignore)
    }

    /// The findings that are shown, with the severities and confidences that are asked for.
    pub fn choose(&self, found: Vec<Finding>) -> Vec<Finding> {
        let mut found: Vec<Finding> = found.into_iter().filter(|finding| self.wants(finding.code)).collect();
        for finding in &mut found {
            if let Some(severity) = self.severity.get(finding.code) {
                finding.diagnostic.severity = *severity;
            }
            if let Some(confidence) = self.confidence.get(finding.code) {
                finding.confidence = *confidence;
            }
        }
        found.retain(|finding| finding.confidence >= self.min_confidence);
        found
    }

    /// Whether these findings make a run fail.
    pub fn fails(&self, found: &[Finding]) -> bool {
        let rank = |severity| SEVERITIES.iter().position(|(name, _)| *name == level(severity));
        self.fail_on.is_some_and(|least| found.iter().any(|finding| rank(finding.severity) >= rank(least)))
    }
}

/// Whether a word of `--select` stands for a name: the name itself, its group, or `all`.
fn covers(word: &str, name: &str, group: Group) -> bool {
    word == name || word == "all" || GROUPS.iter().any(|(known, whose)| *known == word && *whose == group)
}

/// From the least to the gravest.
pub const SEVERITIES: &[(&str, Severity)] =
    &[("info", Severity::Notice), ("warning", Severity::Warning), ("error", Severity::Alert)];

/// The value of a name in one of these lists, or an error that says which names there are.
pub fn named<T: Copy>(what: &str, list: &[(&'static str, T)], name: &str) -> Result<T> {
    let found = list.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let names: Vec<_> = list.iter().map(|(name, _)| *name).collect();
    found.ok_or_else(|| anyhow!("unknown {what} '{name}': it is one of {}", names.join(", ")))
}

pub fn profile(name: &str) -> Result<Profile> {
    named("profile", PROFILES, name)
}

pub fn confidence(name: &str) -> Result<Confidence> {
    named("confidence", CONFIDENCES, name)
}

pub fn severity(name: &str) -> Result<Severity> {
    named("severity", SEVERITIES, name)
}

/// What `--fail-on` takes.
pub fn fail_on(name: &str) -> Result<Option<Severity>> {
    if name == "never" {
        return Ok(None);
    }
    let (mut names, severities) = (SEVERITIES.iter().map(|(n, _)| *n).collect::<Vec<_>>(), SEVERITIES);
    names.push("never");
    let found = severities.iter().find(|(known, _)| *known == name);
    found.map(|(_, s)| Some(*s)).ok_or_else(|| anyhow!("unknown severity '{name}': it is one of {}", names.join(", ")))
}

/// A list of names, parted by commas, each a rule, a finding of HAProxy's or a group.
pub fn names(list: &str) -> Result<Vec<String>> {
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| known(word).map(|()| word.to_string())).collect()
}

/// Whether a word names a rule, a finding or a group.
pub fn known(word: &str) -> Result<()> {
    let all = catalogue::all();
    if word == "all" || GROUPS.iter().any(|(name, _)| *name == word) || all.iter().any(|entry| entry.name == word) {
        return Ok(());
    }
    bail!("no rule or group '{word}': 'cfg-check rules' lists them")
}
