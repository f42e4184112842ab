//! The request's URL and its parameters (manual, section 7.3.6).

use super::{address::octets, header::int, http::request};
use crate::{
    hash,
    row::{Absent, ArgKind, Args, Fetch, Fetched, Places, Visitor},
    stream::Cx,
    value::{Type, Value},
};
use std::{borrow::Cow, net::Ipv4Addr, ops::ControlFlow};

const PARAM: &[ArgKind] = &[ArgKind::Str, ArgKind::Str, ArgKind::Str];

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("base", Type::Str, Places::REQUEST, base).ok(&["base"]).bad(&["base(a)"]),
    Fetch::new("base32", Type::Int, Places::REQUEST, |args, cx| Ok(Value::Int(hashed(base(args, cx)?).into()))),
    Fetch::new("base32+src", Type::Bin, Places::REQUEST, |args, cx| with_source(hashed(base(args, cx)?), cx)),
    Fetch::new("baseq", Type::Str, Places::REQUEST, baseq),
    Fetch::new("path", Type::Str, Places::REQUEST, path).ok(&["path"]).bad(&["path(a)"]),
    Fetch::new("pathq", Type::Str, Places::REQUEST, |_, cx| pathq(cx).map(Value::str)),
    Fetch::new("query", Type::Str, Places::REQUEST, query)
        .args(0, &[ArgKind::OneOf(&["", "with_qm"])])
        .ok(&["query", "query()", "query(with_qm)"])
        .bad(&["query(x)"]),
    Fetch::new("url", Type::Str, Places::REQUEST, |_, cx| Ok(Value::str(request(cx)?.target()))),
    Fetch::new("url32", Type::Int, Places::REQUEST, |_, cx| Ok(Value::Int(url_hash(cx)?.into()))),
    Fetch::new("url32+src", Type::Bin, Places::REQUEST, |_, cx| with_source(url_hash(cx)?, cx)),
    Fetch::new("url_ip", Type::Ipv4, Places::REQUEST, url_ip),
    Fetch::new("url_param", Type::Str, Places::REQUEST, param)
        .each(param, each_param)
        .args(0, PARAM)
        .ok(&["url_param", "url_param(a)", "url_param(a,;)", "url_param(a,,i)"])
        .bad(&["url_param(a,;,i,x)"]),
    Fetch::new("url_port", Type::Int, Places::REQUEST, url_port),
    Fetch::new("urlp", Type::Str, Places::REQUEST, param).each(param, each_param).args(0, PARAM).ok(&["urlp(a)"]),
    Fetch::new("urlp_val", Type::Int, Places::REQUEST, param_int)
        .each(param_int, each_param_int)
        .args(0, PARAM)
        .ok(&["urlp_val(a)"]),
];

fn path<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    pathq(cx).map(|text| Value::str(split_query(text).0))
}

fn pathq<'a>(cx: &Cx<'a>) -> Result<&'a [u8], Absent> {
    path_and_query(request(cx)?.target()).ok_or(Absent::Missing)
}

/// The target without scheme and authority; `None` for the forms that have no path.
pub(crate) fn path_and_query(target: &[u8]) -> Option<&[u8]> {
    if target.first() == Some(&b'/') {
        return Some(target);
    }
    let authority = target.get(memchr::memmem::find(target, b"://")? + 3..)?;
    Some(memchr::memchr(b'/', authority).and_then(|slash| authority.get(slash..)).unwrap_or(b"/"))
}

/// A path and what follows its question mark.
pub(crate) fn split_query(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b'?', text) {
        Some(at) => (text.get(..at).unwrap_or(text), text.get(at + 1..)),
        None => (text, None),
    }
}

fn query<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let text = pathq(cx)?;
    let query = split_query(text).1.ok_or(Absent::Missing)?;
    if args.int(0) == Some(1) && !query.is_empty() {
        return Ok(Value::str(text.get(text.len() - query.len() - 1..).unwrap_or(query)));
    }
    Ok(Value::str(query))
}

fn base<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let path = pathq(cx).map(|text| split_query(text).0);
    host_and(cx, path)
}

fn baseq<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    host_and(cx, pathq(cx))
}

fn host_and<'a>(cx: &Cx<'a>, path: Result<&'a [u8], Absent>) -> Fetched<'a> {
    match request(cx)?.field(b"host") {
        Some(host) if !host.is_empty() => Ok(Value::string([host, path.unwrap_or_default()].concat())),
        _ => path.map(Value::str),
    }
}

fn url_hash(cx: &Cx<'_>) -> Result<u32, Absent> {
    let host = request(cx)?.field(b"host").unwrap_or_default();
    Ok(hash::url(&[host, pathq(cx).unwrap_or_default()]))
}

fn hashed(value: Value<'_>) -> u32 {
    hash::url(&[&value.into_str().unwrap_or(Cow::Borrowed(b""))])
}

fn with_source<'a>(hash: u32, cx: &Cx<'a>) -> Fetched<'a> {
    let mut bytes = hash.to_be_bytes().to_vec();
    if let Some(source) = cx.stream.client.src {
        octets(source.ip(), |octets| bytes.extend_from_slice(octets));
    }
    Ok(Value::Bin(Cow::Owned(bytes)))
}

/// The host and port of an absolute target: an IPv4 address, and 80 or 443 where no port is written.
fn authority(target: &[u8]) -> Option<(Ipv4Addr, u16)> {
    let (scheme, rest) = target.split_at_checked(memchr::memmem::find(target, b"://")?)?;
    let text = std::str::from_utf8(rest.get(3..)?).ok()?;
    let text = text.split(['/', '?', '#']).next()?;
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    let default = if scheme.eq_ignore_ascii_case(b"https") { 443 } else { 80 };
    Some((host.parse().ok()?, if port.is_empty() { default } else { port.parse().ok()? }))
}

fn url_ip<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let (address, _) = authority(request(cx)?.target()).ok_or(Absent::Missing)?;
    Ok(Value::Ipv4(address))
}

fn url_port<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let (_, port) = authority(request(cx)?.target()).ok_or(Absent::Missing)?;
    Ok(Value::Int(port.into()))
}

/// The parameters of a list as they are written: `a=1&b=2`. Those without `=` have no value and are left out.
/// An ampersand, a semicolon or the list's own delimiter ends one.
pub(crate) fn params<'q>(list: &'q [u8], end: u8, name: &'q [u8], fold: bool) -> impl Iterator<Item = &'q [u8]> {
    list.split(move |b| *b == b'&' || *b == b';' || *b == end).filter_map(move |param| {
        let equals = memchr::memchr(b'=', param)?;
        let (key, value) = (param.get(..equals)?, param.get(equals + 1..)?);
        let same = if fold { key.eq_ignore_ascii_case(name) } else { key == name };
        (name.is_empty() || same).then_some(value)
    })
}

fn param_list<'a>(args: &'a Args, cx: &Cx<'a>) -> Result<impl Iterator<Item = &'a [u8]> + use<'a>, Absent> {
    let delimiter = args.str(1).and_then(|d| d.first()).copied().unwrap_or(b'?');
    let text = pathq(cx)?;
    let start = memchr::memchr(delimiter, text).map_or(text.len(), |at| at + 1);
    let fold = args.str(2) == Some(b"i");
    Ok(params(text.get(start..).unwrap_or(&[]), delimiter, args.str(0).unwrap_or_default(), fold))
}

fn param<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    param_list(args, cx)?.next().map(Value::str).ok_or(Absent::Missing)
}

fn each_param<'a>(args: &'a Args, cx: &Cx<'a>, visit: &mut Visitor<'_, 'a>) -> Result<(), Absent> {
    for value in param_list(args, cx)? {
        if visit(Value::str(value)) == ControlFlow::Break(()) {
            break;
        }
    }
    Ok(())
}

fn param_int<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    int(param(args, cx)?)
}

fn each_param_int<'a>(args: &'a Args, cx: &Cx<'a>, visit: &mut Visitor<'_, 'a>) -> Result<(), Absent> {
    each_param(args, cx, &mut |value| match int(value) {
        Ok(value) => visit(value),
        Err(_) => ControlFlow::Continue(()),
    })
}
