//! One JSON object whose `findings` are a list, for programs.

use super::level;
use crate::{rule::Confidence, rules};
use serde_json::{Value, json};
use source::{Diagnostic, Files};

pub(super) fn print(found: &[Diagnostic], files: &Files) -> String {
    let findings: Vec<Value> = found.iter().map(|finding| object(finding, files)).collect();
    format!("{:#}\n", json!({ "version": 1, "findings": findings }))
}

/// A finding without a place has `null` for file, lines and columns. Columns count bytes, from 1; the end is exclusive.
fn object(finding: &Diagnostic, files: &Files) -> Value {
    let start = finding.span.map(|span| files.place(span));
    let end = finding.span.map(|span| files.end_place(span));
    let confidence = match rules::find(finding.code).map(|rule| rule.confidence) {
        Some(Confidence::Medium) => "medium",
        Some(Confidence::High) | None => "high",
    };
    json!({
        "rule": finding.code,
        "severity": level(finding.severity),
        "confidence": confidence,
        "message": finding.message,
        "help": finding.help,
        "file": start.map(|place| place.file),
        "line": start.map(|place| place.line),
        "column": start.map(|place| place.column),
        "end_line": end.map(|place| place.line),
        "end_column": end.map(|place| place.column),
        "fix": null,
    })
}
