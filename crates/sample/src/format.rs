//! Log formats: text with aliases and expressions in it (manual, section 8.2.6).

use crate::{
    expr::{Expr, Parse},
    stream::Cx,
    value::Type,
};
use source::{Diagnostic, Span};

/// A compiled format.
#[derive(Debug, Clone, Default)]
pub struct Format {
    pub items: Vec<Item>,
    pub usage: Usage,
    pub span: Span,
}

/// What a format is used for: this decides how missing values look and which bytes are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Usage {
    /// A header, a path or an identifier: a missing value is nothing, control bytes are written `%XX`.
    #[default]
    Header,
    /// A line of a log: a missing value is `-`, runs of spaces are merged.
    Log,
    /// The structured data of an RFC 5424 log: as `Log`.
    LogSd,
    /// A body or a variable: bytes are written as they are.
    Text,
    /// `unique-id-format`: as `Header`, but runs of spaces are merged.
    UniqueId,
}

/// One part of a format.
#[derive(Debug, Clone)]
pub enum Item {
    Text(Vec<u8>),
    Expr(Expr),
}

impl Format {
    /// Parses a format for a header, a path or the like. What is wrong goes to the diagnostics, and then there is no
    /// format.
    pub fn parse(word: &[u8], span: Span, cx: &mut Parse<'_>) -> Option<Format> {
        Format::parse_as(Usage::Header, word, span, cx)
    }

    /// Parses a format for any use.
    pub fn parse_as(usage: Usage, word: &[u8], span: Span, cx: &mut Parse<'_>) -> Option<Format> {
        let mut format = Format { items: Vec::new(), usage, span };
        let mut text = Vec::new();
        let mut at = 0;
        while let Some(&byte) = word.get(at) {
            at += 1;
            match (byte, word.get(at)) {
                (b'%', Some(b'%')) => {
                    at += 1;
                    text.push(b'%');
                }
                (b'%', Some(b'[')) => {
                    let (expr, len) = Expr::parse_prefix(word.get(at + 1..).unwrap_or(&[]), span, cx)?;
                    at += len + 1;
                    if word.get(at) != Some(&b']') {
                        cx.diagnostics.push(Diagnostic::alert(
                            "format-syntax",
                            span,
                            "missing ']' behind an expression",
                        ));
                        return None;
                    }
                    at += 1;
                    format.items.push(Item::Text(std::mem::take(&mut text)));
                    format.items.push(Item::Expr(expr));
                }
                _ => text.push(byte),
            }
        }
        format.items.push(Item::Text(text));
        format.items.retain(|item| !matches!(item, Item::Text(text) if text.is_empty()));
        Some(format)
    }

    /// Writes the format's value behind what is in `out`.
    pub fn render(&self, cx: &Cx<'_>, out: &mut Vec<u8>) {
        for item in &self.items {
            match item {
                Item::Text(text) => out.extend_from_slice(text),
                Item::Expr(expr) => {
                    let value = expr.eval(cx).ok().and_then(|value| value.into_str());
                    out.extend_from_slice(value.as_deref().unwrap_or_default());
                }
            }
        }
    }

    /// The expressions of the format.
    pub fn exprs_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Expr(expr) => Some(expr),
            Item::Text(_) => None,
        })
    }

    /// The type of what `render` writes.
    pub const TYPE: Type = Type::Str;
}
