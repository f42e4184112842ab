//! The PROXY protocol, versions 1 and 2: who a connection is really from, said by the proxy before us.
//!
//! [`parse`] takes what HAProxy takes, which is not all that the protocol's text allows: with the command PROXY only
//! TCP over IPv4 and IPv6. [`write_v1`] and [`write_v2`] say it to a server.

mod crc;
mod encode;
mod fault;
mod v1;
mod v2;

use std::net::SocketAddr;
use std::ops::Range;

pub use encode::{Ssl, ssl_value, write_v1, write_v2};
pub use fault::{Fault, Kind};
pub use v2::Tlvs;

/// Types of TLVs that have a meaning here or for `proxy-v2-options` (protocol text, section 2.2).
pub mod tlv {
    pub const ALPN: u8 = 0x01;
    pub const AUTHORITY: u8 = 0x02;
    pub const CRC32C: u8 = 0x03;
    pub const NOOP: u8 = 0x04;
    pub const UNIQUE_ID: u8 = 0x05;
    pub const SSL: u8 = 0x20;
    pub const SSL_VERSION: u8 = 0x21;
    pub const SSL_CN: u8 = 0x22;
    pub const SSL_CIPHER: u8 = 0x23;
    pub const SSL_SIG_ALG: u8 = 0x24;
    pub const SSL_KEY_ALG: u8 = 0x25;
    pub const NETNS: u8 = 0x30;
}

/// Source and destination of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    pub source: SocketAddr,
    pub destination: SocketAddr,
}

/// A complete PROXY header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// Bytes of the header.
    pub len: usize,
    /// `None` (UNKNOWN, LOCAL): the addresses of the connection itself hold.
    pub addresses: Option<Addresses>,
    /// Where the TLVs are in the buffer; empty in version 1.
    pub tlvs: Range<usize>,
}

impl Parsed {
    /// The TLVs as `(type, value)`, in order. `buf` is what was parsed.
    pub fn tlvs<'a>(&self, buf: &'a [u8]) -> Tlvs<'a> {
        Tlvs::new(buf.get(self.tlvs.clone()).unwrap_or(&[]))
    }
}

/// Reads a PROXY header from the start of `buf`. `None`: it is not complete. HAProxy reads but once, and answers what
/// is not complete by then with the fault of [`partial`].
pub fn parse(buf: &[u8]) -> Result<Option<Parsed>, Fault> {
    match () {
        () if buf.starts_with(v1::START) => v1::parse(buf),
        () if buf.len() < v2::FIXED => Ok(None),
        () if v2::starts(buf) => v2::parse(buf),
        () => Err(Fault::new(Kind::NotProxy, 0)),
    }
}

/// The fault of a header that is not complete, and is not going to be.
pub fn partial(buf: &[u8]) -> Fault {
    let kind = if buf.starts_with(v1::START) { v1::partial(buf) } else { Kind::Truncated };
    Fault::new(kind, buf.len())
}

#[cfg(test)]
mod tests;
