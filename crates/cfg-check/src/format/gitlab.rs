//! GitLab's report of code quality: a list whose fingerprints tell what is new in a merge request.

use crate::{catalogue::level, fingerprint, rule::Finding};
use serde_json::{Value, json};
use source::Files;

pub(super) fn print(found: &[Finding], files: &Files) -> String {
    let prints = fingerprint::all(found, files);
    let rows = found.iter().zip(prints).map(|(finding, print)| issue(finding, &print, files));
    format!("{:#}\n", Value::Array(rows.collect()))
}

fn issue(finding: &Finding, print: &str, files: &Files) -> Value {
    let severity = match level(finding.severity) {
        "error" => "critical",
        "warning" => "major",
        _ => "info",
    };
    // GitLab needs a place. What concerns the whole configuration is shown at its start.
    let (file, first, last) = match finding.span {
        Some(span) => (files.place(span).file, files.place(span).line, files.end_place(span).line),
        None => (files.ids().next().map_or("-", |id| files.name(id)), 1, 1),
    };
    let path = file.strip_prefix("./").unwrap_or(file);
    json!({
        "description": finding.message,
        "check_name": finding.code,
        "fingerprint": print,
        "severity": severity,
        "location": { "path": path, "lines": { "begin": first, "end": last } },
    })
}
