//! What a name in brackets means.

use crate::{
    catalogue::{self, level},
    haproxy,
    rule::{CONFIDENCES, GROUPS, PROFILES, name_of},
    rules,
};
use std::fmt::Write;

/// The text about a rule of ours or a finding of HAProxy's; `None` for an unknown name.
pub fn explain(name: &str) -> Option<String> {
    if let Some(rule) = rules::find(name) {
        let doc = rule.doc().collect::<Vec<_>>().join("\n");
        let (group, profile) = (name_of(GROUPS, &rule.group), name_of(PROFILES, &rule.profile));
        let (severity, confidence) = (level(rule.severity), name_of(CONFIDENCES, &rule.confidence));
        let facts = format!("Group {group}, profile {profile}, severity {severity}, confidence {confidence}.");
        return Some(format!("# {name}\n\n{doc}\n\n{facts}\n"));
    }
    if let Some(meaning) = haproxy::meaning(name) {
        return Some(format!("# {name}\n\nHAProxy itself says this: {meaning}.\n"));
    }
    catalogue::own(name).map(|meaning| format!("# {name}\n\ncfg-check says this: {meaning}.\n"))
}

/// Every rule with its group, the profile that it is a part of, and its title.
pub fn list() -> String {
    let width = rules::ALL.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    rules::ALL.iter().fold(String::new(), |mut out, rule| {
        let (group, profile) = (name_of(GROUPS, &rule.group), name_of(PROFILES, &rule.profile));
        let _ = writeln!(out, "{:width$}  {group:8}  {profile:7}  {}", rule.name, rule.title());
        out
    })
}

/// Everything that a finding can be named, as JSON.
pub fn list_json() -> String {
    let rows = catalogue::all().into_iter().map(|entry| {
        serde_json::json!({
            "name": entry.name,
            "title": entry.title,
            "group": name_of(GROUPS, &entry.group),
            "profile": name_of(PROFILES, &entry.profile),
            "severity": entry.rule.map(|rule| level(rule.severity)),
            "confidence": entry.rule.map(|rule| name_of(CONFIDENCES, &rule.confidence)),
        })
    });
    format!("{:#}\n", serde_json::Value::Array(rows.collect()))
}
