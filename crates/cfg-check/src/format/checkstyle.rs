//! Checkstyle's XML, which many tools of pipelines read.

use super::xml::escape;
use crate::{catalogue::level, rule::Finding};
use source::Files;
use std::fmt::Write;

pub(super) fn print(found: &[Finding], files: &Files) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n");
    for id in files.ids() {
        // What has no place is listed with the first file.
        let here = |f: &&Finding| f.span.map_or(id.0 == 0, |span| span.file == id);
        let _ = writeln!(out, "  <file name=\"{}\">", escape(files.name(id)));
        found.iter().filter(here).for_each(|finding| error(&mut out, finding, files));
        out.push_str("  </file>\n");
    }
    out.push_str("</checkstyle>\n");
    out
}

fn error(out: &mut String, finding: &Finding, files: &Files) {
    let (line, column) = finding.span.map_or((1, 1), |span| {
        let place = files.place(span);
        (place.line, place.column)
    });
    let help = finding.help.as_ref().map_or_else(String::new, |help| format!(" (help: {help})"));
    let message = escape(&format!("{}{help}", finding.message));
    let (severity, code) = (level(finding.severity), finding.code);
    let _ = writeln!(
        out,
        "    <error line=\"{line}\" column=\"{column}\" severity=\"{severity}\" message=\"{message}\" \
         source=\"cfg-check.{code}\"/>"
    );
}
