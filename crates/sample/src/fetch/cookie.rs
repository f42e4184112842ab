//! Cookies of requests and responses (manual, section 7.3.6).

use super::header::{head, int};
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
    let head = head(cx)?;
    let (field, limit): (&[u8], _) = if head.is_request() { (b"cookie", usize::MAX) } else { (b"set-cookie", 1) };
    let all = head.iter().filter(move |(name, _)| *name == field);
    Ok(all.flat_map(move |(_, value)| split(value).take(limit)).filter_map(pair))
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
    (!name.is_empty() && name.first() != Some(&b'$')).then_some((name, value))
}

fn matching<'a>(args: &'a Args, cx: &Cx<'a>) -> Result<impl Iterator<Item = &'a [u8]> + use<'a>, Absent> {
    let name = args.str(0).unwrap_or_default();
    Ok(cookies(cx)?.filter(move |(n, _)| name.is_empty() || *n == name).map(|(_, value)| value))
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

fn names<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let delimiter = args.str(0).and_then(|d| d.get(..1)).unwrap_or(b",");
    let names: Vec<_> = cookies(cx)?.map(|(name, _)| name).collect();
    Ok(Value::string(names.join(delimiter)))
}
