//! The request line and the status line (manual, section 7.3.6).

use crate::{
    row::{Absent, Args, Fetch, Fetched, Places},
    stream::Cx,
    value::{Type, Value},
};
use message::Head;
use std::borrow::Cow;

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("method", Type::Meth, Places::REQUEST_KEPT, |_, cx| {
        Ok(Value::Meth(Cow::Borrowed(request(cx)?.method())))
    })
    .ok(&["method"])
    .bad(&["method(GET)"]),
    Fetch::new("path", Type::Str, Places::REQUEST, path).ok(&["path"]).bad(&["path(a)"]),
    Fetch::new("status", Type::Int, Places::RESPONSE_KEPT, |_, cx| Ok(Value::Int(response(cx)?.status().into()))),
    Fetch::new("url", Type::Str, Places::REQUEST, |_, cx| Ok(Value::str(request(cx)?.target()))),
];

/// The request's head, once it is there.
pub(crate) fn request<'a>(cx: &Cx<'a>) -> Result<&'a Head, Absent> {
    match cx.stream.has_req {
        true => Ok(&cx.stream.req),
        false => Err(Absent::Missing),
    }
}

/// The response's head, once it is there.
pub(crate) fn response<'a>(cx: &Cx<'a>) -> Result<&'a Head, Absent> {
    match cx.stream.has_res {
        true => Ok(&cx.stream.res),
        false => Err(Absent::Missing),
    }
}

fn path<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let path = path_and_query(request(cx)?.target()).ok_or(Absent::Missing)?;
    let end = path.iter().position(|b| *b == b'?').unwrap_or(path.len());
    Ok(Value::str(path.get(..end).unwrap_or(path)))
}

/// The target without scheme and authority.
pub(crate) fn path_and_query(target: &[u8]) -> Option<&[u8]> {
    if target.first() == Some(&b'/') {
        return Some(target);
    }
    let authority = memchr::memmem::find(target, b"://")? + 3;
    let slash = memchr::memchr(b'/', target.get(authority..)?)?;
    target.get(authority + slash..)
}
