//! Cookies of requests and responses (manual, section 7.3.6).

use super::header::{delimiter, head, int};
use crate::{
    row::{Absent, ArgKind, Args, Fetch, FetchFn, Fetched, Places, Visitor},
    stream::Cx,
    value::{Type, Value},
};
use std::ops::ControlFlow;

const NAME: &[ArgKind] = &[ArgKind::Str];

const fn cookie(name: &'static str, out: Type, places: Places, run: FetchFn) -> Fetch {
    let row = match run {
        FetchFn::One(one) => Fetch::new(name, out, places, one),
        FetchFn::Each { one, each } => Fetch::new(name, out, places, one).each(one, each),
    };
    row.args(0, NAME)
}

const STR: FetchFn = FetchFn::Each { one: value, each };
const INT: FetchFn = FetchFn::Each { one: |a, cx| int(value(a, cx)?), each: each_int };
const COUNT: FetchFn = FetchFn::One(count);
const NAMES: FetchFn = FetchFn::One(names);

pub(super) const TABLE: &[Fetch] = &[
    cookie("cook", Type::Str, Places::REQUEST, STR),
    cookie("cook_cnt", Type::Int, Places::REQUEST, COUNT),
    cookie("cook_val", Type::Int, Places::REQUEST, INT),
    cookie("cookie", Type::Str, Places::MESSAGE, STR),
    cookie("req.cook", Type::Str, Places::REQUEST, STR).ok(&["req.cook", "req.cook(id)"]).bad(&["req.cook(a,b)"]),
    cookie("req.cook_cnt", Type::Int, Places::REQUEST, COUNT).ok(&["req.cook_cnt(id)"]),
    cookie("req.cook_names", Type::Str, Places::REQUEST, NAMES).ok(&["req.cook_names(|)"]),
    cookie("req.cook_val", Type::Int, Places::REQUEST, INT).ok(&["req.cook_val(id)"]),
    cookie("res.cook", Type::Str, Places::RESPONSE, STR).ok(&["res.cook(id)"]),
    cookie("res.cook_cnt", Type::Int, Places::RESPONSE, COUNT),
    cookie("res.cook_names", Type::Str, Places::RESPONSE, NAMES),
    cookie("res.cook_val", Type::Int, Places::RESPONSE, INT),
    cookie("scook", Type::Str, Places::RESPONSE, STR).ok(&["scook(id)"]),
    cookie("scook_cnt", Type::Int, Places::RESPONSE, COUNT),
    cookie("scook_val", Type::Int, Places::RESPONSE, INT),
];

/// Every cookie as name and value, in order. Those without `=`, and `$Version` and the like, are left out.
fn cookies<'a>(cx: &Cx<'a>) -> Result<impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a>, Absent> {
    Ok(fields(cx)?.flat_map(split).filter_map(pair))
}

/// The fields that carry cookies.
fn fields<'a>(cx: &Cx<'a>) -> Result<impl Iterator<Item = &'a [u8]> + use<'a>, Absent> {
    let head = head(cx)?;
    let field: &[u8] = if head.is_request() { b"cookie" } else { b"set-cookie" };
    Ok(head.iter().filter(move |(name, _)| *name == field).map(|(_, value)| value))
}

/// The pairs of one field: a semicolon or a comma ends one, but not within quotes.
fn split(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    value.split(move |b| {
        quoted ^= *b == b'"';
        matches!(b, b';' | b',') && !quoted
    })
}

fn pair(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = memchr::memchr(b'=', text)?;
    let (name, value) = (text.get(..equals)?.trim_ascii(), text.get(equals + 1..)?.trim_ascii());
    (name.first() != Some(&b'$')).then_some((name, value))
}

/// The values of a name, or all of them. In a response a name with an empty value is not there.
fn matching<'a>(args: &'a Args, cx: &Cx<'a>) -> Result<impl Iterator<Item = &'a [u8]> + use<'a>, Absent> {
    let name = args.str(0).unwrap_or_default();
    let request = head(cx)?.is_request();
    let same = move |n: &[u8], v: &[u8]| name.is_empty() || (n == name && (request || !v.is_empty()));
    Ok(cookies(cx)?.filter(move |(n, v)| same(n, v)).map(|(_, value)| value))
}

/// The last of a name, or the first of all.
fn value<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let mut all = matching(args, cx)?;
    let found = if args.str(0).unwrap_or_default().is_empty() { all.next() } else { all.last() };
    found.map(Value::str).ok_or(Absent::Missing)
}

fn each<'a>(args: &'a Args, cx: &Cx<'a>, visit: &mut Visitor<'_, 'a>) -> Result<(), Absent> {
    let _ = matching(args, cx)?.try_for_each(|value| visit(Value::str(value)));
    Ok(())
}

fn each_int<'a>(args: &'a Args, cx: &Cx<'a>, visit: &mut Visitor<'_, 'a>) -> Result<(), Absent> {
    each(args, cx, &mut |value| match int(value) {
        Ok(value) => visit(value),
        Err(_) => ControlFlow::Continue(()),
    })
}

fn count<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    Ok(Value::Int(matching(args, cx)?.count() as i64))
}

/// The names; a `Set-Cookie` has one.
fn names<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let limit = if head(cx)?.is_request() { usize::MAX } else { 1 };
    let pairs = fields(cx)?.flat_map(move |value| split(value).take(limit)).filter_map(pair);
    let names: Vec<_> = pairs.map(|(name, _)| name).filter(|name| !name.is_empty()).collect();
    Ok(Value::string(names.join(&delimiter(args))))
}
