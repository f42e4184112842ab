//! The grammar of formats.

use super::{Encoding, Flags, Forced, Format, Item, Usage, What, alias};
use crate::expr::{Expr, Parse};
use source::{Diagnostic, Span};

impl Format {
    /// Parses a format for a header, a path or the like. What is wrong goes to the diagnostics, and then there is no
    /// format.
    pub fn parse(word: &[u8], span: Span, cx: &mut Parse<'_>) -> Option<Format> {
        Format::parse_as(Usage::Header, word, span, cx)
    }

    /// Parses a format for any use.
    pub fn parse_as(usage: Usage, word: &[u8], span: Span, cx: &mut Parse<'_>) -> Option<Format> {
        let format = Format { usage, span, ..Format::default() };
        let mut reader = Reader { word, at: 0, format, all: Flags::default() };
        while reader.at < word.len() {
            match reader.word.get(reader.at..) {
                Some([b'%', b'%', ..]) => reader.text(2, b"%"),
                Some([b'%', ..]) => reader.item(cx)?,
                Some([b' ', ..]) if usage.merges_spaces() => reader.space(),
                Some([byte, ..]) => reader.text(1, &[*byte]),
                _ => break,
            }
        }
        Some(reader.format)
    }
}

struct Reader<'w> {
    word: &'w [u8],
    at: usize,
    format: Format,
    /// The flags that `%o` has set for what follows.
    all: Flags,
}

impl<'w> Reader<'w> {
    fn text(&mut self, len: usize, bytes: &[u8]) {
        self.at += len;
        if let Some(Item { what: What::Text(text), .. }) = self.format.items.last_mut() {
            text.extend_from_slice(bytes);
            return;
        }
        self.push(What::Text(bytes.to_vec()), Vec::new(), None, Flags::default());
    }

    fn space(&mut self) {
        self.at += 1;
        if !matches!(self.format.items.last(), Some(Item { what: What::Space, .. })) {
            self.push(What::Space, Vec::new(), None, Flags::default());
        }
    }

    fn push(&mut self, what: What, name: Vec<u8>, forced: Option<Forced>, flags: Flags) {
        self.format.items.push(Item { what, name, forced, flags });
    }

    /// `%(name:type){flags}alias` or `%(name:type){flags}[expression]`.
    fn item(&mut self, cx: &mut Parse<'_>) -> Option<()> {
        self.at += 1;
        let start = self.at;
        let (name, forced) = match self.between(b'(', b')', cx)? {
            Some(text) => self.name(text, cx)?,
            None => (Vec::new(), None),
        };
        let (mut flags, mut binary) = (self.all, self.format.binary);
        if let Some(text) = self.between(b'{', b'}', cx)? {
            read_flags(text, &mut flags, &mut binary);
        }
        if self.word.get(self.at) == Some(&b'[') {
            let expr = self.expr(cx)?;
            self.push(What::Expr(Box::new(expr)), name, forced, flags);
            return Some(());
        }
        let rest = self.word.get(self.at..).unwrap_or_default();
        let letters = rest.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        let word = rest.get(..letters).unwrap_or_default();
        self.at += letters;
        match (word, alias::find(word)) {
            (b"", _) => self.nothing(start, cx),
            (b"o", _) => {
                (self.all, self.format.binary, self.format.encoding) = (flags, binary, flags.encoding);
                Some(())
            }
            (_, Some(alias)) => {
                self.push(What::Alias(alias), name, forced, flags);
                Some(())
            }
            (word, None) => self.unknown(word, cx),
        }
    }

    /// The text between two delimiters, if the first of them is next.
    fn between(&mut self, open: u8, close: u8, cx: &mut Parse<'_>) -> Option<Option<&'w [u8]>> {
        let rest = self.word.get(self.at..).unwrap_or_default();
        if rest.first() != Some(&open) {
            return Some(None);
        }
        let text = rest.get(1..).unwrap_or_default();
        let Some(end) = memchr::memchr(close, text) else {
            let shown = String::from_utf8_lossy(text);
            return self.error(cx, "format-syntax", format!("truncated line after '{shown}'"), "close the brace");
        };
        self.at += end + 2;
        Some(text.get(..end))
    }

    fn name(&self, text: &[u8], cx: &mut Parse<'_>) -> Option<(Vec<u8>, Option<Forced>)> {
        let mut parts = text.splitn(2, |b| *b == b':');
        let name = parts.next().unwrap_or_default();
        if let Some(bad) = name.iter().find(|b| !b.is_ascii_alphanumeric() && !b"_-.".contains(b)) {
            let message = format!("invalid character '{}' in the name of a format item", bad.escape_ascii());
            return self.error(cx, "format-syntax", message, "use letters, digits, '-', '_' and '.'");
        }
        let forced = match parts.next() {
            None => None,
            Some(b"bool") => Some(Forced::Bool),
            Some(b"sint") => Some(Forced::Int),
            Some(b"str") => Some(Forced::Str),
            Some(other) => {
                let message = format!("unexpected output format type '{}'", String::from_utf8_lossy(other));
                return self.error(cx, "format-syntax", message, "the types are 'str', 'sint' and 'bool'");
            }
        };
        Some((name.to_vec(), forced))
    }

    fn expr(&mut self, cx: &mut Parse<'_>) -> Option<Expr> {
        let text = self.word.get(self.at + 1..).unwrap_or_default();
        let (expr, len) = Expr::parse_prefix(text, self.format.span, cx)?;
        let shown = String::from_utf8_lossy(&expr.text).into_owned();
        match text.get(len) {
            Some(b']') => {
                self.at += len + 2;
                Some(expr)
            }
            Some(other) => {
                let message = format!("expected ']' after '{shown}', but found '{}'", other.escape_ascii());
                self.error(cx, "format-syntax", message, "an expression is one word without blanks")
            }
            None => self.error(cx, "format-syntax", format!("missing ']' after '{shown}'"), "close the bracket"),
        }
    }

    /// A percent sign with nothing to print behind it.
    fn nothing(&self, start: usize, cx: &mut Parse<'_>) -> Option<()> {
        let seen = String::from_utf8_lossy(self.word.get(start..self.at).unwrap_or_default());
        let message = match (&*seen, self.word.get(self.at)) {
            ("", None) => String::from("truncated line after '%'"),
            ("", Some(byte)) => format!("invalid format item '%{}'", byte.escape_ascii()),
            (seen, _) => format!("parse argument modifier without variable name near '%{seen}'"),
        };
        self.error(cx, "format-syntax", message, "to print a percent sign, write '%%'")
    }

    fn unknown(&self, word: &[u8], cx: &mut Parse<'_>) -> Option<()> {
        let shown = String::from_utf8_lossy(word);
        let message = format!("no such format alias '{shown}'");
        let near = alias::TABLE.iter().map(|row| row.name).find(|name| word.starts_with(name.as_bytes()));
        let help = match near {
            Some(name) => format!("write '%[…]' or a blank behind '%{name}', or '%%' for a percent sign"),
            None => String::from("to print a percent sign, write '%%'"),
        };
        self.error(cx, "unknown-alias", message, &help)
    }

    fn error<T>(&self, cx: &mut Parse<'_>, code: &'static str, message: String, help: &str) -> Option<T> {
        cx.diagnostics.push(Diagnostic::alert(code, self.format.span, message).help(help));
        None
    }
}

/// `+Q,-E`: a sign starts a flag, and flags that are none change nothing, as in HAProxy.
fn read_flags(text: &[u8], flags: &mut Flags, binary: &mut bool) {
    for word in text.split(|b| *b == b',') {
        let Some(sign) = word.iter().rposition(|b| matches!(b, b'+' | b'-')) else { continue };
        let on = word.get(sign) == Some(&b'+');
        let encoding = |to: Encoding, now: Encoding| match (on, now == to) {
            (true, _) => to,
            (false, true) => Encoding::Plain,
            (false, false) => now,
        };
        match word.get(sign + 1..).unwrap_or_default() {
            b"Q" => flags.quote = on,
            b"X" => flags.hex = on,
            b"E" => flags.escape = on,
            b"bin" => *binary = on,
            b"cbor" => flags.encoding = encoding(Encoding::Cbor, flags.encoding),
            b"json" => flags.encoding = encoding(Encoding::Json, flags.encoding),
            _ => {}
        }
    }
}
