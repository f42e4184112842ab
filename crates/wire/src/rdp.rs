//! The cookie in the first packet of a Remote Desktop client, for `balance rdp-cookie` and `persist rdp-cookie`.

use std::net::{Ipv4Addr, SocketAddrV4};

/// What is known of a client's cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie<'a> {
    /// There is none, or one of another name.
    Absent,
    /// Not a complete connection request: more may tell.
    Unknown,
    Value(&'a [u8]),
}

/// Bytes of the packet's header (TPKT, RFC 1006) and of its connection request (X.224).
const HEADER: usize = 11;

/// Looks for the cookie called `name` in any case (manual: `msts` or `mstshash`), or for any if there is no name.
pub fn cookie<'a>(buf: &'a [u8], name: Option<&[u8]>) -> Cookie<'a> {
    let Some([3, 0, high, low, _, 0xe0, ..]) = buf.get(..HEADER) else { return Cookie::Unknown };
    let len = usize::from(u16::from_be_bytes([*high, *low]));
    let Some((word, text)) = buf.get(HEADER..len).and_then(|data| data.split_first_chunk::<7>()) else {
        return Cookie::Unknown;
    };
    if !word.eq_ignore_ascii_case(b"cookie:") {
        return Cookie::Absent;
    }
    let text = text.trim_ascii_start();
    let end = memchr::memchr2(b'=', b'\r', text).filter(|at| text.get(*at) == Some(&b'='));
    let Some((found, value)) = end.and_then(|at| text.split_at_checked(at)) else { return Cookie::Absent };
    if name.is_some_and(|name| !name.eq_ignore_ascii_case(found)) {
        return Cookie::Absent;
    }
    let value = value.get(1..).unwrap_or(&[]);
    match memchr::memchr(b'\r', value) {
        Some(end) if value.get(end + 1) == Some(&b'\n') => Cookie::Value(value.get(..end).unwrap_or(value)),
        _ => Cookie::Unknown,
    }
}

/// The server that an `msts` cookie names: address and port in decimal, both with the first byte as the lowest.
pub fn server(value: &[u8]) -> Option<SocketAddrV4> {
    let mut words = std::str::from_utf8(value).ok()?.split('.');
    let (ip, port): (u32, u16) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(SocketAddrV4::new(Ipv4Addr::from(ip.to_le_bytes()), port.swap_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_as_haproxy() {
        let packet = |text: &str| {
            let len = (HEADER + text.len()) as u8;
            [&[3, 0, 0, len, len - 5, 0xe0, 0, 0, 0, 0, 0][..], text.as_bytes()].concat()
        };
        let name = Some(&b"mstshash"[..]);
        for (text, name, expected) in [
            ("Cookie: mstshash=user1\r\n", name, Cookie::Value(b"user1")),
            ("cookie: MSTSHASH=u\r\n", name, Cookie::Value(b"u")),
            ("Cookie: mstshash=user1\r\n", None, Cookie::Value(b"user1")),
            ("Cookie: mstshash=\r\n", None, Cookie::Value(b"")),
            ("Cookie: mstshash=user1\r\n", Some(b"msts"), Cookie::Absent),
            ("Cookie: \r\n", None, Cookie::Absent),
            ("mstshash=x\r\n", name, Cookie::Absent),
            ("Cookie: mstshash=nocrlf", name, Cookie::Unknown),
            ("", name, Cookie::Unknown),
        ] {
            let packet = packet(text);
            assert_eq!(cookie(&packet, name), expected, "{text:?}");
            for n in 0..packet.len() {
                assert_eq!(cookie(&packet[..n], name), Cookie::Unknown, "{n} bytes of {text:?}");
            }
        }
        assert_eq!(cookie(b"hello", None), Cookie::Unknown);
        assert_eq!(cookie(b"\x03\0\0\x02\0\xe0\0\0\0\0\0\0\0\0", None), Cookie::Unknown);
        assert_eq!(server(b"3640205228.15629.0000"), Some(SocketAddrV4::new(Ipv4Addr::new(172, 31, 249, 216), 3389)));
        assert_eq!(server(b"user"), None);
    }
}
