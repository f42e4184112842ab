//! Fixes made: the text of files after the edits of findings.

use crate::rule::{Finding, Fix};
use source::{FileId, Files, Span};
use syntax::document;

/// The fixes of these findings that may be made together. Of fixes that touch the same place, the first is made.
pub fn compatible(found: &[Finding], with_unsafe: bool) -> Vec<&Fix> {
    let mut taken: Vec<Span> = Vec::new();
    let mut fixes = Vec::new();
    for fix in found.iter().filter_map(|finding| finding.fix.as_ref()).filter(|fix| fix.safe || with_unsafe) {
        let free = |span: Span| !taken.iter().any(|other| touches(span, *other));
        if fix.edits.iter().all(|edit| free(edit.span)) {
            taken.extend(fix.edits.iter().map(|edit| edit.span));
            fixes.push(fix);
        }
    }
    fixes
}

/// Whether two edits concern the same bytes, or the same point between two.
fn touches(a: Span, b: Span) -> bool {
    a.file == b.file && a.start <= b.end && b.start <= a.end
}

/// A file with these fixes made; `None` if none concerns it.
pub fn fixed(files: &Files, id: FileId, fixes: &[&Fix]) -> Option<Vec<u8>> {
    let edits = fixes.iter().flat_map(|fix| &fix.edits).filter(|edit| edit.span.file == id);
    let edits: Vec<_> = edits.cloned().collect();
    (!edits.is_empty()).then(|| document(files.text(id), id).edited(&edits))
}
