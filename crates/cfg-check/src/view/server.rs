//! The servers of a section.

use super::Line;
use config::facts;
use source::{Span, Word};
use std::{collections::HashSet, sync::LazyLock};

/// A `server` line.
#[derive(Debug)]
pub struct Server<'p> {
    pub line: Line<'p>,
    pub name: &'p Word,
    pub address: &'p Word,
    /// Its parameters with their values, those of `default-server` first.
    params: Vec<(&'p Word, Option<&'p Word>)>,
}

impl<'p> Server<'p> {
    pub(super) fn all(lines: &[Line<'p>]) -> Vec<Server<'p>> {
        let (mut defaults, mut servers) = (Vec::new(), Vec::new());
        for line in lines {
            if line.is("default-server") {
                defaults.extend(params(line.from(1)));
            }
            if let ([_, name, address, ..], true) = (line.words, line.is("server")) {
                let mut all: Vec<_> = defaults.clone();
                all.extend(params(line.from(3)));
                servers.push(Server { line: *line, name, address, params: all });
            }
        }
        servers
    }

    /// Whether a parameter is in force: said, and not undone by its `no-` behind it.
    pub fn has(&self, param: &str) -> bool {
        let undone = format!("no-{param}");
        let last = self.params.iter().rfind(|(word, _)| word.is(param) || word.is(&undone));
        last.is_some_and(|(word, _)| word.is(param))
    }

    /// The value of a parameter, as said last.
    pub fn value(&self, param: &str) -> Option<&'p Word> {
        self.params.iter().rfind(|(word, _)| word.is(param)).and_then(|(_, value)| *value)
    }

    /// Every parameter with its value, those of `default-server` first.
    pub fn params(&self) -> &[(&'p Word, Option<&'p Word>)] {
        &self.params
    }

    /// The name or address without the port.
    pub fn host(&self) -> &'p [u8] {
        let text = self.address.bytes();
        match text.iter().rposition(|b| *b == b':') {
            Some(at) => text.get(..at).unwrap_or(text),
            None => text,
        }
    }

    /// Whether the address is a host name, which is to be looked up.
    pub fn is_named(&self) -> bool {
        let host = self.host();
        let plain = host.iter().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(b));
        plain && host.iter().any(u8::is_ascii_alphabetic) && !self.address.bytes().starts_with(b"/")
    }

    /// `server NAME ADDRESS`
    pub fn span(&self) -> Span {
        self.line.words.first().map_or(self.name.span, |word| word.span).to(self.address.span)
    }
}

/// The parameters that have a value behind them.
static VALUED: LazyLock<HashSet<&[u8]>> = LazyLock::new(|| {
    let valued = facts::SERVER.iter().filter(|fact| fact.args != "-");
    valued.map(|fact| fact.words.as_bytes()).collect()
});

fn params(words: &[Word]) -> Vec<(&Word, Option<&Word>)> {
    let (mut out, mut words) = (Vec::new(), words.iter());
    while let Some(word) = words.next() {
        out.push((word, if VALUED.contains(word.bytes()) { words.next() } else { None }));
    }
    out
}
