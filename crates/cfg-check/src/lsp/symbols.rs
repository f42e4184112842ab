//! The outline of a document: sections, and in them listeners, ACLs and servers.

use super::{document::Document, position};
use serde_json::{Value, json};
use source::Span;
use syntax::{Directive, Section};

/// Lines that are worth a place, with the protocol's kinds of symbols.
const LINES: &[(&str, u32)] =
    &[("acl", CONSTANT), ("bind", INTERFACE), ("server", OBJECT), ("server-template", OBJECT), ("user", CONSTANT)];
const CLASS: u32 = 5;
const INTERFACE: u32 = 11;
const CONSTANT: u32 = 14;
const OBJECT: u32 = 19;

pub(super) fn symbols(document: &Document) -> Value {
    document.sections.iter().map(|section| symbol(document, section)).collect()
}

fn symbol(document: &Document, section: &Section) -> Value {
    let last = section.lines.last().unwrap_or(&section.header);
    let lines = section.lines.iter().filter_map(|line| child(document, line));
    let name = section.header.args().first().map(|word| word.show()).unwrap_or_default();
    let keyword = section.header.keyword().show();
    json!({
        "name": if name.is_empty() { keyword.to_string() } else { format!("{keyword} {name}") },
        "kind": CLASS,
        "range": position::range(&document.files, section.header.span.to(last.span)),
        "selectionRange": position::range(&document.files, section.name().span),
        "children": lines.collect::<Vec<_>>(),
    })
}

fn child(document: &Document, line: &Directive) -> Option<Value> {
    let (_, kind) = LINES.iter().find(|(word, _)| line.keyword().is(word))?;
    let name = line.args().first()?;
    let detail = document.files.slice(Span { start: name.span.end, ..line.span });
    Some(json!({
        "name": format!("{} {}", line.keyword().show(), name.show()),
        "detail": String::from_utf8_lossy(detail).trim(),
        "kind": kind,
        "range": position::range(&document.files, line.span),
        "selectionRange": position::range(&document.files, name.span),
    }))
}
