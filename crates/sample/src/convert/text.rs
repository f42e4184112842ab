//! Converters from text to text (manual, section 7.3.1).

use crate::{
    row::{Absent, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value, cut, part},
};
use std::borrow::Cow;

pub(super) const TABLE: &[Convert] = &[
    Convert::new("add_item", Type::Str, Type::Str, add_item)
        .args(1, &[ArgKind::Str, ArgKind::Var, ArgKind::Str])
        .check(|args| match args.0.get(1..) {
            None | Some([]) => Err(String::from("one of the optional arguments has to be provided")),
            _ => Ok(()),
        })
        .ok(&["add_item(;,txn.v)", "add_item(\",\",,suffix)"])
        .bad(&["add_item(;)", "add_item"]),
    Convert::new("concat", Type::Str, Type::Str, concat)
        .args(0, &[ArgKind::Str, ArgKind::Var, ArgKind::Str])
        .ok(&["concat()", "concat(a)", "concat(<,txn.v,>)", "concat(,,b)"])
        .bad(&["concat(a,v)", "concat(a,txn.v,b,c)"]),
    Convert::new("cut_crlf", Type::Str, Type::Str, |_, _, value| {
        let text = bytes(value);
        let end = memchr::memchr2(b'\r', b'\n', &text).unwrap_or(text.len());
        Ok(Value::Str(cut(text, end)))
    }),
    Convert::new("host_only", Type::Str, Type::Str, host_only).ok(&["host_only"]),
    Convert::new("iif", Type::Bool, Type::Str, |args, _, value| {
        Ok(Value::str(args.str(usize::from(value != Value::Bool(true))).unwrap_or_default()))
    })
    .args(2, &[ArgKind::Str, ArgKind::Str])
    .ok(&["iif(yes,no)", "iif(,)"])
    .bad(&["iif(yes)", "iif"]),
    Convert::new("length", Type::Str, Type::Int, |_, _, value| Ok(Value::Int(bytes(value).len() as i64))),
    Convert::new("lower", Type::Str, Type::Str, |_, _, value| {
        Ok(Value::Str(mapped(bytes(value), u8::is_ascii_uppercase, <[u8]>::make_ascii_lowercase)))
    })
    .ok(&["lower"])
    .bad(&["lower(1)"]),
    Convert::new("ltrim", Type::Str, Type::Str, ltrim)
        .args(1, &[ArgKind::Str])
        .ok(&["ltrim(\" \")", "ltrim(\"\")"])
        .bad(&["ltrim(a,b)"]),
    Convert::new("port_only", Type::Str, Type::Int, port_only),
    Convert::new("reverse", Type::Str, Type::Str, |_, _, value| {
        Ok(Value::string(bytes(value).iter().rev().copied().collect::<Vec<u8>>()))
    }),
    Convert::new("reverse_dom", Type::Str, Type::Str, reverse_dom),
    Convert::new("rtrim", Type::Str, Type::Str, rtrim).args(1, &[ArgKind::Str]).ok(&["rtrim(/)"]),
    Convert::new("secure_memcmp", Type::Bin, Type::Bool, secure_memcmp)
        .args(1, &[ArgKind::Var])
        .ok(&["secure_memcmp(txn.v)"])
        .bad(&["secure_memcmp(v)", "secure_memcmp"]),
    Convert::new("strcmp", Type::Str, Type::Int, strcmp)
        .args(1, &[ArgKind::Var])
        .ok(&["strcmp(txn.v)"])
        .bad(&["strcmp(v)"]),
    Convert::new("upper", Type::Str, Type::Str, |_, _, value| {
        Ok(Value::Str(mapped(bytes(value), u8::is_ascii_lowercase, <[u8]>::make_ascii_uppercase)))
    }),
];

pub(super) fn bytes(value: Value<'_>) -> Cow<'_, [u8]> {
    value.into_bytes()
}

/// Changes the text where a byte asks for it, else leaves it as it is.
fn mapped<'a>(mut text: Cow<'a, [u8]>, needs: fn(&u8) -> bool, change: fn(&mut [u8])) -> Cow<'a, [u8]> {
    if text.iter().any(needs) {
        change(text.to_mut());
    }
    text
}

/// The text of a variable; nothing where it is not set.
fn var<'a>(args: &Args, at: usize, cx: &Cx<'a>) -> Cow<'a, [u8]> {
    args.var(at).and_then(|id| cx.var(id)).and_then(Value::into_str).unwrap_or_default()
}

fn concat<'a>(args: &'a Args, cx: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let mut text = bytes(value).into_owned();
    text.extend_from_slice(args.str(0).unwrap_or_default());
    text.extend_from_slice(&var(args, 1, cx));
    text.extend_from_slice(args.str(2).unwrap_or_default());
    Ok(Value::string(text))
}

/// Like `concat`, with a delimiter where both sides have something.
fn add_item<'a>(args: &'a Args, cx: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let mut text = bytes(value).into_owned();
    let item = [&var(args, 1, cx), args.str(2).unwrap_or_default()].concat();
    if !text.is_empty() && !item.is_empty() {
        text.extend_from_slice(args.str(0).unwrap_or_default());
    }
    text.extend(item);
    Ok(Value::string(text))
}

/// Where the last colon is that starts a port, if digits and nothing else could follow a bracket or a host.
fn port_colon(text: &[u8]) -> Option<usize> {
    let colon = memchr::memrchr(b':', text)?;
    (memchr::memrchr(b']', text).is_none_or(|bracket| bracket < colon)).then_some(colon)
}

/// The host of a `Host` field, in lower case.
fn host_only<'a>(_: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let text = bytes(value);
    let end = port_colon(&text).unwrap_or(text.len());
    Ok(Value::Str(mapped(cut(text, end), u8::is_ascii_uppercase, <[u8]>::make_ascii_lowercase)))
}

/// The port of a `Host` field, or 0. HAProxy takes whatever bytes are there for digits.
fn port_only<'a>(_: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let text = bytes(value);
    let digits = port_colon(&text).and_then(|colon| text.get(colon + 1..)).unwrap_or_default();
    let port = digits
        .iter()
        .fold(0u32, |port, byte| port.wrapping_mul(10).wrapping_add(u32::from(*byte)).wrapping_sub(u32::from(b'0')));
    Ok(Value::Int(port.into()))
}

fn ltrim<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let (text, chars) = (bytes(value), args.str(0).unwrap_or_default());
    let start = text.iter().position(|b| !chars.contains(b)).unwrap_or(text.len());
    Ok(Value::Str(part(text, start..usize::MAX)))
}

fn rtrim<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let (text, chars) = (bytes(value), args.str(0).unwrap_or_default());
    let end = text.iter().rposition(|b| !chars.contains(b)).map_or(0, |last| last + 1);
    Ok(Value::Str(cut(text, end)))
}

/// The labels of a domain from last to first; one empty label at either end is a root, others are an error.
fn reverse_dom<'a>(_: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let text = bytes(value);
    let domain = text.strip_suffix(b".").unwrap_or(&text);
    let mut labels: Vec<&[u8]> = domain.split(|b| *b == b'.').collect();
    if labels.iter().any(|label| label.is_empty()) {
        return Err(Absent::Missing);
    }
    labels.reverse();
    Ok(Value::string(labels.join(&b'.')))
}

/// As C compares: the difference of the first bytes that differ, else the sign of the lengths' difference.
fn strcmp<'a>(args: &'a Args, cx: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let other = args.var(0).and_then(|id| cx.var(id)).and_then(Value::into_str).ok_or(Absent::Missing)?;
    let text = bytes(value);
    let differing = text.iter().zip(other.iter()).find(|(a, b)| a != b);
    Ok(Value::Int(match differing {
        Some((a, b)) => i64::from(*a) - i64::from(*b),
        None => text.len().cmp(&other.len()) as i64,
    }))
}

/// Equality in a time that does not depend on where the difference is.
fn secure_memcmp<'a>(args: &'a Args, cx: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let other = args.var(0).and_then(|id| cx.var(id)).ok_or(Absent::Missing)?.into_bytes();
    let bytes = bytes(value);
    let difference = bytes.iter().zip(other.iter()).fold(0, |sum, (a, b)| sum | (a ^ b));
    Ok(Value::Bool(bytes.len() == other.len() && std::hint::black_box(difference) == 0))
}
