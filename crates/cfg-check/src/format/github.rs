//! Workflow commands of GitHub Actions, which make findings annotations of a pull request.

use crate::{catalogue::level, rule::Finding};
use source::Files;

pub(super) fn print(found: &[Finding], files: &Files) -> String {
    found.iter().map(|finding| command(finding, files)).collect()
}

fn command(finding: &Finding, files: &Files) -> String {
    let kind = match level(finding.severity) {
        "info" => "notice",
        level => level,
    };
    let place = finding.span.map_or_else(String::new, |span| {
        let (start, end) = (files.place(span), files.end_place(span));
        let (file, line, column) = (property(start.file), start.line, start.column);
        // GitHub ignores columns over several lines, and counts the last one in.
        let last = if end.line == line { end.column.saturating_sub(1).max(column) } else { column };
        format!("file={file},line={line},endLine={},col={column},endColumn={last},", end.line)
    });
    let help = finding.help.as_ref().map_or_else(String::new, |help| format!("\nhelp: {help}"));
    format!("::{kind} {place}title={}::{}\n", property(finding.code), data(&format!("{}{help}", finding.message)))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
