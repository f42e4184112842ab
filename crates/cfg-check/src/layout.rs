//! A file laid out anew: sections at the margin, their lines indented, single blanks between words.
//!
//! Words and comments are kept byte for byte, and so is every line whose text HAProxy does not read to its end.

use config::facts;
use source::{FileId, Files};
use syntax::{Token, TokenKind, document};

const INDENT: &[u8] = b"    ";

/// The text of a file in its layout. Laid out once more it stays the same.
pub fn layout(files: &Files, id: FileId) -> Vec<u8> {
    let text = files.text(id);
    let doc = document(text, id);
    let lines = lines(files, &doc.tokens);
    let mut out = Out::default();
    for (at, line) in lines.iter().enumerate() {
        match line.kind {
            Kind::Blank => out.blank = true,
            Kind::Section => out.section(&line.text),
            Kind::Comment => {
                // At the margin in front of a section a comment is the section's own.
                let next = lines.iter().skip(at).find(|line| !matches!(line.kind, Kind::Blank | Kind::Comment));
                let opens = next.is_none_or(|next| next.kind == Kind::Section);
                let own = line.at_margin && opens || !out.in_section;
                out.line(if own { b"" } else { INDENT }, &line.text);
            }
            Kind::Block => out.line(if line.at_margin || !out.in_section { b"" } else { INDENT }, &line.text),
            Kind::Other => out.line(if out.in_section { INDENT } else { b"" }, &line.text),
            Kind::Faulty => out.line(b"", &line.text),
        }
        out.after_comment = line.kind == Kind::Comment && line.at_margin;
    }
    let laid = out.text;
    if same(files, id, &laid) { laid } else { text.to_vec() }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    /// `.if` and its sisters.
    Block,
    Comment,
    /// Something in it is not read: it stays as it is.
    Faulty,
    Other,
    Section,
}

struct Line {
    kind: Kind,
    at_margin: bool,
    text: Vec<u8>,
}

/// The lines of a file, each with single blanks between its words and without blanks at its ends.
fn lines(files: &Files, tokens: &[Token]) -> Vec<Line> {
    let is_feed = |token: &Token| token.kind == TokenKind::Newline;
    tokens.split_inclusive(is_feed).map(|tokens| line(files, tokens)).collect()
}

fn line(files: &Files, tokens: &[Token]) -> Line {
    let raw = |token: &Token| files.slice(token.span);
    let body: Vec<&Token> = tokens.iter().filter(|token| token.kind != TokenKind::Newline).collect();
    let parts: Vec<&[u8]> =
        body.iter().filter(|token| token.kind != TokenKind::Blank).map(|token| raw(token)).collect();
    let first = body.iter().find(|token| token.kind != TokenKind::Blank);
    let at_margin = body.first().is_some_and(|token| token.kind != TokenKind::Blank);
    let kind = match first {
        None => Kind::Blank,
        _ if body.iter().any(|token| token.kind == TokenKind::Stray) => Kind::Faulty,
        Some(token) if token.kind == TokenKind::Comment => Kind::Comment,
        Some(token) if raw(token).starts_with(b".") => Kind::Block,
        Some(token) if is_section(raw(token)) => Kind::Section,
        Some(_) => Kind::Other,
    };
    let text = match kind {
        Kind::Faulty => body.iter().map(|token| raw(token)).collect::<Vec<_>>().concat(),
        _ => parts.join(&b' '),
    };
    Line { kind, at_margin, text }
}

fn is_section(word: &[u8]) -> bool {
    facts::SECTIONS.iter().any(|fact| fact.word == "(section)" && fact.section.as_bytes() == word)
}

#[derive(Default)]
struct Out {
    text: Vec<u8>,
    /// Whether a blank line is due.
    blank: bool,
    in_section: bool,
    /// Whether the line before is a comment at the margin.
    after_comment: bool,
}

impl Out {
    fn line(&mut self, indent: &[u8], text: &[u8]) {
        if self.blank && !self.text.is_empty() {
            self.text.push(b'\n');
        }
        self.blank = false;
        self.text.extend_from_slice(indent);
        self.text.extend_from_slice(text);
        self.text.push(b'\n');
    }

    /// A section has a blank line in front, or its comment does.
    fn section(&mut self, text: &[u8]) {
        self.blank |= self.in_section && !self.after_comment;
        self.line(b"", text);
        self.in_section = true;
    }
}

/// Whether two texts have the same words and comments, line by line.
fn same(files: &Files, id: FileId, laid: &[u8]) -> bool {
    let (old, new) = (document(files.text(id), id), document(laid, id));
    let mut anew = Files::default();
    let other = anew.add("", laid);
    let texts = |files: &Files, id: FileId, tokens: &[Token]| {
        let mut out: Vec<Vec<u8>> = Vec::new();
        for token in tokens.iter().filter(|token| !matches!(token.kind, TokenKind::Blank)) {
            let feed = token.kind == TokenKind::Newline;
            // Blank lines say nothing, and the last line may lack its end.
            if !feed {
                out.push(files.slice(source::Span { file: id, ..token.span }).to_vec());
            } else if out.last().is_some_and(|last| last != b"\n") {
                out.push(b"\n".to_vec());
            }
        }
        if out.last().is_some_and(|last| last == b"\n") {
            out.pop();
        }
        out
    };
    texts(files, id, &old.tokens) == texts(&anew, other, &new.tokens)
}

#[cfg(test)]
mod tests {
    use source::Files;

    fn laid(text: &[u8]) -> Vec<u8> {
        let mut files = Files::default();
        let id = files.add("a.cfg", text);
        super::layout(&files, id)
    }

    fn check(text: &str, want: &str) {
        let once = laid(text.as_bytes());
        assert_eq!(String::from_utf8_lossy(&once), want);
        assert_eq!(laid(&once), once, "a second time it stays the same");
    }

    #[test]
    fn words_and_comments_stay() {
        check("global\nmaxconn\t10   # many\n\n\n\n  daemon  \n", "global\n    maxconn 10 # many\n\n    daemon\n");
        check("frontend f\n  bind   :80\nbackend b\n", "frontend f\n    bind :80\n\nbackend b\n");
        check(
            "# a\n#b\n\nglobal\n# c\n    # d\n daemon\n# e\nlisten  l\n# f",
            "# a\n#b\n\nglobal\n    # c\n    # d\n    daemon\n# e\nlisten l\n# f\n",
        );
        check(" a 'b  c'  d\\ \\ e \"f  #\"\n", "a 'b  c' d\\ \\ e \"f  #\"\n");
        check("global\n.if  defined(A)\n  .notice  x\n.endif\n", "global\n.if defined(A)\n    .notice x\n.endif\n");
        check("global\r\n daemon\r\n", "global\n    daemon\n");
        check("", "");
    }

    #[test]
    fn what_is_not_read_is_not_touched() {
        let text = b"global\n  a   b\rc  d\n";
        assert_eq!(laid(text), b"global\n  a   b\rc  d\n");
    }
}
