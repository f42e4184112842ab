//! Header fields (manual, section 7.3.6): `hdr` splits at commas, `fhdr` takes whole values.

use super::http::{request, response};
use crate::{
    row::{Absent, ArgKind, Args, Fetch, FetchFn, Fetched, Places, Run, RunEach, Visitor},
    stream::Cx,
    value::{Type, Value},
};
use message::Head;
use std::{borrow::Cow, ops::ControlFlow};

const OCCURRENCE: &[ArgKind] = &[ArgKind::Str, ArgKind::Int];
const NAME: &[ArgKind] = &[ArgKind::Str];

/// A family of rows: the same for requests, for responses, and for whichever is at hand.
const fn valued(name: &'static str, out: Type, places: Places, run: FetchFn) -> Fetch {
    let row = match run {
        FetchFn::One(one) => Fetch::new(name, out, places, one),
        FetchFn::Each { one, each } => Fetch::new(name, out, places, one).each(one, each),
    };
    row.args(0, OCCURRENCE).check(occurrence)
}

const fn both(one: Run, each: RunEach) -> FetchFn {
    FetchFn::Each { one, each }
}

const STR: FetchFn = both(value, each);
const INT: FetchFn = both(|a, cx| int(value(a, cx)?), |a, cx, v| each_as(a, cx, v, int));
const ADDR: FetchFn = both(|a, cx| address(value(a, cx)?), |a, cx, v| each_as(a, cx, v, address));
const FULL: FetchFn = both(full, each_full);

pub(super) const TABLE: &[Fetch] = &[
    valued("hdr", Type::Str, Places::MESSAGE, STR).ok(&["hdr", "hdr(host)", "hdr(x-a,-10)", "hdr(,1)"]).bad(&[
        "hdr(x-a,-11)",
        "hdr(x-a,a)",
        "hdr(a,1,2)",
    ]),
    Fetch::new("hdr_cnt", Type::Int, Places::REQUEST, count).args(0, NAME),
    valued("hdr_ip", Type::Addr, Places::REQUEST, ADDR),
    valued("hdr_val", Type::Int, Places::REQUEST, INT),
    valued("req.fhdr", Type::Str, Places::REQUEST, FULL).ok(&["req.fhdr(cookie)", "req.fhdr(a,2)"]),
    Fetch::new("req.fhdr_cnt", Type::Int, Places::REQUEST, count_full).args(0, NAME).ok(&["req.fhdr_cnt(a)"]),
    valued("req.hdr", Type::Str, Places::REQUEST, STR).ok(&["req.hdr(host)", "req.hdr(a,-1)"]),
    Fetch::new("req.hdr_cnt", Type::Int, Places::REQUEST, count)
        .args(0, NAME)
        .ok(&["req.hdr_cnt", "req.hdr_cnt(a)"])
        .bad(&["req.hdr_cnt(a,1)"]),
    valued("req.hdr_ip", Type::Addr, Places::REQUEST, ADDR).ok(&["req.hdr_ip(x-forwarded-for,-1)"]),
    Fetch::new("req.hdr_names", Type::Str, Places::REQUEST, names).args(0, NAME).ok(&["req.hdr_names(;)"]),
    valued("req.hdr_val", Type::Int, Places::REQUEST, INT).ok(&["req.hdr_val(content-length)"]),
    Fetch::new("req.hdrs", Type::Bin, Places::REQUEST, dump).bad(&["req.hdrs(a)"]),
    Fetch::new("req.hdrs_bin", Type::Bin, Places::REQUEST, dump_binary),
    valued("res.fhdr", Type::Str, Places::RESPONSE, FULL),
    Fetch::new("res.fhdr_cnt", Type::Int, Places::RESPONSE, count_full).args(0, NAME),
    valued("res.hdr", Type::Str, Places::RESPONSE, STR).ok(&["res.hdr(server)"]),
    Fetch::new("res.hdr_cnt", Type::Int, Places::RESPONSE, count).args(0, NAME),
    valued("res.hdr_ip", Type::Addr, Places::RESPONSE, ADDR),
    Fetch::new("res.hdr_names", Type::Str, Places::RESPONSE, names).args(0, NAME),
    valued("res.hdr_val", Type::Int, Places::RESPONSE, INT),
    Fetch::new("res.hdrs", Type::Bin, Places::RESPONSE, dump),
    Fetch::new("res.hdrs_bin", Type::Bin, Places::RESPONSE, dump_binary),
    valued("shdr", Type::Str, Places::RESPONSE, STR).ok(&["shdr(server)"]),
    Fetch::new("shdr_cnt", Type::Int, Places::RESPONSE, count).args(0, NAME),
    valued("shdr_ip", Type::Addr, Places::RESPONSE, ADDR),
    valued("shdr_val", Type::Int, Places::RESPONSE, INT),
];

/// The head that the place is about: rows of requests are not valid at places of responses, so that is enough.
pub(super) fn head<'a>(cx: &Cx<'a>) -> Result<&'a Head, Absent> {
    if Places::RESPONSE.meets(cx.place) { response(cx) } else { request(cx) }
}

/// Names are lower case in heads, so they are made so once; occurrences further back than ten are refused.
fn occurrence(args: &mut Args) -> Result<(), String> {
    if args.int(1).is_some_and(|at| at < -10) {
        return Err(String::from("positional argument 2 must be >= -10"));
    }
    Ok(())
}

/// The values of a name, split at commas.
fn values<'a>(args: &'a Args, head: &'a Head) -> impl Iterator<Item = &'a [u8]> {
    named(head, args.str(0)).flat_map(split)
}

/// Whole values of a name in any case: of every field for an empty one, of none where no name is given at all.
fn named<'a>(head: &'a Head, name: Option<&'a [u8]>) -> impl Iterator<Item = &'a [u8]> {
    let matches = move |n: &[u8]| name.is_some_and(|name| name.is_empty() || n.eq_ignore_ascii_case(name));
    head.iter().filter(move |(n, _)| matches(n)).map(|(_, value)| value)
}

/// The members of one value; commas in quoted strings do not split.
fn split(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    value
        .split(move |b| {
            let was_escaped = std::mem::take(&mut escaped);
            match b {
                b'\\' if quoted && !was_escaped => escaped = true,
                b'"' if !was_escaped => quoted = !quoted,
                _ => {}
            }
            *b == b',' && !quoted
        })
        .map(<[u8]>::trim_ascii)
}

/// One of several: from the front when positive, from the back when negative.
fn pick<'a, I: Iterator<Item = &'a [u8]>>(values: impl Fn() -> I, at: i64) -> Fetched<'a> {
    let found = match at {
        1.. => values().nth(at as usize - 1),
        -1 | 0 => values().last(),
        _ => values().count().checked_sub(at.unsigned_abs() as usize).and_then(|i| values().nth(i)),
    };
    found.map(Value::str).ok_or(Absent::Missing)
}

fn value<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let head = head(cx)?;
    pick(|| values(args, head), args.int(1).unwrap_or(-1))
}

fn each<'a>(args: &'a Args, cx: &Cx<'a>, visit: &mut Visitor<'_, 'a>) -> Result<(), Absent> {
    let head = head(cx)?;
    visit_all(|| values(args, head), args, visit)
}

fn full<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let head = head(cx)?;
    pick(|| named(head, args.str(0)), args.int(1).unwrap_or(-1))
}

fn each_full<'a>(args: &'a Args, cx: &Cx<'a>, visit: &mut Visitor<'_, 'a>) -> Result<(), Absent> {
    let head = head(cx)?;
    visit_all(|| named(head, args.str(0)), args, visit)
}

/// With an occurrence there is one value, without there are all.
fn visit_all<'a, I: Iterator<Item = &'a [u8]>>(
    values: impl Fn() -> I,
    args: &Args,
    visit: &mut Visitor<'_, 'a>,
) -> Result<(), Absent> {
    let _ = match args.int(1).filter(|at| *at != 0) {
        Some(at) => visit(pick(values, at)?),
        None => values().try_for_each(|value| visit(Value::str(value))),
    };
    Ok(())
}

fn each_as<'a>(
    args: &'a Args,
    cx: &Cx<'a>,
    visit: &mut Visitor<'_, 'a>,
    cast: for<'v> fn(Value<'v>) -> Fetched<'v>,
) -> Result<(), Absent> {
    each(args, cx, &mut |value| match cast(value) {
        Ok(value) => visit(value),
        Err(_) => ControlFlow::Continue(()),
    })
}

pub(super) fn int(value: Value<'_>) -> Fetched<'_> {
    match value {
        Value::Str(text) => Ok(Value::Int(loose_int(&text).into())),
        _ => Err(Absent::Missing),
    }
}

/// HAProxy reads numbers of headers and cookies digit by digit over 32 bits; bytes below `0` count as negative digits,
/// those above `9` end the number.
fn loose_int(text: &[u8]) -> i32 {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        _ => (false, text),
    };
    let digits = digits.iter().map(|b| i32::from(*b as i8) - i32::from(b'0'));
    let number = digits.take_while(|d| *d <= 9).fold(0i32, |sum, d| sum.wrapping_mul(10).wrapping_add(d));
    if negative { number.wrapping_neg() } else { number }
}

/// An address as `X-Forwarded-For` carries them: IPv4 perhaps with a port, IPv6 perhaps in brackets.
fn address(value: Value<'_>) -> Fetched<'_> {
    let text = value.into_str().unwrap_or_default();
    let text = std::str::from_utf8(&text).map_err(|_| Absent::Missing)?;
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    if let Ok(address) = bare.unwrap_or(text).parse() {
        return Ok(Value::Ipv6(address));
    }
    let host = text.split_once(':').map_or(text, |(host, _)| host);
    host.parse().map(Value::Ipv4).map_err(|_| Absent::Missing)
}

fn count<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let head = head(cx)?;
    Ok(Value::Int(match args.str(0).unwrap_or_default() {
        b"" => head.iter().flat_map(|(_, value)| split(value)).count() as i64,
        _ => values(args, head).count() as i64,
    }))
}

fn count_full<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let head = head(cx)?;
    Ok(Value::Int(match args.str(0).unwrap_or_default() {
        b"" => head.fields().len() as i64,
        name => named(head, Some(name)).count() as i64,
    }))
}

fn names<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let delimiter = delimiter(args);
    let names: Vec<_> = head(cx)?.iter().map(|(name, _)| name).collect();
    Ok(Value::string(names.join(&delimiter)))
}

/// One byte between names; an empty argument is a NUL.
pub(super) fn delimiter(args: &Args) -> u8 {
    args.str(0).map_or(b',', |d| d.first().copied().unwrap_or(0))
}

fn dump<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let mut text = Vec::new();
    for (name, value) in head(cx)?.iter() {
        text.extend([name, b": ", value, b"\r\n"].concat());
    }
    text.extend(b"\r\n");
    Ok(Value::string(text))
}

/// Names and values behind their lengths, in SPOE's form; an empty pair ends them.
fn dump_binary<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let mut bytes = Vec::new();
    for (name, value) in head(cx)?.iter() {
        for part in [name, value] {
            varint(part.len() as u64, &mut bytes);
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend([0, 0]);
    Ok(Value::Bin(Cow::Owned(bytes)))
}

/// The variable-length integer of the SPOE and peers protocols.
fn varint(mut value: u64, out: &mut Vec<u8>) {
    if value < 240 {
        out.push(value as u8);
        return;
    }
    out.push(value as u8 | 240);
    value = (value - 240) >> 4;
    while value >= 128 {
        out.push(value as u8 | 128);
        value = (value - 128) >> 7;
    }
    out.push(value as u8);
}
