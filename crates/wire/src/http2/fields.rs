//! What may stand in a field of HTTP/2 (RFC 9113, section 8.2).

use crate::http1::token_byte;

/// What is tolerated in a head.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// `tune.http.maxhdr`: a head may have one field less.
    pub fields: usize,
    /// Bytes that names and values may have together.
    pub size: usize,
    /// `option accept-unsafe-violations-in-http-request`.
    pub accept_unsafe_violations: bool,
}

/// How a message that is understood but malformed is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// HAProxy's page for a status 400: what comes is HTTP/2, but no request that HTTP knows.
    BadRequest,
    /// The stream is reset.
    Reset,
}

/// Whether HTTP/2 lets a field be called so: in lower case, as pseudo-headers are looked at elsewhere.
pub(super) fn valid_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|b| token_byte(*b) && !b.is_ascii_uppercase())
}

pub(super) fn valid_value(value: &[u8]) -> bool {
    memchr::memchr3(0, b'\r', b'\n', value).is_none()
}

/// Whether a field belongs to a connection of HTTP/1, and has no place in HTTP/2 (section 8.2.2).
pub(super) fn of_connection(name: &[u8]) -> bool {
    match name.len() {
        7 => name == b"upgrade",
        10 => matches!(name, b"connection" | b"keep-alive"),
        16 => name == b"proxy-connection",
        17 => name == b"transfer-encoding",
        _ => false,
    }
}
