//! What lowering asks of the machine. Everything else is a pure function of the files.

use std::net::IpAddr;

/// The machine around a configuration.
pub trait Host {
    /// An environment variable; `None` if it does not exist.
    fn env(&self, name: &str) -> Option<Vec<u8>>;

    /// The content of a file named in the configuration, or the system's words for why not.
    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String>;

    /// The addresses of a host name, IPv4 first where both exist; empty if it is unknown.
    fn resolve(&self, name: &[u8]) -> Vec<IpAddr>;

    /// Whether a server whose name is unknown starts without an address (`-dr`), as with `init-addr none`.
    fn ignores_unresolved(&self) -> bool {
        false
    }

    /// `feature(NAME)`: whether this build has a feature of `haproxy -vv`.
    fn feature(&self, _name: &str) -> bool {
        false
    }

    /// `enabled(NAME)`: whether a run-time option is on.
    fn enabled(&self, _name: &str) -> bool {
        false
    }
}

/// A host of plain values: it knows `localhost`, the variables and the files it was given, and nothing else.
#[derive(Debug, Clone, Default)]
pub struct Plain {
    pub vars: Vec<(String, Vec<u8>)>,
    pub files: Vec<(Vec<u8>, Vec<u8>)>,
    /// Whether every name resolves, to 127.0.0.1, and every file exists, empty.
    pub lenient: bool,
}

impl Host for Plain {
    fn env(&self, name: &str) -> Option<Vec<u8>> {
        self.vars.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone())
    }

    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String> {
        match self.files.iter().find(|(name, _)| name == path) {
            Some((_, text)) => Ok(text.clone()),
            None if self.lenient => Ok(Vec::new()),
            None => Err("No such file or directory".into()),
        }
    }

    fn resolve(&self, name: &[u8]) -> Vec<IpAddr> {
        let known = name == b"localhost" || self.lenient;
        if known { vec![IpAddr::from([127, 0, 0, 1])] } else { Vec::new() }
    }
}
