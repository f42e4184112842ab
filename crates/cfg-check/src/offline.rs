//! The machine that a file is judged for: one on which every file, name and variable exists.

use config::{Host, host::Plain};
use source::{FileId, Files};
use std::{collections::HashSet, net::IpAddr};

/// What variables without a value stand for: a number is the word that fits most places.
const STAND_IN: &[u8] = b"1";

/// A host that is asked for nothing on this machine but the environment. Names resolve, files exist and are empty,
/// variables have a value, unless the file itself says what happens without one.
#[derive(Debug)]
pub struct Offline {
    plain: Plain,
    /// Variables with a default of their own, or asked for with `defined()`.
    optional: HashSet<Vec<u8>>,
}

impl Offline {
    pub fn new(files: &Files, ids: &[FileId]) -> Offline {
        let optional = ids.iter().flat_map(|id| optional(files.text(*id))).map(<[u8]>::to_vec).collect();
        Offline { plain: Plain { lenient: true, ..Plain::default() }, optional }
    }
}

impl Host for Offline {
    fn env(&self, name: &str) -> Option<Vec<u8>> {
        let set = std::env::var_os(name).map(|value| value.to_string_lossy().into_owned().into_bytes());
        set.or_else(|| (!self.optional.contains(name.as_bytes())).then(|| STAND_IN.to_vec()))
    }

    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String> {
        self.plain.read(path)
    }

    fn resolve(&self, name: &[u8]) -> Vec<IpAddr> {
        self.plain.resolve(name)
    }
}

/// The names in `${NAME-default}` and `defined(NAME)`.
fn optional(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let name = |rest: &[u8]| rest.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'_').unwrap_or(rest.len());
    (0..text.len()).filter_map(move |at| {
        let rest = text.get(at..)?;
        let (rest, closing) = match rest.strip_prefix(b"${") {
            Some(rest) => (rest, b'-'),
            None => (rest.strip_prefix(b"defined(")?, b')'),
        };
        let (name, rest) = rest.split_at(name(rest));
        (!name.is_empty() && rest.first() == Some(&closing)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_exist_unless_the_file_knows_better() {
        let mut files = Files::default();
        let id = files.add("a.cfg", b".if defined(EVENKEEL_A)\n \"${EVENKEEL_B-x} ${EVENKEEL_C}\"");
        let host = Offline::new(&files, &[id]);
        let values = ["EVENKEEL_A", "EVENKEEL_B", "EVENKEEL_C"].map(|name| host.env(name));
        assert_eq!(values, [None, None, Some(b"1".to_vec())]);
    }
}
