//! SARIF 2.1.0, which GitHub's code scanning and many editors read.
//!
//! Every rule is declared, not only those that fired: without that GitHub cannot close alerts.

use crate::{
    catalogue::{self, Entry, level},
    explain, fingerprint,
    rule::{CONFIDENCES, Finding, Fix, GROUPS, Group, name_of},
};
use serde_json::{Value, json};
use source::{Files, Severity, Span};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn print(found: &[Finding], files: &Files) -> String {
    let entries = catalogue::all();
    let prints = fingerprint::all(found, files);
    let results = found.iter().zip(prints).map(|(finding, print)| result(finding, &print, files, &entries));
    let driver = json!({
        "name": "cfg-check",
        "informationUri": "https://github.com/evenkeel/evenkeel",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": entries.iter().map(rule).collect::<Vec<_>>(),
    });
    let run = json!({
        "tool": { "driver": driver },
        "columnKind": "unicodeCodePoints",
        "results": results.collect::<Vec<_>>(),
    });
    format!("{:#}\n", json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] }))
}

fn rule(entry: &Entry) -> Value {
    let text = explain::explain(entry.name).unwrap_or_default();
    let mut properties = json!({ "tags": [name_of(GROUPS, &entry.group)] });
    if let Some(rule) = entry.rule {
        properties["precision"] = json!(precision(name_of(CONFIDENCES, &rule.confidence)));
        if rule.group == Group::Security {
            // GitHub ranks alerts by this number.
            properties["security-severity"] = json!(if rule.severity >= Severity::Warning { "7.0" } else { "4.0" });
        }
    }
    json!({
        "id": entry.name,
        "shortDescription": { "text": entry.title },
        "fullDescription": { "text": entry.title },
        "help": { "text": text, "markdown": text },
        "defaultConfiguration": { "level": entry.rule.map_or("warning", |rule| kind(rule.severity)) },
        "properties": properties,
    })
}

fn precision(confidence: &str) -> &str {
    if confidence == "high" { "very-high" } else { confidence }
}

fn kind(severity: Severity) -> &'static str {
    match level(severity) {
        "info" => "note",
        level => level,
    }
}

fn result(finding: &Finding, print: &str, files: &Files, entries: &[Entry]) -> Value {
    let help = finding.help.as_ref().map_or_else(String::new, |help| format!("\nhelp: {help}"));
    let index = entries.iter().position(|entry| entry.name == finding.code);
    // What concerns the whole configuration is shown at its start, since a result without a place is not shown.
    let start = || files.ids().next().map(|id| Span::new(id, 0, 0));
    let here = finding.span.or_else(start).map(|span| location(span, files));
    let related = finding.related.iter().map(|(span, text)| {
        let mut place = location(*span, files);
        place["message"] = json!({ "text": text });
        place
    });
    let mut result = json!({
        "ruleId": finding.code,
        "level": kind(finding.severity),
        "message": { "text": format!("{}{help}", finding.message) },
        "locations": here.into_iter().collect::<Vec<_>>(),
        "relatedLocations": related.collect::<Vec<_>>(),
        "partialFingerprints": { "cfgCheck/v1": print },
    });
    if let Some(index) = index {
        result["ruleIndex"] = json!(index);
    }
    if let Some(fix) = &finding.fix {
        result["fixes"] = json!([fixed(fix, files)]);
    }
    result
}

fn location(span: Span, files: &Files) -> Value {
    let artifact = json!({ "uri": uri(files.name(span.file)) });
    json!({ "physicalLocation": { "artifactLocation": artifact, "region": region(span, files) } })
}

fn region(span: Span, files: &Files) -> Value {
    let column = |span: Span| {
        let place = files.place(span);
        let before = files.line(span.file, place.line);
        let before = before.get(..place.column.saturating_sub(1)).unwrap_or(before);
        (place.line, String::from_utf8_lossy(before).chars().count() + 1)
    };
    let ((line, start), (last, end)) = (column(span), column(Span { start: span.end, ..span }));
    json!({ "startLine": line, "startColumn": start, "endLine": last, "endColumn": end })
}

fn fixed(fix: &Fix, files: &Files) -> Value {
    let file = fix.edits.first().map_or("", |edit| files.name(edit.span.file));
    let replacements = fix.edits.iter().map(|edit| {
        let text = String::from_utf8_lossy(&edit.text);
        json!({ "deletedRegion": region(edit.span, files), "insertedContent": { "text": text } })
    });
    let change = json!({
        "artifactLocation": { "uri": uri(file) },
        "replacements": replacements.collect::<Vec<_>>(),
    });
    json!({ "description": { "text": fix.message }, "artifactChanges": [change] })
}

/// A file's name as a URI: relative names stay relative, so that they are found from the root of a repository.
fn uri(name: &str) -> String {
    let name = if name == "<stdin>" { "stdin" } else { name.strip_prefix("./").unwrap_or(name) };
    let mut out = String::from(if name.starts_with('/') { "file://" } else { "" });
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(byte as char),
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_become_uris() {
        let uris = ["a b/ä.cfg", "./x.cfg", "/etc/h.cfg", "<stdin>"].map(super::uri);
        assert_eq!(uris, ["a%20b/%C3%A4.cfg", "x.cfg", "file:///etc/h.cfg", "stdin"]);
    }
}
