//! Hosts, authorities and ports.

use super::scan::{HOST, is};

/// Whether `text` may be the value of a `Host` field: HAProxy is lax about all but the bytes that end a host.
pub(crate) fn valid_host(text: &[u8]) -> bool {
    let name = match text.strip_prefix(b"[") {
        None => text,
        Some(rest) => {
            let Some(close) = memchr::memchr(b']', rest) else { return false };
            let (inside, behind) = (rest.get(..close).unwrap_or(rest), rest.get(close + 1..).unwrap_or(&[]));
            if !inside.iter().all(|b| is(*b, HOST)) || !(behind.is_empty() || behind.starts_with(b":")) {
                return false;
            }
            behind
        }
    };
    name.iter().all(|b| is(*b, HOST))
}

/// Whether `authority`, with or without user information, names a host.
pub(super) fn valid(authority: &[u8]) -> bool {
    let authority = without_user(authority);
    valid_host(authority) && !matches!(authority.first(), None | Some(b':'))
}

/// Splits `authority` (without user information) at the colon of its port: `(host, Some(port))`.
pub(super) fn split_port(authority: &[u8]) -> (&[u8], Option<&[u8]>) {
    let colon = memchr::memrchr(b':', authority);
    let bracket = memchr::memrchr(b']', authority);
    match colon {
        Some(at) if bracket.is_none_or(|b| b < at) => {
            (authority.get(..at).unwrap_or(authority), authority.get(at + 1..))
        }
        _ => (authority, None),
    }
}

/// `authority` without user information.
pub(super) fn without_user(authority: &[u8]) -> &[u8] {
    memchr::memrchr(b'@', authority).and_then(|at| authority.get(at + 1..)).unwrap_or(authority)
}

/// `authority` without its port, when that is empty or among `defaults`.
pub(super) fn without_default_port<'a>(authority: &'a [u8], defaults: &[&[u8]]) -> &'a [u8] {
    match split_port(authority) {
        (host, Some(port)) if port.is_empty() || defaults.contains(&port) => host,
        _ => authority,
    }
}

/// Whether a `Host` field names the authority of the target. A default port may be left out in one of them.
pub(super) fn same(host: &[u8], authority: &[u8], defaults: &[&[u8]]) -> bool {
    host.eq_ignore_ascii_case(authority)
        || host.eq_ignore_ascii_case(without_default_port(authority, defaults))
        || without_default_port(host, defaults).eq_ignore_ascii_case(authority)
}
