//! TLS hellos that pass through in the clear (manual, section 7.3.5; RFC 8446, section 4.1).

use super::payload::buffer;
use crate::{
    row::{Absent, Args, Fetch, Fetched, Places},
    stream::Cx,
    value::{Type, Value},
};

/// Numbers of extensions.
const SERVER_NAME: u16 = 0;
const SUPPORTED_GROUPS: u16 = 10;
const SIGNATURE_ALGORITHMS: u16 = 13;
const ALPN: u16 = 16;
const SESSION_TICKET: u16 = 35;
const KEY_SHARE: u16 = 51;

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("rep_ssl_hello_type", Type::Int, Places::RESPONSE, server_hello),
    Fetch::new("req.ssl_alpn", Type::Str, Places::REQUEST, |_, cx| {
        let list = extension(cx, ALPN)?.and_then(|data| data.get(2..)).ok_or(Absent::Missing)?;
        prefixed::<1>(list).map(|(name, _)| Value::str(name)).ok_or(Absent::Missing)
    }),
    Fetch::new("req.ssl_cipherlist", Type::Bin, Places::CLIENT, |_, cx| Ok(Value::bin(tls(cx)?.ciphers))),
    Fetch::new("req.ssl_ec_ext", Type::Bool, Places::REQUEST, |_, cx| match extension(cx, SUPPORTED_GROUPS)? {
        Some(_) => Ok(Value::Bool(true)),
        None => Err(Absent::Missing),
    }),
    Fetch::new("req.ssl_hello_type", Type::Int, Places::REQUEST, client_hello),
    Fetch::new("req.ssl_keyshare_groups", Type::Bin, Places::CLIENT, key_shares),
    Fetch::new("req.ssl_sigalgs", Type::Bin, Places::CLIENT, |_, cx| list(cx, SIGNATURE_ALGORITHMS)),
    Fetch::new("req.ssl_sni", Type::Str, Places::REQUEST, server_name).ok(&["req.ssl_sni"]).bad(&["req.ssl_sni(a)"]),
    Fetch::new("req.ssl_st_ext", Type::Int, Places::REQUEST, |_, cx| {
        Ok(Value::Int(extension(cx, SESSION_TICKET)?.map_or(0, |ticket| if ticket.is_empty() { 1 } else { 2 })))
    }),
    Fetch::new("req.ssl_supported_groups", Type::Bin, Places::CLIENT, |_, cx| list(cx, SUPPORTED_GROUPS)),
    Fetch::new("req.ssl_ver", Type::Int, Places::REQUEST, version),
    Fetch::new("req_ssl_hello_type", Type::Int, Places::REQUEST, client_hello),
    Fetch::new("req_ssl_sni", Type::Str, Places::REQUEST, server_name),
    Fetch::new("req_ssl_ver", Type::Int, Places::REQUEST, version),
    Fetch::new("res.ssl_hello_type", Type::Int, Places::RESPONSE, server_hello),
];

/// The parts of a ClientHello that somebody asks for.
#[derive(Debug)]
struct Hello<'a> {
    version: [u8; 2],
    ciphers: &'a [u8],
    /// Type, length and data of each, still to be read.
    extensions: &'a [u8],
}

/// The bytes of a value behind its length of `N` bytes, and what follows.
fn prefixed<const N: usize>(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, rest) = text.split_at_checked(N)?;
    rest.split_at_checked(head.iter().fold(0, |len, b| len << 8 | usize::from(*b)))
}

/// The first handshake message of a TLS record: its type and its body. `NotYet` while bytes of it are missing.
fn handshake<'a>(cx: &Cx<'a>) -> Result<(u8, &'a [u8]), Absent> {
    let buffer = buffer(cx);
    let late = if buffer.complete { Absent::Missing } else { Absent::NotYet };
    match &buffer.bytes[..] {
        [0x16, 3, _, rest @ ..] => {
            let (record, _) = prefixed::<2>(rest).ok_or(late)?;
            let (kind, body) = record.split_first().ok_or(Absent::Missing)?;
            let (body, _) = prefixed::<3>(body).ok_or(Absent::Missing)?;
            Ok((*kind, body))
        }
        [] | [0x16] | [0x16, 3] => Err(late),
        _ => Err(Absent::Missing),
    }
}

fn hello<'a>(cx: &Cx<'a>) -> Result<Hello<'a>, Absent> {
    if cx.stream.is_http {
        return Err(Absent::Missing);
    }
    match handshake(cx)? {
        (1, body) => parse(body).ok_or(Absent::Missing),
        _ => Err(Absent::Missing),
    }
}

/// A hello of TLS itself: that of SSLv3 has nothing more to tell than its version.
fn tls<'a>(cx: &Cx<'a>) -> Result<Hello<'a>, Absent> {
    match buffer(cx).bytes.get(..3) {
        Some([0x16, 3, 0]) => Err(Absent::Missing),
        _ => hello(cx),
    }
}

/// Version, random, session, ciphers, compressions, extensions.
fn parse(body: &[u8]) -> Option<Hello<'_>> {
    let version = *body.first_chunk()?;
    let (_session, rest) = prefixed::<1>(body.get(34..)?)?;
    let (ciphers, rest) = prefixed::<2>(rest)?;
    let (_compressions, rest) = prefixed::<1>(rest)?;
    let extensions = prefixed::<2>(rest).map_or(&[][..], |(extensions, _)| extensions);
    Some(Hello { version, ciphers, extensions })
}

/// The data of an extension, if it was sent.
fn extension<'a>(cx: &Cx<'a>, wanted: u16) -> Result<Option<&'a [u8]>, Absent> {
    let mut rest = tls(cx)?.extensions;
    while let Some((kind, tail)) = rest.split_first_chunk() {
        let (data, tail) = prefixed::<2>(tail).ok_or(Absent::Missing)?;
        if u16::from_be_bytes(*kind) == wanted {
            return Ok(Some(data));
        }
        rest = tail;
    }
    Ok(None)
}

/// An extension that is a list behind its length.
fn list<'a>(cx: &Cx<'a>, wanted: u16) -> Fetched<'a> {
    let data = extension(cx, wanted)?.ok_or(Absent::Missing)?;
    prefixed::<2>(data).map(|(list, _)| Value::bin(list)).ok_or(Absent::Missing)
}

fn client_hello<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    hello(cx).map(|_| Value::Int(1))
}

fn server_hello<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    match handshake(cx)? {
        (2, _) => Ok(Value::Int(2)),
        _ => Err(Absent::Missing),
    }
}

/// The version that the client offers, also in the form of SSLv2.
fn version<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let [major, minor] = match buffer(cx).bytes[..] {
        [0x80..=0xff, _, 1, major, minor, ..] if !cx.stream.is_http => [major, minor],
        _ => hello(cx)?.version,
    };
    Ok(Value::Int(i64::from(major) << 16 | i64::from(minor)))
}

/// The host name among the names: a list of types and names, of which 0 is the type in use.
fn server_name<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let data = extension(cx, SERVER_NAME)?.ok_or(Absent::Missing)?;
    let (mut names, _) = prefixed::<2>(data).ok_or(Absent::Missing)?;
    while let Some((kind, rest)) = names.split_first() {
        let (name, rest) = prefixed::<2>(rest).ok_or(Absent::Missing)?;
        if *kind == 0 && !name.is_empty() {
            return Ok(Value::str(name));
        }
        names = rest;
    }
    Err(Absent::Missing)
}

/// The groups for which keys were sent, without the keys.
fn key_shares<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let data = extension(cx, KEY_SHARE)?.ok_or(Absent::Missing)?;
    let (mut shares, _) = prefixed::<2>(data).ok_or(Absent::Missing)?;
    let mut groups = Vec::new();
    while let Some((group, rest)) = shares.split_first_chunk::<2>() {
        let (_key, rest) = prefixed::<2>(rest).ok_or(Absent::Missing)?;
        groups.extend_from_slice(group);
        shares = rest;
    }
    Ok(Value::Bin(groups.into()))
}
