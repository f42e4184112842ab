//! Log formats: text with aliases and expressions in it (manual, section 8.2.6).
//!
//! [`Format::parse_as`] compiles one for its [`Usage`], [`Format::render`] writes its value. [`alias`] has the table of
//! aliases, [`preset`] the formats that options such as `httplog` stand for.

pub mod alias;
mod encode;
mod parse;
pub mod preset;
mod render;

use crate::expr::Expr;
use alias::{Alias, Known};
use source::Span;

/// A compiled format.
#[derive(Debug, Clone, Default)]
pub struct Format {
    pub items: Vec<Item>,
    pub usage: Usage,
    /// How the whole line is encoded: set by flags of `%o`.
    pub encoding: Encoding,
    /// `%{+bin}o`: binary samples are not cut at their first NUL, and CBOR is written as bytes.
    pub binary: bool,
    pub span: Span,
}

/// What a format is used for: this decides how missing values look and which bytes are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Usage {
    /// A header, a path or an identifier: a missing value is nothing, control bytes of samples are written `%XX`.
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

impl Usage {
    fn merges_spaces(self) -> bool {
        matches!(self, Usage::Log | Usage::LogSd | Usage::UniqueId)
    }

    /// Whether quotes and encodings are obeyed.
    fn encodes(self) -> bool {
        matches!(self, Usage::Log | Usage::LogSd | Usage::Text)
    }

    fn is_log(self) -> bool {
        matches!(self, Usage::Log | Usage::LogSd)
    }
}

/// One part of a format.
#[derive(Debug, Clone)]
pub struct Item {
    pub what: What,
    /// Key in an encoded line: `%(name)…`.
    pub name: Vec<u8>,
    /// Type forced on the value: `%(name:type)…`.
    pub forced: Option<Forced>,
    pub flags: Flags,
}

#[derive(Debug, Clone)]
pub enum What {
    Alias(&'static Alias),
    Expr(Box<Expr>),
    /// A space that is written only where none stands before it.
    Space,
    Text(Vec<u8>),
}

/// How items are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// `Q`: strings stand in double quotes.
    pub quote: bool,
    /// `X`: addresses and some numbers are hexadecimal.
    pub hex: bool,
    /// `E`: `"`, `\` and `]` have a backslash before them.
    pub escape: bool,
    pub encoding: Encoding,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    Cbor,
    Json,
    #[default]
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forced {
    Bool,
    Int,
    Str,
}

impl Format {
    /// The expressions of the format.
    pub fn exprs_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        self.items.iter_mut().filter_map(|item| match &mut item.what {
            What::Expr(expr) => Some(&mut **expr),
            _ => None,
        })
    }

    /// The text of a format that has nothing else in it.
    pub fn literal(&self) -> Option<&[u8]> {
        match &self.items[..] {
            [] => Some(b""),
            [Item { what: What::Text(text), .. }] => Some(text),
            _ => None,
        }
    }

    /// The aliases of the format, in order.
    pub fn aliases(&self) -> impl Iterator<Item = &'static Alias> {
        self.items.iter().filter_map(|item| match item.what {
            What::Alias(alias) => Some(alias),
            _ => None,
        })
    }

    /// The first alias that means nothing outside of mode http.
    pub fn needs_http(&self) -> Option<&'static Alias> {
        self.aliases().find(|alias| alias.http)
    }

    /// When everything that the format asks for is known, so that a log line can be written.
    pub fn known(&self) -> Known {
        let items = self.items.iter().map(|item| match &item.what {
            What::Alias(alias) => alias.known,
            What::Expr(expr) => Known::of(expr.fetch.places),
            What::Space | What::Text(_) => Known::Accept,
        });
        items.max().unwrap_or(Known::Accept)
    }
}
