//! The grammar of a configuration file, without a single keyword (manual, section 2).
//!
//! Text becomes logical lines, lines become words, words become [`Directive`]s grouped in [`Section`]s.
//! Parsing never fails: it returns what could be read, and every finding.
//!
//! [`document()`] is the lossless view of one file, [`parse()`] the meaning of all. What lies outside of the files
//! (environment, build, the names of sections) comes in through a [`World`].

#![forbid(unsafe_code)]

mod block;
mod codes;
mod condition;
mod document;
pub mod lex;
pub mod load;
mod parse;
pub mod value;
mod version;
mod words;
mod world;

pub use codes::CODES;
pub use condition::holds;
pub use document::{Document, Edit, Token, TokenKind, document};
pub use parse::parse;
pub use world::{Env, World};

use source::{Diagnostics, Span, Word};

/// What the files say.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    pub sections: Vec<Section>,
    /// Lines before the first section of a file; each has a finding already.
    pub preamble: Vec<Directive>,
    pub diagnostics: Diagnostics,
}

/// One logical line that is in force: the keyword and its arguments. Never empty, and no word of it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    pub words: Vec<Word>,
    /// From the first word to the last.
    pub span: Span,
}

impl Directive {
    /// The first word.
    pub fn keyword(&self) -> &Word {
        &self.words[0]
    }

    /// The words behind the first.
    pub fn args(&self) -> &[Word] {
        &self.words[1..]
    }
}

/// A section: its opening line and the lines in force up to the next section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub header: Directive,
    pub lines: Vec<Directive>,
}

impl Section {
    /// The name, or the type of a section that has none: what `.SECTION` says.
    pub fn name(&self) -> &Word {
        self.header.args().first().unwrap_or(self.header.keyword())
    }
}
