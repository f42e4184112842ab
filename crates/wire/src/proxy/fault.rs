//! Why a PROXY header was refused.

use std::fmt;

use super::Addresses;

/// A refused header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    /// Offset of what is wrong.
    pub at: usize,
    /// Addresses that had been read before; HAProxy logs the refusal with them.
    pub addresses: Option<Addresses>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Invalid,
    NotProxy,
    Truncated,
    Unhandled,
}

impl Fault {
    pub(super) fn new(kind: Kind, at: usize) -> Fault {
        Fault { kind, at, addresses: None }
    }
}

impl Kind {
    /// The words of HAProxy's log.
    pub fn text(self) -> &'static str {
        match self {
            Kind::Invalid => "Received an invalid PROXY protocol header",
            Kind::NotProxy => "Received something which does not look like a PROXY protocol header",
            Kind::Truncated => "Truncated PROXY protocol header received",
            Kind::Unhandled => "Received an unhandled protocol in the PROXY protocol header",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.text())
    }
}

impl std::error::Error for Fault {}
