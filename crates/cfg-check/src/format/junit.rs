//! JUnit's XML: a suite a file, a failed case a finding. A file without findings is a case that passed.

use super::xml::escape;
use crate::{catalogue::level, rule::Finding};
use source::{FileId, Files, render};
use std::fmt::Write;

pub(super) fn print(found: &[Finding], files: &Files) -> String {
    let tests: usize = files.ids().map(|id| here(found, id).count().max(1)).sum();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ =
        writeln!(out, "<testsuites name=\"cfg-check\" tests=\"{tests}\" failures=\"{}\" errors=\"0\">", found.len());
    for id in files.ids() {
        suite(&mut out, found, files, id);
    }
    out.push_str("</testsuites>\n");
    out
}

/// The findings of a file; what has no place is listed with the first.
fn here(found: &[Finding], id: FileId) -> impl Iterator<Item = &Finding> {
    found.iter().filter(move |finding| finding.span.map_or(id.0 == 0, |span| span.file == id))
}

fn suite(out: &mut String, found: &[Finding], files: &Files, id: FileId) {
    let (name, count) = (escape(files.name(id)), here(found, id).count());
    let tests = count.max(1);
    let _ = writeln!(out, "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{count}\" errors=\"0\">");
    if count == 0 {
        let _ = writeln!(out, "    <testcase name=\"no findings\" classname=\"{name}\"/>");
    }
    for finding in here(found, id) {
        let line = finding.span.map_or(1, |span| files.place(span).line);
        let (code, kind, message) = (finding.code, level(finding.severity), escape(&finding.message));
        let _ = writeln!(out, "    <testcase name=\"{code}:{line}\" classname=\"{name}\" line=\"{line}\">");
        let text = escape(&render::full(finding, files, false));
        let _ = writeln!(out, "      <failure type=\"{kind}\" message=\"{message}\">{text}</failure>");
        out.push_str("    </testcase>\n");
    }
    out.push_str("  </testsuite>\n");
}
