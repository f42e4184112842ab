//! Bodies, as far as they are buffered (manual, section 7.3.6).

use super::{header::head, url::params};
use crate::{
    row::{Absent, ArgKind, Args, Fetch, Fetched, Places, Visitor},
    stream::{Cx, Payload},
    value::{Type, Value},
};

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("req.body", Type::Bin, Places::REQUEST, body),
    Fetch::new("req.body_len", Type::Int, Places::REQUEST, len),
    Fetch::new("req.body_param", Type::Bin, Places::REQUEST, param)
        .each(param, each_param)
        .args(0, &[ArgKind::Str, ArgKind::OneOf(&["", "i"])])
        .ok(&["req.body_param", "req.body_param(a)", "req.body_param(a,i)"])
        .bad(&["req.body_param(a,x)"]),
    Fetch::new("req.body_size", Type::Int, Places::REQUEST, size),
    Fetch::new("res.body", Type::Bin, Places::RESPONSE, body),
    Fetch::new("res.body_len", Type::Int, Places::RESPONSE, len),
    Fetch::new("res.body_size", Type::Int, Places::RESPONSE, size),
];

fn payload<'a>(cx: &Cx<'a>) -> Result<&'a Payload, Absent> {
    let request = head(cx)?.is_request();
    if !cx.stream.is_http {
        return Ok(const { &Payload { bytes: Vec::new(), complete: true, announced: None } });
    }
    Ok(if request { &cx.stream.req_body } else { &cx.stream.res_body })
}

fn body<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    Ok(Value::bin(&payload(cx)?.bytes))
}

fn len<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    Ok(Value::Int(payload(cx)?.bytes.len() as i64))
}

fn size<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let body = payload(cx)?;
    Ok(Value::Int(body.announced.unwrap_or(body.bytes.len() as u64) as i64))
}

fn matching<'a>(args: &'a Args, cx: &Cx<'a>) -> Result<impl Iterator<Item = &'a [u8]> + use<'a>, Absent> {
    Ok(params(&payload(cx)?.bytes, b'&', args.str(0).unwrap_or_default(), args.int(1) == Some(1)))
}

fn param<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    matching(args, cx)?.next().map(Value::str).ok_or(Absent::Missing)
}

fn each_param<'a>(args: &'a Args, cx: &Cx<'a>, visit: &mut Visitor<'_, 'a>) -> Result<(), Absent> {
    let _ = matching(args, cx)?.try_for_each(|value| visit(Value::str(value)));
    Ok(())
}
