//! What a real HAProxy says of the same files, beside what cfg-check says.

use crate::rule::{Confidence, Finding};
use anyhow::{Context, Result};
use source::{Diagnostic, FileId, Files, Severity, Span};
use std::{
    io::Write,
    process::{Command, Stdio},
};

/// Runs `PATH -c` on the inputs, and adds what it says about places and things that the findings do not mention yet.
pub fn merge(path: &str, inputs: &[String], files: &Files, ids: &[FileId], found: &mut Vec<Finding>) -> Result<()> {
    let text = run(path, inputs, files, ids)?;
    let own = found.len();
    for said in read(&text, files, ids) {
        let known = found.iter().take(own).any(|ours| is_same(ours, &said, files));
        if !known && !found.iter().any(|other| **other == *said) {
            found.push(said);
        }
    }
    Ok(())
}

fn run(path: &str, inputs: &[String], files: &Files, ids: &[FileId]) -> Result<String> {
    let mut command = Command::new(path);
    command.arg("-c");
    for input in inputs {
        command.args(["-f", if input == "-" { "/dev/stdin" } else { input }]);
    }
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().with_context(|| format!("cannot run {path}"))?;
    if let Some(mut pipe) = child.stdin.take() {
        let stdin = ids.iter().find(|id| files.name(**id) == "<stdin>");
        // A program that refuses the first file does not read the rest.
        let _ = pipe.write_all(stdin.map_or(&[], |id| files.text(*id)));
    }
    let output = child.wait_with_output().with_context(|| format!("cannot run {path}"))?;
    let text = [output.stdout, output.stderr].concat();
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The messages of HAProxy 2.0 and later: `[ALERT]    (12345) : config : parsing [haproxy.cfg:12] : …`.
pub fn read(text: &str, files: &Files, ids: &[FileId]) -> Vec<Finding> {
    text.lines().filter_map(|line| message(line, files, ids)).collect()
}

fn message(line: &str, files: &Files, ids: &[FileId]) -> Option<Finding> {
    let (label, rest) = line.strip_prefix('[')?.split_once(']')?;
    let severity = match label {
        "ALERT" => Severity::Alert,
        "WARNING" => Severity::Warning,
        "DIAG" => Severity::Diag,
        _ => return None,
    };
    // The head ends with the number of the process; versions before 2.4 say when it was.
    let (_, rest) = rest.split_once(") : ")?;
    let rest = rest.strip_prefix("config : ").unwrap_or(rest);
    if NOISE.iter().any(|noise| rest.to_lowercase().starts_with(noise)) {
        return None;
    }
    let (span, text) = match place(rest, files, ids) {
        Some((span, text)) => (Some(span), text),
        None => (None, rest),
    };
    let text = text.trim_start_matches([' ', ':']).trim_end();
    let help = "correct the line; the keyword's entry in the configuration manual has its form";
    let said = match span {
        Some(span) => Diagnostic::new(severity, "haproxy", span, text),
        None => Diagnostic::global(severity, "haproxy", text),
    };
    Some(Finding::new(said.help(help), Confidence::High))
}

/// What it says about having said something.
const NOISE: &[&str] = &["error(s) found in configuration", "fatal errors found", "configuration file is valid"];

/// The line that a message names in brackets, and what follows.
fn place<'t>(text: &'t str, files: &Files, ids: &[FileId]) -> Option<(Span, &'t str)> {
    let head = ["parsing ", "Parsing ", ""].into_iter().find_map(|word| text.strip_prefix(word)?.strip_prefix('['))?;
    let (place, rest) = head.split_once(']')?;
    let (name, line) = place.rsplit_once(':')?;
    let name = if name == "/dev/stdin" { "<stdin>" } else { name };
    let id = ids.iter().find(|id| files.name(**id) == name)?;
    let line: usize = line.parse().ok()?;
    Some((line_span(files, *id, line), rest))
}

/// A line without the blanks around it.
fn line_span(files: &Files, id: FileId, line: usize) -> Span {
    let text = files.text(id);
    let start = text.split_inclusive(|b| *b == b'\n').take(line.saturating_sub(1)).map(<[u8]>::len).sum::<usize>();
    let body = files.line(id, line);
    let blanks = body.iter().take_while(|b| b.is_ascii_whitespace()).count();
    Span::new(id, start + blanks, start + blanks + body.trim_ascii().len())
}

/// Whether a finding of ours tells the same: of the same line, or in the same words. Versions differ in words and in what
/// they find grave, hardly in the line.
fn is_same(ours: &Finding, said: &Finding, files: &Files) -> bool {
    if ours.code == "haproxy" || crate::rules::find(ours.code).is_some() {
        return false;
    }
    match (ours.span, said.span) {
        (Some(a), Some(b)) => a.file == b.file && files.place(a).line == files.place(b).line,
        _ => {
            let start = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).take(40).collect::<String>();
            start(&ours.message) == start(&said.message)
        }
    }
}
