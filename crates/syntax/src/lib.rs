//! The grammar of a configuration file, without a single keyword (manual, section 2).
//!
//! Text becomes logical lines, lines become words, words become [`Directive`]s grouped in [`Section`]s.
//! Parsing never fails: it returns what could be read, and every finding.

#![forbid(unsafe_code)]

use source::{Span, Word};

/// One logical line that is in force: the keyword and its arguments. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    pub words: Vec<Word>,
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
