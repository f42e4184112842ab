//! A finding about a configuration: what is wrong, where, and the remedy.

use crate::Span;

/// How grave a finding is, in HAProxy's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Shown with `-dD` only: nothing is wrong for HAProxy, but a person may have meant something else.
    Diag,
    Notice,
    Warning,
    /// The configuration is refused.
    Alert,
}

/// Where HAProxy's own form of a message puts the place, see [`crate::render::haproxy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Form {
    /// `parsing [file:line]: message at position N:`, the line and a caret: faults within the text of a line.
    Excerpt,
    /// `parsing [file:line]: message`: what the reader of lines says.
    Line,
    /// `[file:line] : message`, without a verb: what is said of an object, such as a server.
    Object,
    /// `parsing [file:line] : message`: what the parser of a keyword says.
    #[default]
    Parsing,
    /// `message`, without a place: what is said of a whole proxy or of the whole configuration.
    Plain,
    /// `Parsing [file:line]: message`: what the parser of a section's opening line says.
    Section,
}

/// One finding. `code` is a stable name in kebab-case that a person can look up or silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: &'static str,
    pub severity: Severity,
    pub span: Option<Span>,
    /// What is wrong, in one sentence without a final full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Other places that explain the finding, each with a few words.
    pub related: Vec<(Span, String)>,
    pub form: Form,
}

impl Diagnostic {
    pub fn new(severity: Severity, code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity,
            span: Some(span),
            message: message.into(),
            help: None,
            related: Vec::new(),
            form: Form::default(),
        }
    }

    pub fn alert(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Alert, code, span, message)
    }

    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, code, span, message)
    }

    /// A finding about the whole configuration, with no place of its own.
    pub fn global(severity: Severity, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity,
            span: None,
            message: message.into(),
            help: None,
            related: Vec::new(),
            form: Form::default(),
        }
    }

    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    pub fn form(mut self, form: Form) -> Diagnostic {
        self.form = form;
        self
    }

    pub fn related(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.related.push((span, text.into()));
        self
    }
}

/// Findings in the order in which they were made.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether any finding refuses the configuration.
    pub fn fatal(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Alert)
    }

    pub fn extend(&mut self, other: Diagnostics) {
        self.list.extend(other.list);
    }

    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.list
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}
