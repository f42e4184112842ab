//! What a rule is, and where its findings go.

use crate::view::View;
use source::{Diagnostic, Severity, Span};

/// A fault that HAProxy is silent about. Its text is that of its file: the `//!` lines tell what it does, why it
/// matters, an example and the fix.
#[derive(Debug)]
pub struct Rule {
    /// Its public name, in kebab-case; the file's name in snake_case.
    pub name: &'static str,
    pub severity: Severity,
    pub confidence: Confidence,
    /// The source text of the rule's own file.
    pub source: &'static str,
    pub check: fn(&View<'_>, &mut Findings),
}

/// How sure a finding is to be a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Depends on what the writer meant, or on what is not in the file.
    Medium,
    High,
}

impl Rule {
    pub fn title(&self) -> &'static str {
        self.doc().next().unwrap_or("").trim_end_matches('.')
    }

    /// The lines of its text, without the marks of a comment.
    pub fn doc(&self) -> impl Iterator<Item = &'static str> {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line))
    }
}

/// The findings of one rule.
#[derive(Debug)]
pub struct Findings {
    code: &'static str,
    severity: Severity,
    pub(crate) list: Vec<Diagnostic>,
}

impl Findings {
    pub(crate) fn new(rule: &Rule) -> Findings {
        Findings { code: rule.name, severity: rule.severity, list: Vec::new() }
    }

    /// What is wrong, in one sentence without a full stop, and the remedy.
    pub fn push(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.list.push(Diagnostic::new(self.severity, self.code, span, message).help(help));
    }

    /// The same, with another place that explains it.
    pub fn push_with(&mut self, span: Span, message: String, help: impl Into<String>, place: Span, why: &str) {
        self.push(span, message, help);
        if let Some(last) = self.list.last_mut() {
            last.related.push((place, why.into()));
        }
    }
}
