//! The start lines of request and response (manual, section 7.3.6).

use crate::{
    row::{Absent, Args, Fetch, Fetched, Places},
    stream::Cx,
    value::{Type, Value},
};
use message::{Head, Version};
use std::borrow::Cow;

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("http_first_req", Type::Bool, Places::REQUEST_KEPT, |_, cx| {
        if cx.stream.is_http { Ok(Value::Bool(cx.stream.first_request)) } else { Err(Absent::Missing) }
    }),
    Fetch::new("method", Type::Meth, Places::REQUEST_KEPT, |_, cx| {
        let head = request(cx)?;
        if cx.stream.is_http { Ok(Value::Meth(Cow::Borrowed(head.method()))) } else { Err(Absent::Missing) }
    })
    .ok(&["method"])
    .bad(&["method(GET)"]),
    Fetch::new("req.proto_http", Type::Bool, Places::REQUEST_KEPT, proto_http),
    Fetch::new("req.ver", Type::Str, Places::REQUEST_KEPT, request_version),
    Fetch::new("req_proto_http", Type::Bool, Places::REQUEST_KEPT, proto_http),
    Fetch::new("req_ver", Type::Str, Places::REQUEST_KEPT, request_version),
    Fetch::new("res.ver", Type::Str, Places::RESPONSE_KEPT, response_version),
    Fetch::new("resp_ver", Type::Str, Places::RESPONSE_KEPT, response_version),
    Fetch::new("status", Type::Int, Places::RESPONSE_KEPT, status).ok(&["status"]).bad(&["status(200)"]),
];

/// The request's head, while it is there.
pub(crate) fn request<'a>(cx: &Cx<'a>) -> Result<&'a Head, Absent> {
    if cx.stream.has_req {
        return Ok(&cx.stream.req);
    }
    Err(if cx.stream.req_coming { Absent::NotYet } else { Absent::Missing })
}

/// The response's head, while it is there.
pub(crate) fn response<'a>(cx: &Cx<'a>) -> Result<&'a Head, Absent> {
    if cx.stream.has_res {
        return Ok(&cx.stream.res);
    }
    Err(Absent::Missing)
}

/// The status; logs come too late for it and have `txn.status`.
fn status<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    if cx.place == Places::LOG {
        return Err(Absent::Missing);
    }
    Ok(Value::Int(response(cx)?.status().into()))
}

fn proto_http<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    request(cx).map(|_| Value::Bool(true))
}

fn request_version<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    Ok(Value::str(version(request(cx)?.version()).as_bytes()))
}

fn response_version<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    Ok(Value::str(version(response(cx)?.version()).as_bytes()))
}

/// A version without its `HTTP/`.
pub(crate) fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "0.9",
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2.0",
        Version::HTTP_3 => "3.0",
        _ => "1.1",
    }
}
