//! Version 1: a line of text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Addresses, Fault, Kind, Parsed};

pub(super) const START: &[u8] = b"PROXY ";

/// Bytes of the longest line.
const LINE_MAX: usize = 107;

pub(super) fn parse(buf: &[u8]) -> Result<Option<Parsed>, Fault> {
    let rest = buf.get(START.len()..).unwrap_or(&[]);
    let read: fn(&[u8]) -> Option<IpAddr> = match rest {
        [b'T', b'C', b'P', b'4', b' ', ..] => |text| ipv4(text).map(IpAddr::V4),
        [b'T', b'C', b'P', b'6', b' ', ..] => |text| ipv6(text).map(IpAddr::V6),
        _ if rest.starts_with(b"UNKNOWN\r\n") => {
            return Ok(Some(Parsed { len: START.len() + 9, addresses: None, tlvs: 0..0 }));
        }
        _ if [&b"TCP4 "[..], b"TCP6 ", b"UNKNOWN\r\n"].iter().any(|word| word.starts_with(rest)) => return Ok(None),
        _ => return Err(Fault::new(Kind::Unhandled, START.len())),
    };
    let line = buf.get(..LINE_MAX).unwrap_or(buf);
    let Some(end) = memchr::memchr2(b'\r', b'\n', line) else {
        return if buf.len() < LINE_MAX { Ok(None) } else { Err(Fault::new(Kind::Invalid, LINE_MAX)) };
    };
    match line.get(end..) {
        Some([b'\r', b'\n', ..]) => {}
        Some([b'\r']) if buf.len() < LINE_MAX => return Ok(None),
        _ => return Err(Fault::new(Kind::Invalid, end)),
    }
    let text = line.get(START.len() + 5..end).unwrap_or(&[]);
    let addresses = addresses(text, read).ok_or(Fault::new(Kind::Invalid, START.len() + 5))?;
    Ok(Some(Parsed { len: end + 2, addresses: Some(addresses), tlvs: 0..0 }))
}

pub(super) fn partial(buf: &[u8]) -> Kind {
    let known = buf.get(START.len()..START.len() + 5).is_some_and(|word| word == b"TCP4 " || word == b"TCP6 ");
    if known { Kind::Invalid } else { Kind::Unhandled }
}

/// `source destination source-port destination-port`, with one space between.
fn addresses(text: &[u8], read: fn(&[u8]) -> Option<IpAddr>) -> Option<Addresses> {
    let mut words = text.split(|b| *b == b' ');
    let mut next = || words.next();
    let (source, destination) = (read(next()?)?, read(next()?)?);
    let (from, to) = (port(next()?)?, port(next()?)?);
    let addresses = Addresses { source: SocketAddr::new(source, from), destination: SocketAddr::new(destination, to) };
    next().is_none().then_some(addresses)
}

/// As lax as HAProxy: up to four numbers are added up, each one byte further to the right.
fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut bits = 0u32;
    let mut shift = 32u32;
    for part in text.split(|b| *b == b'.') {
        shift = shift.checked_sub(8)?;
        bits = bits.wrapping_add(number(part)?.wrapping_shl(shift));
    }
    Some(Ipv4Addr::from_bits(bits))
}

fn ipv6(text: &[u8]) -> Option<Ipv6Addr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn port(text: &[u8]) -> Option<u16> {
    number(text)?.try_into().ok()
}

fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u32, |n, b| {
        let digit = b.is_ascii_digit().then(|| u32::from(b - b'0'))?;
        n.checked_mul(10)?.checked_add(digit)
    })
}
