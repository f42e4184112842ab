//! HTTP/1.0 and 1.1: heads, bodies, and how they are written.
//!
//! [`parse_request`] and [`parse_response`] read a head in one pass into a [`Head`](message::Head), put right what
//! HAProxy puts right, and gather on the way what an engine would search the fields for again. [`Body`] then
//! finds the bytes of the payload. [`write_head`] and its neighbours write messages.

mod authority;
mod body;
mod coding;
mod connection;
mod encode;
mod fault;
mod fields;
mod length;
mod preface;
mod request;
mod response;
mod scan;
mod status;
#[cfg(test)]
mod tests;
mod words;

use std::ops::Range;

use message::{Head, Version};

use scan::{Scan, Step, Stop};

pub use body::{Body, Decoded};
pub use encode::{CaseMap, write_chunk_size, write_head, write_last_chunk};
pub use fault::{Fault, Kind};
pub use preface::{Preface, preface};
pub use request::parse_request;
pub use response::{Asked, parse_response};
pub use status::phrase;

pub(crate) use authority::valid_host;
pub(crate) use scan::token_byte;

/// What a parser tolerates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a buffer (`tune.bufsize`): a head that is not complete by then is refused.
    pub buffer: usize,
    /// Bytes that must remain free behind a head in its buffer (`tune.maxrewrite`).
    pub reserve: usize,
    /// `tune.http.maxhdr`: a head may have one field line less.
    pub fields: usize,
    /// `option accept-unsafe-violations-in-http-request` or `-response`.
    pub accept_unsafe_violations: bool,
    /// `h1-accept-payload-with-any-method`.
    pub accept_payload_with_any_method: bool,
    /// `h1-do-not-close-on-insecure-transfer-encoding`.
    pub do_not_close_on_insecure_transfer_encoding: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            buffer: 16384,
            reserve: 1024,
            fields: 101,
            accept_unsafe_violations: false,
            accept_payload_with_any_method: false,
            do_not_close_on_insecure_transfer_encoding: false,
        }
    }
}

/// A complete head, and what its fields say about the connection and the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parsed {
    /// Bytes taken from the buffer, empty lines before the head included.
    pub len: usize,
    pub framing: Framing,
    /// Whether the sender lets the connection live on after this exchange; a body up to the end does not.
    pub keep_alive: bool,
    /// Whether a change of protocol is asked for, or granted (both `Connection: upgrade` and an `Upgrade` field).
    pub upgrade: bool,
    /// Whether `websocket` is among the protocols of the upgrade.
    pub websocket: bool,
    /// Whether the key (request) or its answer (response) of a websocket handshake is there. It may be missing only as
    /// an accepted violation: then the proxy adds it.
    pub websocket_key: bool,
    /// Whether the sender waits for a 100 before it sends the body.
    pub expect_continue: bool,
    /// Position of the `host` field.
    pub host: Option<usize>,
    /// Whether there is a `cookie` (request) or `set-cookie` (response) field.
    pub cookie: bool,
    /// Whether something was let pass only because of [`Limits::accept_unsafe_violations`]; `show errors` keeps it.
    pub unsafe_violation: bool,
}

/// How long a body is (RFC 9112, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    Chunked,
    /// Bytes of the body.
    Length(u64),
    None,
    /// The connection is no longer HTTP: what follows goes both ways as it is.
    Tunnel,
    UntilClose,
}

/// What HAProxy counts for a head besides its texts, in bytes.
const OVERHEAD: usize = 85 + b"HTTP/1.1".len();

/// Whether a head whose texts take `size` bytes leaves the reserve of its buffer free.
fn fits(size: usize, scan: &Scan<'_>, limits: &Limits) -> Step<()> {
    let room = limits.buffer.saturating_sub(limits.reserve);
    if size + OVERHEAD > room { scan.fault(Kind::HeadTooLarge) } else { Ok(()) }
}

/// Turns the end of reading into a result. A head that fills the buffer without an end is too large.
fn complete(step: Step<Parsed>, buf: &[u8], limits: &Limits, head: &mut Head) -> Result<Option<Parsed>, Fault> {
    let fault = match step {
        // A larger buffer than it should have had may hold it whole, with blanks that nobody keeps.
        Ok(parsed) if parsed.len > limits.buffer => Fault { kind: Kind::HeadTooLarge, at: limits.buffer },
        Ok(parsed) => return Ok(Some(parsed)),
        Err(Stop::Fault(fault)) => fault,
        Err(Stop::More) if buf.len() < limits.buffer => {
            head.clear();
            return Ok(None);
        }
        Err(Stop::More) => {
            let text = buf.trim_ascii_start();
            let kind = if memchr::memchr(b'\n', text).is_some() { Kind::HeadTooLarge } else { Kind::TargetTooLong };
            Fault { kind, at: buf.len() }
        }
    };
    head.clear();
    Err(fault)
}

/// Takes `HTTP/x.y`. Other names and longer numbers are violations; unless they end like 1.1 or more, they count as
/// HTTP/1.0, and their range is given.
fn version(scan: &mut Scan<'_>) -> Step<(Version, Option<Range<usize>>)> {
    let at = scan.at;
    let rest = scan.buf.get(at..).unwrap_or(&[]);
    if let Some([b'H', b'T', b'T', b'P', b'/', major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9', end]) =
        rest.first_chunk()
        && !(scan.lenient && is_version(*end))
    {
        scan.at += 8;
        return Ok((Version(major - b'0', minor - b'0'), None));
    }
    let n = rest.iter().position(|b| !is_version(*b)).ok_or(Stop::More)?;
    scan.at += n;
    if !scan.lenient || n == 0 {
        return scan.fault(Kind::Version);
    }
    scan.violation = true;
    match rest.get(..n) {
        Some([_, _, _, _, b'/', major @ b'1'..=b'9', b'.', minor @ b'1'..=b'9']) => {
            Ok((Version(major - b'0', minor - b'0'), None))
        }
        _ => Ok((Version::HTTP_10, Some(at..scan.at))),
    }
}

fn is_version(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'.' | b'/')
}
