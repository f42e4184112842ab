//! What can be done about a finding: its fix, or a comment that silences it.

use super::{document::Document, position};
use crate::Finding;
use serde_json::{Value, json};
use source::Span;
use syntax::Edit;

/// The actions for the findings that a range touches.
pub(super) fn actions(document: &Document, params: &Value) -> Value {
    let at = |end: &str| position::offset(&document.files, document.id, &params["range"][end]);
    let (start, end) = (at("start"), at("end"));
    let touched = |finding: &&Finding| finding.span.is_some_and(|span| span.start <= end && start <= span.end);
    let found = document.found.iter().flatten().filter(touched);
    found.flat_map(|finding| [fix(document, finding), silence(document, finding)]).flatten().collect()
}

fn fix(document: &Document, finding: &Finding) -> Option<Value> {
    let fix = finding.fix.as_ref()?;
    let title = if fix.safe { fix.message.clone() } else { format!("{} (changes what the file means)", fix.message) };
    Some(action(document, finding, &title, fix.safe, &fix.edits))
}

/// A comment behind the line, unless the line ends with something that a comment cannot follow.
fn silence(document: &Document, finding: &Finding) -> Option<Value> {
    let span = finding.span?;
    let place = document.files.end_place(span);
    let line = document.files.line(document.id, place.line);
    if line.contains(&b'#') || line.ends_with(b"\\") {
        return None;
    }
    let end = span.end - (place.column as u32 - 1) + line.trim_ascii_end().len() as u32;
    let comment = format!(" # cfg-check: ignore={}", finding.code);
    let edit = Edit { span: Span { file: document.id, start: end, end }, text: comment.into_bytes() };
    Some(action(document, finding, &format!("Silence {} here", finding.code), false, &[edit]))
}

fn action(document: &Document, finding: &Finding, title: &str, preferred: bool, edits: &[Edit]) -> Value {
    let edits: Vec<_> = edits.iter().map(|edit| text_edit(document, edit.span, &edit.text)).collect();
    let mut changes = serde_json::Map::new();
    changes.insert(document.uri.clone(), edits.into());
    json!({
        "title": title,
        "kind": "quickfix",
        "isPreferred": preferred,
        "diagnostics": [document.diagnostic(finding)],
        "edit": { "changes": changes },
    })
}

pub(super) fn text_edit(document: &Document, span: Span, text: &[u8]) -> Value {
    json!({ "range": position::range(&document.files, span), "newText": String::from_utf8_lossy(text) })
}
