//! What the parser asks of the world outside the file.

use crate::Directive;
use std::collections::{BTreeMap, BTreeSet};

/// The outside of a configuration: environment, build, and who knows the sections.
pub trait World {
    /// An environment variable; `None` if it does not exist. Pseudo-variables are not asked for.
    fn env(&self, name: &str) -> Option<Vec<u8>>;

    /// Whether a line that starts with this word opens a section.
    fn is_section(&self, word: &[u8]) -> bool;

    /// Told of each line in force behind a section's opening line, before the next line is read: `setenv` and its
    /// sisters act on the lines that follow.
    fn seen(&mut self, _section: &Directive, _line: &Directive) {}

    /// `feature(NAME)`: whether `NAME` is in the list of features of `haproxy -vv` with a `+`.
    fn feature(&self, name: &str) -> bool;

    /// `enabled(NAME)`: whether a run-time option is on.
    fn enabled(&self, name: &str) -> bool;

    /// The compatible version, as `haproxy -v` prints it: `3.4.0`.
    fn version(&self) -> &str;

    /// The name and version of the TLS library: `OpenSSL 3.0.15`.
    fn ssl_library(&self) -> &str;

    /// The API number of AWS-LC, where that is the TLS library.
    fn awslc_api(&self) -> Option<u32> {
        None
    }
}

/// A world of plain values: for tests, and for tools that judge a file on another machine than its own.
#[derive(Debug, Clone)]
pub struct Env {
    pub vars: BTreeMap<String, Vec<u8>>,
    pub sections: BTreeSet<String>,
    pub features: BTreeSet<String>,
    pub enabled: BTreeSet<String>,
    pub version: String,
    pub ssl_library: String,
    pub awslc_api: Option<u32>,
}

impl Env {
    /// A world with these sections, version 3.4.0, and nothing else.
    pub fn new(sections: &[&str]) -> Env {
        Env {
            vars: BTreeMap::new(),
            sections: sections.iter().map(|s| s.to_string()).collect(),
            features: BTreeSet::new(),
            enabled: BTreeSet::new(),
            version: "3.4.0".into(),
            ssl_library: "OpenSSL 3.0.0".into(),
            awslc_api: None,
        }
    }

    pub fn var(mut self, name: &str, value: &str) -> Env {
        self.vars.insert(name.into(), value.into());
        self
    }
}

impl World for Env {
    fn env(&self, name: &str) -> Option<Vec<u8>> {
        self.vars.get(name).cloned()
    }

    fn is_section(&self, word: &[u8]) -> bool {
        std::str::from_utf8(word).is_ok_and(|word| self.sections.contains(word))
    }

    fn feature(&self, name: &str) -> bool {
        self.features.contains(name)
    }

    fn enabled(&self, name: &str) -> bool {
        self.enabled.contains(name)
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn ssl_library(&self) -> &str {
        &self.ssl_library
    }

    fn awslc_api(&self) -> Option<u32> {
        self.awslc_api
    }
}
