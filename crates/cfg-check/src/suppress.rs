//! Comments that silence findings.
//!
//! ```text
//! bind :80   # cfg-check: ignore=duplicate-bind -- shared on purpose
//! # cfg-check: ignore=no-log
//! frontend inner
//!     # cfg-check: ignore-section=no-timeout-http-request, no-health-check
//! # cfg-check: ignore-file=localhost-address
//! ```
//!
//! A comment behind a line concerns that line; one on a line of its own the next line that says something. `all` stands
//! for every name. A comment that silences nothing is a finding, since it hides a fault to come.

use crate::{
    rule::{Confidence, Finding, Fix, replace},
    settings::{self, Settings},
};
use config::facts;
use source::{Diagnostic, FileId, Files, Severity, Span};
use syntax::{Token, TokenKind, document};

/// One name of one comment.
#[derive(Debug)]
struct Mark {
    name: String,
    file: FileId,
    /// The lines that it concerns, both counted in; `None` for the whole file, findings without a place included.
    lines: Option<(usize, usize)>,
    /// The comment, with the blanks in front of it.
    comment: Span,
    used: bool,
}

/// The findings that no comment silences, and those about comments that silence nothing.
pub fn apply(files: &Files, ids: &[FileId], mut found: Vec<Finding>, settings: &Settings) -> Vec<Finding> {
    let mut marks: Vec<Mark> = ids.iter().flat_map(|id| marks(files, *id)).collect();
    if marks.is_empty() {
        return found;
    }
    found.retain(|finding| {
        let mut silenced = false;
        for mark in marks.iter_mut().filter(|mark| concerns(mark, finding, files)) {
            mark.used = true;
            silenced = true;
        }
        !silenced
    });
    if settings.wants("unused-suppression") {
        let unused = marks.iter().filter(|mark| !mark.used && is_judged(mark, settings));
        found.extend(unused.map(|mark| unused_finding(mark, &marks)));
    }
    found
}

fn concerns(mark: &Mark, finding: &Finding, files: &Files) -> bool {
    if mark.name != "all" && mark.name != finding.code {
        return false;
    }
    match (finding.span, mark.lines) {
        (Some(span), None) => span.file == mark.file,
        (Some(span), Some((first, last))) => {
            let line = files.place(span).line;
            span.file == mark.file && first <= line && line <= last
        }
        (None, lines) => lines.is_none(),
    }
}

/// Whether the run would have shown what the comment silences: of a rule that did not run nothing is known.
fn is_judged(mark: &Mark, settings: &Settings) -> bool {
    mark.name == "all" || settings::known(&mark.name).is_err() || settings.wants(&mark.name)
}

fn unused_finding(mark: &Mark, marks: &[Mark]) -> Finding {
    let message = match settings::known(&mark.name) {
        Ok(()) => format!("no finding of '{}' is here to be ignored", mark.name),
        Err(_) => format!("no rule has the name '{}'", mark.name),
    };
    let comment = Span { start: mark.comment.start, ..mark.comment };
    let said = Diagnostic::new(Severity::Warning, "unused-suppression", comment, message);
    let mut finding = Finding::new(said.help("remove the comment, or the name from it"), Confidence::High);
    let whole = marks.iter().filter(|other| other.comment == mark.comment).all(|other| !other.used);
    if whole {
        finding.fix = Some(Fix::safe("remove the comment", vec![replace(mark.comment, "")]));
    }
    finding
}

/// The line of text that a comment stands on or in front of, and the section around it.
struct Lines {
    /// For each line of the file whether it has words, and whether they open a section. From 1.
    kinds: Vec<(bool, bool)>,
}

impl Lines {
    fn has_words(&self, line: usize) -> bool {
        self.kinds.get(line).is_some_and(|(words, _)| *words)
    }

    /// This line, or the next one with words.
    fn next(&self, line: usize) -> usize {
        (line..self.kinds.len()).find(|line| self.has_words(*line)).unwrap_or(line)
    }

    fn section(&self, line: usize) -> (usize, usize) {
        let opens = |line: &usize| self.kinds.get(*line).is_some_and(|(_, opens)| *opens);
        let below = self.next(line);
        // In front of an opening line it means the section that the line opens.
        let first = if opens(&below) { below } else { (1..=line).rev().find(opens).unwrap_or(1) };
        let last = (first + 1..self.kinds.len()).find(opens).map_or(self.kinds.len(), |next| next - 1);
        (first, last)
    }
}

fn marks(files: &Files, id: FileId) -> Vec<Mark> {
    let text = files.text(id);
    if !text.windows(7).any(|window| window == b"ignore=" || window == b"ignore-") {
        return Vec::new();
    }
    let doc = document(text, id);
    let lines = kinds(files, &doc.tokens);
    let comments = doc.tokens.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Comment);
    let mut marks = Vec::new();
    for (at, token) in comments {
        let said = String::from_utf8_lossy(files.slice(token.span)).into_owned();
        let Some((scope, names)) = read(&said) else { continue };
        let line = files.place(token.span).line;
        let concerned = match scope {
            "ignore" => Some((lines.next(line), lines.next(line))),
            "ignore-section" => Some(lines.section(line)),
            _ => None,
        };
        let behind = lines.has_words(line);
        let blank = at.checked_sub(1).and_then(|at| doc.tokens.get(at));
        let blank = blank.filter(|token| behind && token.kind == TokenKind::Blank);
        let comment = blank.map_or(token.span, |blank| blank.span.to(token.span));
        marks.extend(names.map(|name| Mark { name, file: id, lines: concerned, comment, used: false }));
    }
    marks
}

fn kinds(files: &Files, tokens: &[Token]) -> Lines {
    let mut kinds = vec![(false, false)];
    for token in tokens.iter().filter(|token| token.kind == TokenKind::Word) {
        let line = files.place(token.span).line;
        if kinds.len() <= line {
            kinds.resize(line, (false, false));
            let word = files.slice(token.span);
            let opens = |fact: &facts::SectionWord| fact.word == "(section)" && fact.section.as_bytes() == word;
            kinds.push((true, facts::SECTIONS.iter().any(opens)));
        }
    }
    Lines { kinds }
}

/// The scope and the names of `# cfg-check: SCOPE=NAMES -- REASON`. `haproxy:` is what an editor's plugin writes.
fn read(comment: &str) -> Option<(&'static str, impl Iterator<Item = String>)> {
    let rest = comment.trim_start_matches('#').trim_start();
    let rest = rest.strip_prefix("cfg-check:").or_else(|| rest.strip_prefix("haproxy:"))?.trim_start();
    let (scope, names) = rest.split_once('=')?;
    let scope = ["ignore", "ignore-section", "ignore-file"].into_iter().find(|known| *known == scope.trim())?;
    let names = names.split("--").next().unwrap_or("").to_string();
    let names: Vec<String> =
        names.split([',', ' ', '\t']).filter(|name| !name.is_empty()).map(str::to_string).collect();
    Some((scope, names.into_iter()))
}
