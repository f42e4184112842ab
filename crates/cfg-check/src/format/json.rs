//! One JSON object whose `findings` are a list, for programs: `docs/cfg-check.schema.json`.

use crate::{
    catalogue::{self, level},
    rule::{CONFIDENCES, Finding, Fix, GROUPS, name_of},
};
use serde_json::{Value, json};
use source::{Files, Span};

pub(super) fn print(found: &[Finding], files: &Files) -> String {
    let findings: Vec<Value> = found.iter().map(|finding| object(finding, files)).collect();
    format!("{:#}\n", json!({ "version": 1, "findings": findings }))
}

/// A finding without a place has `null` for file, lines and columns. Columns count bytes, from 1; the end is exclusive.
pub(super) fn object(finding: &Finding, files: &Files) -> Value {
    let mut object = json!({
        "rule": finding.code,
        "group": name_of(GROUPS, &catalogue::place(finding.code).0),
        "severity": level(finding.severity),
        "confidence": name_of(CONFIDENCES, &finding.confidence),
        "message": finding.message,
        "help": finding.help,
        "fix": finding.fix.as_ref().map(|fix| fixed(fix, files)),
        "related": finding.related.iter().map(|(span, text)| with_place(json!({ "message": text }), Some(*span), files)).collect::<Vec<_>>(),
    });
    object = with_place(object, finding.span, files);
    object
}

fn fixed(fix: &Fix, files: &Files) -> Value {
    let edits = fix.edits.iter().map(|edit| {
        let text = json!({ "text": String::from_utf8_lossy(&edit.text) });
        with_place(text, Some(edit.span), files)
    });
    let applicability = if fix.safe { "safe" } else { "unsafe" };
    json!({ "message": fix.message, "applicability": applicability, "edits": edits.collect::<Vec<_>>() })
}

fn with_place(mut object: Value, span: Option<Span>, files: &Files) -> Value {
    let start = span.map(|span| files.place(span));
    let end = span.map(|span| files.end_place(span));
    object["file"] = json!(start.map(|place| place.file));
    object["line"] = json!(start.map(|place| place.line));
    object["column"] = json!(start.map(|place| place.column));
    object["end_line"] = json!(end.map(|place| place.line));
    object["end_column"] = json!(end.map(|place| place.column));
    object
}
