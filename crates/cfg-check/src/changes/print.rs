//! Differences as text, and as JSON.

use super::{Change, Side, TOPICS, What};
use crate::rule::name_of;
use serde_json::{Value, json};
use source::Files;
use std::fmt::Write;

/// For a person: a line for each, under its section.
pub fn text(changes: &[Change], old: &Files, new: &Files) -> String {
    let (mut out, mut section) = (String::new(), "");
    for change in changes {
        if change.object != section {
            section = &change.object;
            let _ = writeln!(out, "{section}");
        }
        match &change.what {
            What::Added(side) => drop(writeln!(out, "  + {} ({})", side.text, at(side, new))),
            What::Removed(side) => drop(writeln!(out, "  - {} ({})", side.text, at(side, old))),
            What::Moved { old: from, new: to } => {
                let _ = writeln!(out, "  > {} ({}, then {})", to.text, at(from, old), at(to, new));
            }
            What::Changed { old: from, new: to, how } if !how.is_empty() => {
                let _ =
                    writeln!(out, "  ~ {}: {} ({}, {})", change.subject, how.join(", "), at(from, old), at(to, new));
            }
            What::Changed { old: from, new: to, .. } => {
                let _ = writeln!(out, "  ~ {} -> {} ({}, {})", from.text, to.text, at(from, old), at(to, new));
            }
        }
    }
    if changes.is_empty() { "the configurations mean the same\n".into() } else { out }
}

/// For a program: one object.
pub fn json(changes: &[Change], old: &Files, new: &Files) -> String {
    let changes: Vec<_> = changes.iter().map(|change| object(change, old, new)).collect();
    format!("{:#}\n", json!({ "version": 1, "same": changes.is_empty(), "changes": changes }))
}

fn object(change: &Change, old: &Files, new: &Files) -> Value {
    let side = |side: &Side, files: &Files| {
        let place = files.place(side.span);
        json!({ "text": side.text, "file": place.file, "line": place.line })
    };
    let (kind, from, to, how) = match &change.what {
        What::Added(to) => ("added", Value::Null, side(to, new), &[][..]),
        What::Changed { old: from, new: to, how } => ("changed", side(from, old), side(to, new), how.as_slice()),
        What::Moved { old: from, new: to } => ("moved", side(from, old), side(to, new), &[][..]),
        What::Removed(from) => ("removed", side(from, old), Value::Null, &[][..]),
    };
    json!({
        "kind": kind,
        "topic": name_of(TOPICS, &change.topic),
        "section": change.object,
        "subject": change.subject,
        "old": from,
        "new": to,
        "how": how,
    })
}

fn at(side: &Side, files: &Files) -> String {
    let place = files.place(side.span);
    format!("{}:{}", place.file, place.line)
}
