//! A cursor over the words of one line, and the findings that parsers of keywords make.

use crate::{
    facts::Place,
    host::Host,
    row::{Dictionary, Entry, Found, Support},
};
use sample::{
    Expr, Parse, Places, VarNames,
    format::{Format, Usage},
};
use source::{Diagnostic, Diagnostics, Form, Severity, Span, Word};

/// What lowering carries from line to line.
pub struct Cx<'c> {
    pub host: &'c dyn Host,
    pub diagnostics: Diagnostics,
    pub vars: VarNames,
    pub place: Place,
    /// Name of the proxy that the line belongs to; empty for anonymous `defaults`.
    pub proxy: Vec<u8>,
    /// `expose-experimental-directives`.
    pub experimental: bool,
    /// `tune.stick-counters`.
    pub stick_counters: usize,
    /// Sections of type `http-errors`, by name: raw messages by status.
    pub http_errors: rules::parse::HttpErrors,
    /// `unix-bind`, the parameters that unix sockets start with.
    pub unix_bind: crate::keyword::bind::UnixAccess,
    /// `unix-bind prefix`.
    pub unix_prefix: Vec<u8>,
}

impl std::fmt::Debug for Cx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cx").field("place", &self.place).finish_non_exhaustive()
    }
}

/// What stands in front of a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    Default,
    No,
    Yes,
}

/// One line, read from left to right.
#[derive(Debug)]
pub struct Line<'l, 'c> {
    pub cx: &'l mut Cx<'c>,
    /// The keyword as its row has it: `timeout client`.
    pub name: &'static str,
    pub polarity: Polarity,
    /// Put in front of every message: `'server b/s' : `.
    pub prefix: String,
    /// How HAProxy shows the place of what is said of this line.
    pub form: Form,
    /// The keyword's words, and what follows them.
    keyword: &'l [Word],
    args: &'l [Word],
    at: usize,
}

impl<'l, 'c> Line<'l, 'c> {
    /// `taken` of the words belong to the keyword.
    pub fn new(cx: &'l mut Cx<'c>, name: &'static str, words: &'l [Word], taken: usize) -> Line<'l, 'c> {
        let (keyword, args) = words.split_at(taken.min(words.len()));
        Line { cx, name, polarity: Polarity::Yes, prefix: String::new(), form: Form::default(), keyword, args, at: 0 }
    }

    /// From the first word of the keyword to the last of the line.
    pub fn span(&self) -> Span {
        let last = self.args.last().or(self.keyword.last()).map_or(Span::default(), |w| w.span);
        self.keyword_span().to(last)
    }

    pub fn keyword_span(&self) -> Span {
        match (self.keyword.first(), self.keyword.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => self.args.first().map_or(Span::default(), |w| w.span),
        }
    }

    /// The last word of the keyword, with what is glued to it.
    pub fn keyword(&self) -> &'l [Word] {
        self.keyword
    }

    pub fn peek(&self) -> Option<&'l Word> {
        self.args.get(self.at)
    }

    /// The next argument.
    pub fn word(&mut self) -> Option<&'l Word> {
        let word = self.args.get(self.at)?;
        self.at += 1;
        Some(word)
    }

    /// The word that was read last.
    pub fn word_before(&self) -> Option<&'l Word> {
        self.at.checked_sub(1).and_then(|at| self.args.get(at))
    }

    /// The next argument, or the finding that it is missing.
    pub fn need(&mut self, message: &str) -> Option<&'l Word> {
        match self.word() {
            Some(word) => Some(word),
            None => self.fail("missing-argument", message),
        }
    }

    /// Takes the next argument if it is this one.
    pub fn take(&mut self, text: &str) -> bool {
        let found = self.peek().is_some_and(|word| word.is(text));
        self.at += usize::from(found);
        found
    }

    /// All arguments that are left.
    pub fn rest(&mut self) -> &'l [Word] {
        let rest = self.args.get(self.at..).unwrap_or(&[]);
        self.at = self.args.len();
        rest
    }

    /// The finding that an argument is left over, if one is.
    pub fn end(&mut self) -> Option<()> {
        let Some(extra) = self.peek() else { return Some(()) };
        let message = format!("'{}' cannot handle unexpected argument '{}'.", self.name, extra.show());
        self.alert("unexpected-argument", extra.span, message, "remove what follows, or quote it");
        None
    }

    /// The span of the argument read last, or of the keyword where there is none.
    pub fn here(&self) -> Span {
        let last = self.at.checked_sub(1).and_then(|at| self.args.get(at));
        last.map_or(self.keyword_span(), |word| word.span)
    }

    /// Reports an alert about the argument read last.
    pub fn fail<T>(&mut self, code: &'static str, message: impl Into<String>) -> Option<T> {
        let message = format!("{}{}", self.prefix, message.into());
        self.cx.diagnostics.push(Diagnostic::alert(code, self.here(), message).form(self.form));
        None
    }

    pub fn alert(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: &str) {
        let message = format!("{}{}", self.prefix, message.into());
        self.cx.diagnostics.push(Diagnostic::alert(code, span, message).help(help).form(self.form));
    }

    pub fn warn(&mut self, code: &'static str, message: impl Into<String>, help: &str) {
        let finding = Diagnostic::warning(code, self.here(), message).help(help);
        self.cx.diagnostics.push(finding);
    }

    /// An expression that is evaluated at these places.
    pub fn expr(&mut self, word: &Word, places: Places) -> Option<Expr> {
        Expr::parse(word.bytes(), word.span, &mut self.parse(places))
    }

    /// A format that is rendered at these places.
    pub fn format(&mut self, usage: Usage, word: &Word, places: Places) -> Option<Format> {
        Format::parse_as(usage, word.bytes(), word.span, &mut self.parse(places))
    }

    fn parse(&mut self, places: Places) -> Parse<'_> {
        Parse { diagnostics: &mut self.cx.diagnostics, vars: &mut self.cx.vars, places }
    }

    /// Reads parameters, one after the other, until the line ends.
    pub fn params<T>(&mut self, dictionary: &Dictionary<T>, target: &mut T) -> Option<()> {
        let mut good = true;
        while let Some(word) = self.peek() {
            match dictionary.find(self.args.get(self.at..).unwrap_or(&[])) {
                Found::Entry(entry, taken) => good &= self.param(entry, taken, target).is_some(),
                Found::Member | Found::Unknown => {
                    let near = dictionary.nearest(word.bytes());
                    let maybe = near.map(|n| format!("; did you mean '{n}' maybe ?")).unwrap_or_default();
                    let message = format!("{}unknown keyword '{}'{maybe}", self.unknown_prefix(), word.show());
                    let finding = Diagnostic::alert("unknown-parameter", word.span, message);
                    self.cx.diagnostics.push(finding.help("see the manual, section 5").form(self.form));
                    return None;
                }
            }
        }
        good.then_some(())
    }

    /// HAProxy leaves a blank out in front of what it says of unknown words of `bind`.
    fn unknown_prefix(&self) -> String {
        match self.prefix.strip_suffix(" : ").filter(|_| self.prefix.contains("in section")) {
            Some(prefix) => format!("{prefix}: "),
            None => self.prefix.clone(),
        }
    }

    fn param<T>(&mut self, entry: &Entry<T>, taken: usize, target: &mut T) -> Option<()> {
        let name = std::mem::replace(&mut self.name, entry.row.words);
        self.at += taken;
        let done = match (entry.row.support, entry.row.run) {
            (support, Some(run)) => {
                if support == Support::Parsed {
                    self.not_obeyed(entry.row.words);
                }
                run(self, target)
            }
            (support, None) => {
                if support == Support::Refused {
                    self.not_supported::<()>(entry.row.words);
                } else {
                    self.not_obeyed(entry.row.words);
                }
                let skip = entry.fact.args != "-" && self.word().is_none();
                if skip { self.fail("missing-argument", format!("'{}' : missing value", self.name)) } else { Some(()) }
            }
        };
        self.name = name;
        done
    }

    /// Says that a word is understood but not obeyed.
    pub fn not_obeyed(&mut self, what: &str) {
        let finding = not_obeyed(self.here(), what);
        self.cx.diagnostics.push(finding);
    }

    /// Says that a word is known but refused.
    pub fn not_supported<T>(&mut self, what: &str) -> Option<T> {
        let finding = not_supported(self.here(), what);
        self.cx.diagnostics.push(finding);
        None
    }
}

/// A tuning knob that is ignored.
pub fn not_obeyed(span: Span, what: &str) -> Diagnostic {
    let help = "it tunes, but does not change who gets in, where traffic goes or what is answered; remove it to \
                silence this warning";
    Diagnostic::warning("not-obeyed", span, format!("'{what}' is understood but not obeyed by evenkeel yet")).help(help)
}

/// A word without which the configuration would mean something else.
pub fn not_supported(span: Span, what: &str) -> Diagnostic {
    let help = "ignoring it would change who gets in, where traffic goes or what is answered; remove it, or run this \
                configuration with haproxy";
    Diagnostic::new(Severity::Alert, "not-supported", span, format!("'{what}' is not supported by evenkeel yet"))
        .help(help)
}
