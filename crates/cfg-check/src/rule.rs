//! What a rule is, what a finding is, and where findings go.

use crate::view::View;
use source::{Diagnostic, Severity, Span};
use std::ops::Deref;
use syntax::Edit;

/// A fault that HAProxy is silent about. Its text is that of its file: the `//!` lines tell what it does, why it
/// matters, an example and the fix.
#[derive(Debug)]
pub struct Rule {
    /// Its public name, in kebab-case; the file's name in snake_case.
    pub name: &'static str,
    pub group: Group,
    /// The narrowest profile that it is a part of.
    pub profile: Profile,
    pub severity: Severity,
    pub confidence: Confidence,
    /// The source text of the rule's own file.
    pub source: &'static str,
    pub check: fn(&View<'_>, &mut Findings),
}

/// What a finding is about, for those who want to see a part of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// What HAProxy itself says.
    Parity,
    /// What does something else than the writer meant.
    Semantic,
    /// What lets somebody in or something out.
    Security,
    /// What another version of HAProxy takes for something else.
    Upgrade,
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// Faults, as far as a file alone can show them.
    Default,
    /// Also what is sound in some places and a mistake in others.
    Strict,
    /// Everything, matters of taste included.
    All,
    /// The rules of the group `security`, whatever their profile, and what HAProxy itself says.
    Security,
}

/// How sure a finding is to be a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// A habit of those who made the fault, and of others.
    Low,
    /// Depends on what the writer meant, or on what is not in the file.
    Medium,
    High,
}

/// Each group, profile and confidence by its name.
pub const GROUPS: &[(&str, Group)] = &[
    ("parity", Group::Parity),
    ("semantic", Group::Semantic),
    ("security", Group::Security),
    ("upgrade", Group::Upgrade),
];
pub const PROFILES: &[(&str, Profile)] = &[
    ("default", Profile::Default),
    ("strict", Profile::Strict),
    ("security", Profile::Security),
    ("all", Profile::All),
];
pub const CONFIDENCES: &[(&str, Confidence)] =
    &[("low", Confidence::Low), ("medium", Confidence::Medium), ("high", Confidence::High)];

/// The name of a value in one of these lists.
pub fn name_of<T: PartialEq>(list: &[(&'static str, T)], value: &T) -> &'static str {
    list.iter().find(|(_, known)| known == value).map_or("", |(name, _)| name)
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

/// A diagnostic, how sure it is, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub diagnostic: Diagnostic,
    pub confidence: Confidence,
    pub fix: Option<Fix>,
}

/// Edits that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    pub message: String,
    /// Whether the configuration means the same afterwards. What a fault made of the configuration may be what runs in
    /// production, so a fix that changes it is not safe.
    pub safe: bool,
    pub edits: Vec<Edit>,
}

impl Fix {
    pub fn safe(message: impl Into<String>, edits: Vec<Edit>) -> Fix {
        Fix { message: message.into(), safe: true, edits }
    }

    pub fn unsafe_(message: impl Into<String>, edits: Vec<Edit>) -> Fix {
        Fix { message: message.into(), safe: false, edits }
    }
}

/// These bytes in place of those under the span.
pub fn replace(span: Span, text: impl Into<Vec<u8>>) -> Edit {
    Edit { span, text: text.into() }
}

/// These bytes behind the span.
pub fn append(span: Span, text: impl Into<Vec<u8>>) -> Edit {
    replace(Span { start: span.end, ..span }, text)
}

impl Finding {
    pub fn new(diagnostic: Diagnostic, confidence: Confidence) -> Finding {
        Finding { diagnostic, confidence, fix: None }
    }
}

impl Deref for Finding {
    type Target = Diagnostic;

    fn deref(&self) -> &Diagnostic {
        &self.diagnostic
    }
}

/// The findings of one rule.
#[derive(Debug)]
pub struct Findings {
    code: &'static str,
    severity: Severity,
    confidence: Confidence,
    pub(crate) list: Vec<Finding>,
}

impl Findings {
    pub(crate) fn new(rule: &Rule) -> Findings {
        Findings { code: rule.name, severity: rule.severity, confidence: rule.confidence, list: Vec::new() }
    }

    /// What is wrong, in one sentence without a full stop, and the remedy.
    pub fn push(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        let diagnostic = Diagnostic::new(self.severity, self.code, span, message).help(help);
        self.list.push(Finding::new(diagnostic, self.confidence));
    }

    /// The same, with another place that explains it.
    pub fn push_with(&mut self, span: Span, message: String, help: impl Into<String>, place: Span, why: &str) {
        self.push(span, message, help);
        if let Some(last) = self.list.last_mut() {
            last.diagnostic.related.push((place, why.into()));
        }
    }

    /// What would mend the finding that was made last.
    pub fn fix(&mut self, fix: Fix) {
        if let Some(last) = self.list.last_mut() {
            last.fix = Some(fix);
        }
    }
}
