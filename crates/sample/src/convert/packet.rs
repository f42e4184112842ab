//! Parts of the packet that opened a connection, as `tcp-ss` keeps it: Ethernet, IP and TCP headers (manual, section
//! 7.3.1).
//!
//! A part that is cut off is missing. What a header announces is held against what is there, never trusted.

use super::text::bytes;
use crate::{
    row::{Absent, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value, part},
};
use std::{
    borrow::Cow,
    net::{Ipv4Addr, Ipv6Addr},
    ops::Range,
};

/// A part of the input, as bytes.
macro_rules! block {
    ($name:literal, $of:expr) => {
        Convert::new($name, Type::Bin, Type::Bin, |_, _, value| {
            let kind = value.of_type();
            let packet = bytes(value);
            let range: Option<Range<usize>> = $of(&packet);
            let range = range.filter(|range| range.end <= packet.len()).ok_or(Absent::Missing)?;
            Ok(Value::with_bytes(kind, part(packet, range)))
        })
        .ok(&[$name])
        .bad(&[concat!($name, "(1)")])
    };
}

/// A number out of the input.
macro_rules! number {
    ($name:literal, $of:expr) => {
        Convert::new($name, Type::Bin, Type::Int, |_, _, value| {
            let number: Option<i64> = $of(&bytes(value));
            number.map(Value::Int).ok_or(Absent::Missing)
        })
        .ok(&[$name])
        .bad(&[concat!($name, "(1)")])
    };
}

pub(super) const TABLE: &[Convert] = &[
    block!("eth.data", |frame: &[u8]| Some(ether(frame)?.end..frame.len())),
    block!("eth.dst", |_: &[u8]| Some(0..6)),
    block!("eth.hdr", |frame: &[u8]| Some(0..ether(frame)?.end)),
    number!("eth.proto", |frame: &[u8]| be16(frame, ether(frame)?.end - 2)),
    block!("eth.src", |_: &[u8]| Some(6..12)),
    number!("eth.vlan", |frame: &[u8]| {
        let end = ether(frame)?.end;
        // The tag stands in front of the protocol.
        (end > 14).then(|| be16(frame, end - 4).map(|tag| tag & 0xfff))?
    }),
    block!("ip.data", |packet: &[u8]| Some(Ip::read(packet)?.end..packet.len())),
    number!("ip.df", |packet: &[u8]| dont_fragment(packet)),
    Convert::new("ip.dst", Type::Bin, Type::Addr, |_, _, value| address(&bytes(value), 16, 24)),
    Convert::new("ip.fp", Type::Bin, Type::Bin, fingerprint)
        .args(0, &[ArgKind::Int])
        .ok(&["ip.fp", "ip.fp()", "ip.fp(5)"])
        .bad(&["ip.fp(x)", "ip.fp(1,2)"]),
    block!("ip.hdr", |packet: &[u8]| Some(0..Ip::read(packet)?.end)),
    number!("ip.proto", |packet: &[u8]| match version(packet)? {
        4 => byte(packet, 9),
        _ => Ip::read(packet).map(|ip| ip.proto.into()),
    }),
    Convert::new("ip.src", Type::Bin, Type::Addr, |_, _, value| address(&bytes(value), 12, 8)),
    number!("ip.tos", |packet: &[u8]| tos(packet)),
    number!("ip.ttl", |packet: &[u8]| ttl(packet)),
    number!("ip.ver", |packet: &[u8]| byte(packet, 0).map(|first| first >> 4)),
    number!("tcp.dst", |segment: &[u8]| be16(tcp(segment)?, 2)),
    number!("tcp.flags", |segment: &[u8]| byte(tcp(segment)?, 13)),
    number!("tcp.options.mss", |segment: &[u8]| Some(mss(tcp(segment)?))),
    number!("tcp.options.sack", |segment: &[u8]| Some(option(tcp(segment)?, SACK).is_some().into())),
    number!("tcp.options.tsopt", |segment: &[u8]| Some(option(tcp(segment)?, TIMESTAMP).is_some().into())),
    number!("tcp.options.tsval", |segment: &[u8]| {
        Some(option(tcp(segment)?, TIMESTAMP).and_then(|data| be32(data, 0)).unwrap_or(0))
    }),
    number!("tcp.options.wscale", |segment: &[u8]| {
        Some(option(tcp(segment)?, SCALE).and_then(|data| byte(data, 0)).unwrap_or(0))
    }),
    number!("tcp.options.wsopt", |segment: &[u8]| Some(option(tcp(segment)?, SCALE).is_some().into())),
    Convert::new("tcp.options_list", Type::Bin, Type::Bin, |_, _, value| {
        let segment = bytes(value);
        // One whose length is wrong is listed, too.
        Ok(Value::Bin(options(tcp(&segment).ok_or(Absent::Missing)?).map(|(kind, _)| kind).collect()))
    }),
    number!("tcp.seq", |segment: &[u8]| be32(tcp(segment)?, 4)),
    number!("tcp.src", |segment: &[u8]| be16(tcp(segment)?, 0)),
    number!("tcp.win", |segment: &[u8]| be16(tcp(segment)?, 14)),
];

fn byte(bytes: &[u8], at: usize) -> Option<i64> {
    bytes.get(at).map(|b| (*b).into())
}

fn be16(bytes: &[u8], at: usize) -> Option<i64> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?).into())
}

fn be32(bytes: &[u8], at: usize) -> Option<i64> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?).into())
}

// === Ethernet ===

const VLAN: i64 = 0x8100;

/// The header of a frame with its VLAN tags.
fn ether(frame: &[u8]) -> Option<Range<usize>> {
    let mut end = 14;
    while be16(frame, end - 2)? == VLAN {
        end += 4;
    }
    Some(0..end)
}

// === IP ===

/// The header of a packet with its options or extensions.
struct Ip {
    v6: bool,
    end: usize,
    /// The protocol of what follows.
    proto: u8,
    /// Whether there are options or extensions.
    options: bool,
}

fn version(packet: &[u8]) -> Option<u8> {
    packet.first().map(|first| first >> 4).filter(|version| matches!(version, 4 | 6))
}

impl Ip {
    fn read(packet: &[u8]) -> Option<Ip> {
        if version(packet)? == 6 {
            return Ip::read_v6(packet);
        }
        let end = usize::from(packet.first()? & 15) * 4;
        let whole = end >= 20 && end <= packet.len();
        whole.then_some(Ip { v6: false, end, proto: *packet.get(9)?, options: end > 20 })
    }

    /// Skips the extensions: their length is in units of eight bytes, that of an authentication in units of four.
    fn read_v6(packet: &[u8]) -> Option<Ip> {
        const HOP_BY_HOP: u8 = 0;
        const ROUTING: u8 = 43;
        const FRAGMENT: u8 = 44;
        const AUTHENTICATION: u8 = 51;
        const DESTINATION: u8 = 60;
        const MOBILITY: u8 = 135;
        let (mut end, mut proto) = (40, *packet.get(6)?);
        loop {
            let len = || packet.get(end + 1).map(|len| usize::from(*len));
            let size = match proto {
                HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY => len()? * 8 + 8,
                FRAGMENT => 8,
                AUTHENTICATION => len()? * 4 + 8,
                _ => break,
            };
            proto = *packet.get(end)?;
            end += size;
        }
        (end <= packet.len()).then_some(Ip { v6: true, end, proto, options: end > 40 })
    }
}

fn tos(packet: &[u8]) -> Option<i64> {
    match version(packet)? {
        4 => byte(packet, 1),
        _ => be16(packet, 0).map(|start| start >> 4 & 255),
    }
}

fn ttl(packet: &[u8]) -> Option<i64> {
    Ip::read(packet)?;
    byte(packet, if version(packet)? == 4 { 8 } else { 7 })
}

/// IPv6 does not fragment on the way.
fn dont_fragment(packet: &[u8]) -> Option<i64> {
    match version(packet)? {
        4 => byte(packet, 6).map(|flags| flags >> 6 & 1),
        _ => Some(1),
    }
}

fn address_bytes(packet: &[u8], v4: usize, v6: usize) -> Option<&[u8]> {
    match version(packet)? {
        4 => packet.get(v4..v4 + 4),
        _ => packet.get(v6..v6 + 16),
    }
}

/// The address that stands at one place in IPv4, at another in IPv6.
fn address(packet: &[u8], v4: usize, v6: usize) -> Fetched<'static> {
    let bytes = address_bytes(packet, v4, v6).ok_or(Absent::Missing)?;
    let v4 = || Some(Value::Ipv4(Ipv4Addr::from(*bytes.first_chunk::<4>()?)));
    let v6 = || Some(Value::Ipv6(Ipv6Addr::from(*bytes.first_chunk::<16>()?)));
    v6().or_else(v4).ok_or(Absent::Missing)
}

// === TCP ===

const MSS: u8 = 2;
const SCALE: u8 = 3;
const SACK: u8 = 4;
const TIMESTAMP: u8 = 8;

/// The header of a segment with its options.
fn tcp(segment: &[u8]) -> Option<&[u8]> {
    let len = usize::from(segment.get(12)? >> 4) * 4;
    segment.get(..len).filter(|header| header.len() >= 20)
}

/// The options of a header, each with its data; `None` for one whose length is wrong, behind which nothing is read.
fn options(header: &[u8]) -> impl Iterator<Item = (u8, Option<&[u8]>)> {
    let mut rest = header.get(20..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (kind, tail) = rest.split_first()?;
        let data = match kind {
            0 => return None,
            1 => Some(&[][..]),
            _ => tail.first().and_then(|len| rest.get(2..usize::from(*len))),
        };
        rest = match (kind, data) {
            (1, _) => tail,
            (_, Some(data)) => rest.get(data.len() + 2..).unwrap_or_default(),
            (_, None) => &[],
        };
        Some((*kind, data))
    })
}

/// The data of the first option of a kind.
fn option(header: &[u8], wanted: u8) -> Option<&[u8]> {
    options(header).find_map(|(kind, data)| data.filter(|_| kind == wanted))
}

fn mss(header: &[u8]) -> i64 {
    option(header, MSS).and_then(|data| be16(data, 0)).unwrap_or(0)
}

/// What tells one sender from another at the same address, and on request the TTL (1), the kinds of options (2) and the
/// address (4).
fn fingerprint<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let packet = bytes(value);
    let print = fingerprinted(&packet, args.int(0).unwrap_or(0)).ok_or(Absent::Missing)?;
    Ok(Value::Bin(Cow::Owned(print)))
}

fn fingerprinted(packet: &[u8], mode: i64) -> Option<Vec<u8>> {
    let ip = Ip::read(packet).filter(|ip| ip.proto == 6)?;
    let segment = packet.get(ip.end..)?;
    let header = tcp(segment)?;
    let ttl = ttl(packet)? as u8;
    let distance = match ttl {
        0..=32 => 0,
        33..=64 => 1,
        65..=128 => 2,
        129.. => 3,
    };
    let bit = |set: bool, at: u8| u8::from(set) << at;
    let flags = *header.get(13)?;
    let about = bit(ip.v6, 7)
        | (dont_fragment(packet)? as u8) << 6
        | distance << 4
        | bit(ip.options, 3)
        | bit(segment.len() > header.len(), 2)
        | flags >> 6;
    let scale = option(header, SCALE).and_then(|data| data.first()).map_or(0, |scale| scale.saturating_add(1).min(15));
    let present = options(header).filter(|(kind, data)| *kind > 1 && data.is_some());
    let present = present.fold(0, |bits, (kind, _)| bits | 1u8 << (kind - 2).min(7));
    let mut print = vec![tos(packet)? as u8, about, header.get(12)? & 0xf0 | scale];
    print.extend_from_slice(header.get(14..16)?);
    print.extend_from_slice(&(mss(header) as u16).to_be_bytes());
    print.push(present);
    if mode & 1 != 0 {
        print.push(ttl);
    }
    if mode & 2 != 0 {
        print.extend(options(header).filter(|(_, data)| data.is_some()).map(|(kind, _)| kind));
    }
    if mode & 4 != 0 {
        print.extend_from_slice(address_bytes(packet, 12, 8)?);
    }
    Some(print)
}
