//! A file as tokens that cover every byte, for tools that point into a file or change it.

use crate::lex::{self, PieceKind};
use source::{FileId, Span};

/// A file cut into tokens. Any bytes make a document, and printing it gives them back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub file: FileId,
    /// One after the other without gaps.
    pub tokens: Vec<Token>,
    text: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Spaces, tabs and the like between words.
    Blank,
    /// From `#` up to the end of the line.
    Comment,
    /// A line feed, and a carriage return in front of it.
    Newline,
    /// A carriage return or NUL within a line and what stands behind it, which HAProxy does not read.
    Stray,
    /// A word with its quotes and escapes.
    Word,
}

/// A change: these bytes in place of those under the span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: Vec<u8>,
}

/// Cuts a file into tokens.
pub fn document(text: &[u8], file: FileId) -> Document {
    let mut tokens = Vec::new();
    for line in Lines::new(text) {
        let mut at = line.start;
        for piece in lex::line(line.body) {
            let span = Span::new(file, at, at + piece.raw.len());
            tokens.push(Token { kind: TokenKind::of(&piece.kind), span });
            at += piece.raw.len();
        }
        if line.end > at {
            tokens.push(Token { kind: TokenKind::Newline, span: Span::new(file, at, line.end) });
        }
    }
    Document { file, tokens, text: text.to_vec() }
}

impl Document {
    /// The bytes of a token or of any other span of the file, cut to what there is.
    pub fn slice(&self, span: Span) -> &[u8] {
        let end = (span.end as usize).min(self.text.len());
        self.text.get(span.start as usize..end).unwrap_or(&[])
    }

    /// The tokens of each line, the newline included.
    pub fn lines(&self) -> impl Iterator<Item = &[Token]> {
        self.tokens.split_inclusive(|token| token.kind == TokenKind::Newline)
    }

    pub fn comments(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().filter(|token| token.kind == TokenKind::Comment)
    }

    /// The text, put together from the tokens.
    pub fn print(&self) -> Vec<u8> {
        self.tokens.iter().flat_map(|token| self.slice(token.span)).copied().collect()
    }

    /// The text with changes made. Of changes that overlap, the one that starts first is made; of two that start at the
    /// same place, the first in the list.
    pub fn edited(&self, edits: &[Edit]) -> Vec<u8> {
        let mut edits: Vec<&Edit> = edits.iter().filter(|edit| edit.span.file == self.file).collect();
        edits.sort_by_key(|edit| edit.span.start);
        let (mut out, mut at) = (Vec::with_capacity(self.text.len()), 0);
        for edit in edits {
            if edit.span.start < at || edit.span.end < edit.span.start {
                continue;
            }
            out.extend(self.slice(Span { file: self.file, start: at, end: edit.span.start }));
            out.extend(&edit.text);
            at = edit.span.end;
        }
        out.extend(self.text.get(at as usize..).unwrap_or(&[]));
        out
    }
}

impl TokenKind {
    fn of(kind: &PieceKind<'_>) -> TokenKind {
        match kind {
            PieceKind::Blank => TokenKind::Blank,
            PieceKind::Comment => TokenKind::Comment,
            PieceKind::Stray => TokenKind::Stray,
            PieceKind::Word(_) => TokenKind::Word,
        }
    }
}

/// A physical line: its text without the line's end, and the offsets in the file of both ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Physical<'a> {
    pub(crate) body: &'a [u8],
    pub(crate) start: usize,
    /// Behind the line feed.
    pub(crate) end: usize,
    pub(crate) terminated: bool,
}

/// The physical lines of a text, each with its line feed, of which the last may have none.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Lines<'a> {
        Lines { text, at: 0 }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Physical<'a>;

    fn next(&mut self) -> Option<Physical<'a>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let feed = rest.iter().position(|b| *b == b'\n');
        let line = rest.get(..feed.unwrap_or(rest.len())).unwrap_or(rest);
        let terminated = feed.is_some();
        let body = if terminated { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        let start = self.at;
        self.at += line.len() + usize::from(terminated);
        Some(Physical { body, start, end: self.at, terminated })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> String {
        let doc = document(text.as_bytes(), FileId(0));
        assert_eq!(doc.print(), text.as_bytes());
        let show = |t: &Token| format!("{:?}:{}", t.kind, String::from_utf8_lossy(doc.slice(t.span)).escape_debug());
        doc.tokens.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn tokens_cover_everything() {
        assert_eq!(kinds(" a\t'b c'#d\n"), "Blank:  Word:a Blank:\\t Word:\\'b c\\' Comment:#d Newline:\\n");
        assert_eq!(kinds("a\r\n\r\nb"), "Word:a Newline:\\r\\n Newline:\\r\\n Word:b");
        assert_eq!(kinds("a\rb c\nx\0y"), "Word:a Stray:\\rb c Newline:\\n Word:x Stray:\\0y");
        assert_eq!(kinds("\"a\\\" b"), "Word:\\\"a\\\\\\\" b");
        assert_eq!(kinds("x\\"), "Word:x\\\\");
        assert_eq!(kinds(""), "");
    }

    #[test]
    fn edits_replace_spans() {
        let doc = document(b"one two three", FileId(0));
        let edit = |start, end, text: &str| Edit { span: Span::new(FileId(0), start, end), text: text.into() };
        let edits = [edit(8, 13, "3"), edit(0, 3, "1"), edit(1, 5, "lost"), edit(13, 13, "\n"), edit(90, 99, "")];
        assert_eq!(doc.edited(&edits), b"1 two 3\n");
    }
}
