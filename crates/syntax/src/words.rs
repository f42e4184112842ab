//! Raw words to words: quotes and escapes resolved, variables expanded (manual, sections 2.2 and 2.3).

use crate::World;
use crate::lex::{Fault, Part, PartKind, Piece, PieceKind, Variable};
use source::{Diagnostic, Form, Span, Word};

/// Where a line stands, for spans and for the pseudo-variables.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The span of the line without its end.
    pub(crate) span: Span,
    /// `.FILE`
    pub(crate) file: &'a str,
    /// `.LINE`
    pub(crate) line: usize,
    /// `.SECTION`
    pub(crate) section: &'a [u8],
}

impl Context<'_> {
    /// The span of a range of the line's bytes.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        let base = self.span.start as usize;
        Span::new(self.span.file, base + start, base + end)
    }
}

/// The position of a place within its line, as HAProxy counts it: from 1.
pub(crate) fn position(line: Span, place: Span) -> u32 {
    place.start - line.start + 1
}

/// A word, and the place that a message about its emptiness names.
#[derive(Debug)]
pub(crate) struct Cooked {
    pub(crate) word: Word,
    pub(crate) blame: Span,
}

/// What one line's text says.
#[derive(Debug, Default)]
pub(crate) struct Cooking {
    pub(crate) words: Vec<Cooked>,
    pub(crate) findings: Vec<Diagnostic>,
    /// The first fault that keeps HAProxy from reading the line. An unmatched quote is noticed last, at the line's end.
    pub(crate) fault: Option<(Fault, Diagnostic)>,
}

/// The words of one line and the faults of its text.
pub(crate) fn words(pieces: &[Piece<'_>], context: &Context<'_>, world: &dyn World) -> Cooking {
    let mut out = Cooking::default();
    let mut at = 0;
    for piece in pieces {
        match &piece.kind {
            PieceKind::Word(parts) => Cook::new(context, world, at, &mut out).word(parts),
            PieceKind::Stray => out.findings.extend(stray(piece.raw, at, context)),
            PieceKind::Comment => out.findings.extend(nul(piece.raw, at, context)),
            PieceKind::Blank => {}
        }
        at += piece.raw.len();
    }
    out
}

/// The work on one raw word. A list variable may make several words of it, or none.
struct Cook<'a> {
    context: &'a Context<'a>,
    world: &'a dyn World,
    /// Offset in the line of the part at hand.
    at: usize,
    start: usize,
    text: Vec<u8>,
    blame: Option<Span>,
    cooked: bool,
    listed: bool,
    out: &'a mut Cooking,
}

impl<'a> Cook<'a> {
    fn new(context: &'a Context<'a>, world: &'a dyn World, start: usize, out: &'a mut Cooking) -> Cook<'a> {
        let (text, blame) = (Vec::new(), None);
        Cook { context, world, at: start, start, text, blame, cooked: false, listed: false, out }
    }

    fn word(mut self, parts: &[Part<'_>]) {
        let first = self.out.words.len();
        for part in parts {
            self.part(part);
            self.at += part.raw.len();
        }
        if !self.text.is_empty() || !self.listed {
            self.end_word();
        }
        let span = self.context.span(self.start, self.at);
        for cooked in self.out.words.iter_mut().skip(first) {
            cooked.word.span = span;
        }
    }

    fn part(&mut self, part: &Part<'_>) {
        self.cooked |= part.kind != PartKind::Text;
        match part.kind {
            PartKind::Byte(byte) => self.text.push(byte),
            PartKind::Fault(fault) => self.fault(fault, part.raw.len()),
            PartKind::Quote => {}
            PartKind::Text => self.text.extend(part.raw),
            PartKind::Variable(variable) => self.variable(&variable, part.raw),
        }
    }

    fn variable(&mut self, variable: &Variable<'_>, raw: &[u8]) {
        let name = self.at + if raw.starts_with(b"${") { 2 } else { 1 };
        self.blame = Some(self.context.span(name, name + variable.name.len()));
        let value = self.value(variable);
        if !variable.list {
            return self.text.extend(value);
        }
        self.listed = true;
        for byte in value {
            if byte != b' ' {
                self.text.push(byte);
            } else if !self.text.is_empty() {
                self.end_word();
            }
        }
    }

    fn value(&self, variable: &Variable<'_>) -> Vec<u8> {
        let value = match variable.name {
            b".FILE" => Some(self.context.file.as_bytes().to_vec()),
            b".LINE" => Some(self.context.line.to_string().into_bytes()),
            b".SECTION" => Some(self.context.section.to_vec()),
            name => std::str::from_utf8(name).ok().and_then(|name| self.world.env(name)),
        };
        value.or(variable.default.map(<[u8]>::to_vec)).unwrap_or_default()
    }

    /// Ends the word at hand. A NUL ends the value, as everywhere in HAProxy.
    fn end_word(&mut self) {
        let mut text = std::mem::take(&mut self.text);
        let here = self.context.span(self.start, self.at.max(self.start + 1));
        if let Some(nul) = text.iter().position(|b| *b == 0) {
            text.truncate(nul);
            let help = "remove the NUL: HAProxy ends a word there";
            self.out.findings.push(Diagnostic::warning("nul-in-word", here, "NUL cuts the word short").help(help));
        }
        let word = Word { text, span: here, cooked: self.cooked };
        self.out.words.push(Cooked { word, blame: self.blame.unwrap_or(here) });
    }

    fn fault(&mut self, fault: Fault, len: usize) {
        let at = self.at + fault.offset(len);
        let span = self.context.span(at, at + 1);
        let (first, rest) = fault.title().split_at(1);
        let message = format!("{}{rest} at position {}", first.to_lowercase(), position(self.context.span, span));
        let finding = Diagnostic::alert(fault.code(), span, message).help(fault.help()).form(Form::Excerpt);
        if self.out.fault.as_ref().is_none_or(|(first, _)| *first == Fault::Quote) {
            self.out.fault = Some((fault, finding));
        }
    }
}

/// What is said of bytes behind the end of a line.
fn stray(raw: &[u8], at: usize, context: &Context<'_>) -> Option<Diagnostic> {
    let span = context.span(at, at + raw.len());
    let found = nul(raw, at, context);
    let text = raw.iter().any(|b| !matches!(b, b'\r' | b' ' | b'\t'));
    let help = "end lines with a line feed, alone or behind a carriage return";
    found.or_else(|| {
        text.then(|| {
            let message = "text behind a carriage return is not read";
            Diagnostic::warning("stray-carriage-return", span, message).help(help).form(Form::Line)
        })
    })
}

fn nul(raw: &[u8], at: usize, context: &Context<'_>) -> Option<Diagnostic> {
    let at = at + raw.iter().position(|b| *b == 0)?;
    let span = context.span(at, at + 1);
    let message = format!("Stray NUL character at position {}.", position(context.span, span));
    let help = "remove the NUL: this is not a text file, or it was damaged";
    Some(Diagnostic::alert("stray-nul", span, message).help(help).form(Form::Line))
}
