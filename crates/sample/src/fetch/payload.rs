//! Raw contents of the buffers (manual, section 7.3.5).

use super::http::request;
use crate::{
    row::{Absent, Arg, ArgKind, Args, Fetch, Fetched, Places},
    stream::{Cx, Payload, counted},
    value::{Type, Value},
};
use std::ops::Range;

const RANGE: &[ArgKind] = &[ArgKind::Int, ArgKind::Int];
const COUNTED: &[ArgKind] = &[ArgKind::Int, ArgKind::Int, ArgKind::Str];

const fn range(name: &'static str, places: Places) -> Fetch {
    Fetch::new(name, Type::Bin, places, payload).args(2, RANGE).check(not_negative)
}

const fn measured(name: &'static str, places: Places) -> Fetch {
    Fetch::new(name, Type::Bin, places, payload_lv).args(2, COUNTED).check(offsets)
}

pub(super) const TABLE: &[Fetch] = &[
    range("payload", Places::MESSAGE).ok(&["payload(0,4)"]),
    measured("payload_lv", Places::MESSAGE).ok(&["payload_lv(0,2)"]),
    Fetch::new("rdp_cookie", Type::Str, Places::REQUEST, rdp_cookie).args(0, &[ArgKind::Str]),
    Fetch::new("rdp_cookie_cnt", Type::Int, Places::REQUEST, rdp_cookie_count).args(0, &[ArgKind::Str]),
    Fetch::new("req.len", Type::Int, Places::REQUEST, len).grows(),
    range("req.payload", Places::REQUEST).ok(&["req.payload(0,4)"]).bad(&["req.payload(0)", "req.payload(-1,2)"]),
    measured("req.payload_lv", Places::REQUEST)
        .ok(&["req.payload_lv(0,2)", "req.payload_lv(0,2,+1)", "req.payload_lv(0,2,4)"])
        .bad(&["req.payload_lv(0,0)", "req.payload_lv(0,2,x)"]),
    Fetch::new("req.rdp_cookie", Type::Str, Places::REQUEST, rdp_cookie)
        .args(0, &[ArgKind::Str])
        .ok(&["req.rdp_cookie(mstshash)"]),
    Fetch::new("req.rdp_cookie_cnt", Type::Int, Places::REQUEST, rdp_cookie_count).args(0, &[ArgKind::Str]),
    Fetch::new("req_len", Type::Int, Places::REQUEST, len).grows(),
    Fetch::new("res.len", Type::Int, Places::RESPONSE, len).grows(),
    range("res.payload", Places::RESPONSE).ok(&["res.payload(4,0)"]),
    measured("res.payload_lv", Places::RESPONSE).ok(&["res.payload_lv(0,1)"]),
];

/// HAProxy takes negative offsets and dies at the first request.
fn not_negative(args: &mut Args) -> Result<(), String> {
    match (0..2).find(|at| args.int(*at).is_some_and(|i| i < 0)) {
        Some(at) => Err(format!("argument {} must not be negative", at + 1)),
        None => Ok(()),
    }
}

/// The third argument is where the data starts: a number, or a distance from behind the length with a sign.
fn offsets(args: &mut Args) -> Result<(), String> {
    not_negative(args)?;
    if args.int(1) == Some(0) {
        return Err(String::from("payload length must be > 0"));
    }
    if let Some(text) = args.str(2).filter(|t| !t.is_empty()) {
        let relative = matches!(text.first(), Some(b'+' | b'-'));
        let offset = crate::arg::int(text).ok_or("payload offset2 is not a number")?;
        let behind = args.int(0).unwrap_or(0) + args.int(1).unwrap_or(0);
        // HAProxy keeps a number and a sign in one integer, the sign as its lowest bit, but shifts only signed ones.
        let start = if relative { behind + offset } else { (offset & 1) * behind + (offset >> 1) };
        if start < 0 {
            return Err(String::from("payload offset2 too negative"));
        }
        args.0.truncate(2);
        args.0.push(Arg::Int(start));
    }
    Ok(())
}

/// The bytes received so far in the direction that the place is about.
pub(super) fn buffer<'a>(cx: &Cx<'a>) -> &'a Payload {
    if Places::RESPONSE.meets(cx.place) { &cx.stream.res_body } else { &cx.stream.req_body }
}

fn slice(buffer: &Payload, range: Range<usize>) -> Result<&[u8], Absent> {
    let missing = if buffer.complete { Absent::Missing } else { Absent::NotYet };
    buffer.bytes.get(range).ok_or(missing)
}

fn index(args: &Args, at: usize) -> Result<usize, Absent> {
    args.int(at).and_then(|i| usize::try_from(i).ok()).ok_or(Absent::Missing)
}

fn len<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let mut len = buffer(cx).bytes.len() as u64;
    if cx.stream.is_http {
        len += counted(super::header::head(cx)?);
    }
    Ok(Value::Int(len as i64))
}

/// A length of 0 means all there is.
fn payload<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let (offset, len, buffer) = (index(args, 0)?, index(args, 1)?, buffer(cx));
    let end = if len == 0 { buffer.bytes.len() } else { offset.saturating_add(len) };
    slice(buffer, offset..end).map(Value::bin)
}

/// A length, big end first, and that many bytes.
fn payload_lv<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let (offset, size, buffer) = (index(args, 0)?, index(args, 1)?, buffer(cx));
    let head = slice(buffer, offset..offset.saturating_add(size))?;
    let len = head.iter().fold(0usize, |len, b| len << 8 | usize::from(*b));
    let start = index(args, 2).unwrap_or(offset.saturating_add(size));
    if len == 0 {
        return Err(Absent::Missing);
    }
    slice(buffer, start..start.saturating_add(len)).map(Value::bin)
}

/// The cookie of a remote desktop's first packet: `Cookie: NAME=VALUE` behind eleven bytes of TPKT and X.224 headers.
/// `NotYet` says that the packet is too short.
fn rdp<'a>(cx: &Cx<'a>) -> Result<(&'a [u8], &'a [u8]), Absent> {
    if request(cx).is_ok() {
        return Err(Absent::Missing);
    }
    let buffer = buffer(cx);
    let part = |range| buffer.bytes.get::<Range<usize>>(range).ok_or(Absent::NotYet);
    let head = part(0..11)?;
    let [3, _, high, low, rest, 0xe0, ..] = head else { return Err(Absent::Missing) };
    let total = usize::from(*high) << 8 | usize::from(*low);
    if total != usize::from(*rest) + 5 {
        return Err(Absent::Missing);
    }
    let text = part(11..total)?;
    let prefix = text.get(..8).ok_or(Absent::NotYet)?;
    if !prefix.eq_ignore_ascii_case(b"cookie: ") {
        return Err(Absent::Missing);
    }
    let pair = text.get(prefix.len()..).unwrap_or_default();
    let line = pair.get(..memchr::memmem::find(pair, b"\r\n").ok_or(Absent::NotYet)?).unwrap_or_default();
    let equals = memchr::memchr(b'=', line).ok_or(Absent::Missing)?;
    let (name, value) = line.split_at_checked(equals).ok_or(Absent::Missing)?;
    Ok((name, value.get(1..).unwrap_or_default()))
}

fn wanted(args: &Args, name: &[u8]) -> bool {
    args.str(0).is_none_or(|wanted| wanted.is_empty() || wanted.eq_ignore_ascii_case(name))
}

fn rdp_cookie<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let late = if buffer(cx).complete { Absent::Missing } else { Absent::NotYet };
    let (name, value) = rdp(cx).map_err(|absent| if absent == Absent::NotYet { late } else { absent })?;
    if wanted(args, name) { Ok(Value::str(value)) } else { Err(Absent::Missing) }
}

fn rdp_cookie_count<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    match rdp(cx) {
        Ok((name, _)) => Ok(Value::Int(wanted(args, name).into())),
        Err(Absent::Missing) => Ok(Value::Int(0)),
        Err(Absent::NotYet) if cx.stream.req_body.complete => Err(Absent::Missing),
        Err(Absent::NotYet) => Err(Absent::NotYet),
    }
}
