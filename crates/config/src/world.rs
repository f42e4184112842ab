//! The world that the parser of lines sees: the host's environment, changed by `setenv` and its sisters as they are
//! read (manual, section 3.1).

use crate::{host::Host, keyword::log, section::other};
use std::collections::HashMap;
use syntax::{Directive, World};

/// The version whose language is obeyed.
pub const VERSION: &str = "3.4.0";

pub(crate) struct Outer<'h> {
    host: &'h dyn Host,
    /// `None` = unset by the configuration.
    changed: HashMap<String, Option<Vec<u8>>>,
    /// `resetenv`: of the host's variables only these are left.
    kept: Option<Vec<String>>,
}

impl<'h> Outer<'h> {
    pub(crate) fn new(host: &'h dyn Host) -> Outer<'h> {
        Outer { host, changed: HashMap::new(), kept: None }
    }

    fn reset(&mut self, names: Vec<String>) {
        self.changed.retain(|name, _| names.contains(name));
        self.kept = Some(names);
    }
}

impl World for Outer<'_> {
    fn env(&self, name: &str) -> Option<Vec<u8>> {
        if let Some(changed) = self.changed.get(name) {
            return changed.clone();
        }
        let format = log::VARIABLES.iter().find(|(variable, _)| *variable == name);
        if let Some((_, format)) = format {
            return Some(format.as_bytes().to_vec());
        }
        let visible = self.kept.as_ref().is_none_or(|kept| kept.iter().any(|k| k == name));
        self.host.env(name).filter(|_| visible)
    }

    fn is_section(&self, word: &[u8]) -> bool {
        other::is_section(word)
    }

    fn seen(&mut self, section: &Directive, line: &Directive) {
        if !section.keyword().is("global") {
            return;
        }
        let names: Vec<String> = line.args().iter().map(|word| word.show().into_owned()).collect();
        let value = line.args().get(1).map(|word| word.bytes().to_vec());
        match (line.keyword().bytes(), names.first()) {
            (b"setenv", Some(name)) => {
                self.changed.insert(name.clone(), value);
            }
            (b"presetenv", Some(name)) if self.env(name).is_none() => {
                self.changed.insert(name.clone(), value);
            }
            (b"unsetenv", _) => self.changed.extend(names.into_iter().map(|name| (name, None))),
            (b"resetenv", _) => self.reset(names),
            _ => {}
        }
    }

    fn feature(&self, name: &str) -> bool {
        self.host.feature(name)
    }

    fn enabled(&self, name: &str) -> bool {
        self.host.enabled(name)
    }

    fn version(&self) -> &str {
        VERSION
    }

    fn ssl_library(&self) -> &str {
        ""
    }
}
