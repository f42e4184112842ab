//! A text that is open in the editor, read and judged.

use super::position;
use crate::{Finding, Offline, Settings, catalogue::level, check, choose, view::Line, view::View};
use config::{Config, Options};
use serde_json::{Value, json};
use source::{FileId, Files, Span, Word};
use syntax::{Directive, Section};

#[derive(Debug)]
pub(super) struct Document {
    pub(super) uri: String,
    pub(super) version: Value,
    pub(super) files: Files,
    pub(super) id: FileId,
    pub(super) sections: Vec<Section>,
    config: Config,
    /// `None` as long as it was not judged.
    pub(super) found: Option<Vec<Finding>>,
}

impl Document {
    pub(super) fn new(uri: &str, version: Value, text: &str) -> Document {
        let mut files = Files::default();
        let id = files.add(uri, text.as_bytes());
        let host = Offline::new(&files, &[id]);
        let parsed = config::parse(&files, &[id], &host);
        let sections = parsed.sections.clone();
        let (config, _) = config::lower(&files, parsed, &host, Options { strict_modes: true });
        Document { uri: uri.into(), version, files, id, sections, config, found: None }
    }

    pub(super) fn view(&self) -> View<'_> {
        View::new(&self.files, &self.sections, &self.config)
    }

    pub(super) fn judge(&mut self, settings: &Settings) {
        let ids = [self.id];
        self.found = Some(choose(&self.files, &ids, check(&self.files, &ids), settings));
    }

    /// The findings as the editor takes them.
    pub(super) fn diagnostics(&self) -> Value {
        let found = self.found.iter().flatten();
        let note = json!({
            "uri": self.uri,
            "version": self.version,
            "diagnostics": found.map(|finding| self.diagnostic(finding)).collect::<Vec<_>>(),
        });
        json!({ "jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": note })
    }

    pub(super) fn diagnostic(&self, finding: &Finding) -> Value {
        let severity = match level(finding.severity) {
            "error" => 1,
            "warning" => 2,
            _ => 3,
        };
        let span = finding.span.unwrap_or(Span { file: self.id, start: 0, end: 0 });
        let help = finding.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
        let related =
            finding.related.iter().map(|(span, why)| json!({ "location": self.location(*span), "message": why }));
        json!({
            "range": position::range(&self.files, span),
            "severity": severity,
            "code": finding.code,
            "source": "cfg-check",
            "message": format!("{}{help}", finding.message),
            "relatedInformation": related.collect::<Vec<_>>(),
        })
    }

    pub(super) fn location(&self, span: Span) -> Value {
        json!({ "uri": self.uri, "range": position::range(&self.files, span) })
    }

    pub(super) fn offset(&self, params: &Value) -> u32 {
        position::offset(&self.files, self.id, &params["position"])
    }

    /// The section that a byte belongs to.
    pub(super) fn section(&self, offset: u32) -> Option<&Section> {
        self.sections.iter().rfind(|section| section.header.span.start <= offset)
    }

    /// The line that a byte stands in, with its section; a section's opening line is one.
    pub(super) fn line(&self, offset: u32) -> Option<(&Section, &Directive)> {
        let section = self.section(offset)?;
        let mut lines = std::iter::once(&section.header).chain(&section.lines);
        let holds = |line: &&Directive| (line.span.start..=line.span.end).contains(&offset);
        lines.find(holds).map(|line| (section, line))
    }

    /// The word under a byte, its number in the line, and the line.
    pub(super) fn word(&self, offset: u32) -> Option<(&Section, Line<'_>, usize, &Word)> {
        let (section, line) = self.line(offset)?;
        let line = Line::of(line);
        let holds = |word: &Word| (word.span.start..=word.span.end).contains(&offset);
        let at = line.words.iter().position(holds)?;
        Some((section, line, at, line.words.get(at)?))
    }
}
