//! `option httpchk`, `http-check …` and the other kinds of health checks (manual, section 4.2).

use std::sync::Arc;

/// How the servers of a backend are checked.
#[derive(Debug, Clone, Default)]
pub enum Check {
    Http(Box<HttpCheck>),
    /// A connection that succeeds is enough.
    #[default]
    Tcp,
}

/// `option httpchk` with its `http-check` lines.
#[derive(Debug, Clone)]
pub struct HttpCheck {
    pub method: Vec<u8>,
    pub uri: Vec<u8>,
    pub version: Vec<u8>,
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub body: Vec<u8>,
    /// Empty = any 2xx or 3xx.
    pub expect: Vec<Expect>,
    pub disable_on_404: bool,
    pub send_state: bool,
}

/// One `http-check expect`.
#[derive(Debug, Clone)]
pub struct Expect {
    pub negated: bool,
    pub what: ExpectWhat,
}

#[derive(Debug, Clone)]
pub enum ExpectWhat {
    /// `rstatus`.
    StatusRegex(Arc<regex::bytes::Regex>),
    /// `status`: ranges, both ends included.
    Status(Vec<(u16, u16)>),
    /// `string` in the body.
    String(Vec<u8>),
    StringRegex(Arc<regex::bytes::Regex>),
}
