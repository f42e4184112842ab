//! `balance`, `hash-type`, `hash-balance-factor` (manual, section 4.2).

use crate::ir::KeyExpr;

/// How a server is chosen.
#[derive(Debug, Clone, Default)]
pub enum Balance {
    First,
    /// `hash EXPR`.
    Hash(KeyExpr),
    /// `hdr(NAME)`, lower case, and `use_domain_only`.
    Hdr {
        name: Vec<u8>,
        domain_only: bool,
    },
    LeastConn,
    /// The default of 3.4 is `Random(2)`.
    Random(u32),
    RdpCookie(Vec<u8>),
    #[default]
    RoundRobin,
    Source,
    StaticRr,
    Sticky,
    /// Lengths in bytes, 0 = no limit.
    Uri {
        len: u32,
        depth: u32,
        whole: bool,
        path_only: bool,
    },
    UrlParam {
        name: Vec<u8>,
        check_post: bool,
    },
}

/// How a key becomes a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash {
    pub consistent: bool,
    pub function: HashFunction,
    pub avalanche: bool,
    /// `hash-balance-factor` in percent; 0 = none.
    pub factor: u32,
    pub preserve: PreserveAffinity,
}

impl Default for Hash {
    fn default() -> Hash {
        Hash {
            consistent: false,
            function: HashFunction::Sdbm,
            avalanche: false,
            factor: 0,
            preserve: PreserveAffinity::Always,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashFunction {
    Crc32,
    Djb2,
    None,
    Sdbm,
    Wt6,
}

/// `hash-preserve-affinity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreserveAffinity {
    Always,
    MaxConn,
    MaxQueue,
}
