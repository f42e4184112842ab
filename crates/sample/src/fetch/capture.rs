//! What `capture` lines and the log keep of a message (manual, section 7.3.6).

use super::url::path_and_query;
use crate::{
    row::{Absent, ArgKind, Args, Fetch, Fetched, Places},
    stream::Cx,
    value::{Type, Value},
};
use message::Version;
use std::borrow::Cow;

const SLOT: &[ArgKind] = &[ArgKind::Int];

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("capture.req.hdr", Type::Str, Places::REQUEST_KEPT, |args, cx| slot(args, cx.stream.captures(false)))
        .args(1, SLOT)
        .check(positive)
        .ok(&["capture.req.hdr(0)"])
        .bad(&["capture.req.hdr", "capture.req.hdr(x)", "capture.req.hdr(-1)"]),
    Fetch::new("capture.req.method", Type::Str, Places::REQUEST_KEPT, |_, cx| {
        request_line(cx).map(|(method, _, _)| Value::str(method))
    }),
    Fetch::new("capture.req.uri", Type::Str, Places::REQUEST_KEPT, |_, cx| {
        let (_, target, _) = request_line(cx)?;
        path_and_query(target).map(Value::str).ok_or(Absent::Missing)
    }),
    Fetch::new("capture.req.ver", Type::Str, Places::REQUEST_KEPT, |_, cx| {
        protocol(cx.stream.has_req.then(|| cx.stream.req.version()))
    }),
    Fetch::new("capture.res.hdr", Type::Str, Places::RESPONSE_KEPT, |args, cx| slot(args, cx.stream.captures(true)))
        .args(1, SLOT)
        .check(positive)
        .ok(&["capture.res.hdr(0)"])
        .bad(&["capture.res.hdr(-1)"]),
    Fetch::new("capture.res.ver", Type::Str, Places::REQUEST_KEPT, |_, cx| {
        protocol(cx.stream.has_res.then(|| cx.stream.res.version()))
    }),
];

/// HAProxy takes a negative slot and dies at the first request.
fn positive(args: &mut Args) -> Result<(), String> {
    if args.int(0).is_some_and(|at| at < 0) {
        return Err(String::from("the number of a capture slot counts from 0"));
    }
    Ok(())
}

fn slot<'a>(args: &'a Args, slots: Cow<'a, [Option<Vec<u8>>]>) -> Fetched<'a> {
    let at = args.int(0).and_then(|at| usize::try_from(at).ok()).ok_or(Absent::Missing)?;
    let found = match slots {
        Cow::Borrowed(slots) => slots.get(at).and_then(Option::as_deref).map(Value::str),
        Cow::Owned(slots) => slots.into_iter().nth(at).flatten().map(Value::string),
    };
    found.ok_or(Absent::Missing)
}

/// Method, target and protocol of the kept request line.
pub(crate) type RequestLine<'a> = (&'a [u8], &'a [u8], &'a [u8]);

pub(crate) fn request_line<'a>(cx: &Cx<'a>) -> Result<RequestLine<'a>, Absent> {
    if !cx.stream.is_http {
        return Err(Absent::Missing);
    }
    let mut words = cx.stream.request_line.splitn(3, |b| *b == b' ');
    let method = words.next().filter(|m| !m.is_empty()).ok_or(Absent::Missing)?;
    Ok((method, words.next().unwrap_or_default(), words.next().unwrap_or_default()))
}

fn protocol<'a>(version: Option<Version>) -> Fetched<'a> {
    match version.ok_or(Absent::Missing)? {
        Version::HTTP_10 | Version::HTTP_09 => Ok(Value::str(b"HTTP/1.0")),
        _ => Ok(Value::str(b"HTTP/1.1")),
    }
}
