//! `json_query`: a value out of a JSON text by its path (manual, section 7.3.1).
//!
//! The text is read only as far as the path asks, and nothing of it is kept: what is not JSON behind the value is not
//! noticed, as in HAProxy.

use super::text::bytes;
use crate::{
    row::{Absent, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value},
};

/// How deep a text may nest.
const DEPTH: usize = 64;

pub(super) const TABLE: &[Convert] = &[Convert::new("json_query", Type::Str, Type::Any, json_query)
    .args(1, &[ArgKind::Str, ArgKind::OneOf(&["", "int"])])
    .check(|args| match args.str(0) {
        None | Some(b"") => Err(String::from("json_path must not be empty")),
        Some(_) => Ok(()),
    })
    .ok(&["json_query('$.a')", "json_query($.a[0].b,int)"])
    .bad(&["json_query", "json_query('')", "json_query('$.a','float')"])];

fn json_query<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let text = bytes(value);
    query(&text, args.str(0).unwrap_or_default(), args.int(1) == Some(1)).ok_or(Absent::Missing)
}

/// The value at a path, numbers as integers if that is wanted.
pub(super) fn query(text: &[u8], path: &[u8], int: bool) -> Option<Value<'static>> {
    find(text, path).and_then(|found| typed(found, int))
}

/// The raw text of the value at a path such as `$.a.b[0]`.
fn find<'t>(text: &'t [u8], path: &[u8]) -> Option<&'t [u8]> {
    let (mut value, mut path) = (blank(text), path.strip_prefix(b"$")?);
    while let Some((first, rest)) = path.split_first() {
        let len = rest.iter().position(|b| matches!(b, b'.' | b'[')).unwrap_or(rest.len());
        let (step, tail) = rest.split_at_checked(len)?;
        value = match first {
            b'.' => member(value, step)?,
            b'[' => element(value, step.strip_suffix(b"]")?)?,
            _ => return None,
        };
        path = tail;
    }
    let len = skip(value, 0)?;
    value.get(..len)
}

fn blank(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

/// What stands behind the key of an object, up to the end of the text.
fn member<'t>(object: &'t [u8], key: &[u8]) -> Option<&'t [u8]> {
    let mut rest = blank(object.strip_prefix(b"{")?);
    loop {
        let len = string(rest)?;
        let name = rest.get(1..len - 1)?;
        let value = blank(blank(rest.get(len..)?).strip_prefix(b":")?);
        if name == key && !key.is_empty() {
            return Some(value);
        }
        rest = blank(blank(value.get(skip(value, 0)?..)?).strip_prefix(b",")?);
    }
}

/// The same for an element of an array; `*` is the first.
fn element<'t>(array: &'t [u8], index: &[u8]) -> Option<&'t [u8]> {
    let index = if index == b"*" { 0 } else { std::str::from_utf8(index).ok()?.parse::<usize>().ok()? };
    let mut rest = blank(array.strip_prefix(b"[")?);
    for _ in 0..index {
        rest = blank(blank(rest.get(skip(rest, 0)?..)?).strip_prefix(b",")?);
    }
    (!rest.starts_with(b"]")).then_some(rest)
}

/// The length of the value at the start of a text.
fn skip(text: &[u8], depth: usize) -> Option<usize> {
    match text.first()? {
        b'"' => string(text),
        b'{' | b'[' if depth < DEPTH => container(text, depth),
        b'-' | b'0'..=b'9' => Some(number(text)),
        _ => [b"true".as_slice(), b"false", b"null"].iter().find(|word| text.starts_with(word)).map(|word| word.len()),
    }
}

/// The length of a string with its quotes.
fn string(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.first().filter(|b| **b == b'"')?;
    let end = text.iter().skip(1).position(|b| {
        let ends = *b == b'"' && !escaped;
        escaped = *b == b'\\' && !escaped;
        ends
    })?;
    Some(end + 2)
}

fn container(text: &[u8], depth: usize) -> Option<usize> {
    let object = text.first() == Some(&b'{');
    let mut rest = blank(text.get(1..)?);
    let close = if object { b"}" } else { b"]" };
    while !rest.starts_with(close) {
        if object {
            rest = blank(blank(rest.get(string(rest)?..)?).strip_prefix(b":")?);
        }
        rest = blank(rest.get(skip(rest, depth + 1)?..)?);
        match rest.strip_prefix(b",") {
            Some(more) => rest = blank(more),
            None if rest.starts_with(close) => {}
            None => return None,
        }
    }
    Some(text.len() - rest.len() + 1)
}

/// The length of a number; there is at least a digit or a sign.
fn number(text: &[u8]) -> usize {
    let digits = |from: usize| text.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    let sign = usize::from(text.first() == Some(&b'-'));
    let mut len = sign + digits(sign);
    if text.get(len) == Some(&b'.') {
        len += 1 + digits(len + 1);
    }
    if matches!(text.get(len), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(text.get(len + 1), Some(b'+' | b'-')));
        len += 1 + signed + digits(len + 1 + signed);
    }
    len
}

/// The sample that a value makes: objects and null make none.
fn typed(raw: &[u8], int: bool) -> Option<Value<'static>> {
    match raw.first()? {
        b'"' => unescape(raw.get(1..raw.len() - 1)?).map(Value::string),
        b'[' => Some(Value::string(raw)),
        b't' => Some(Value::Bool(true)),
        b'f' => Some(Value::Bool(false)),
        b'{' | b'n' => None,
        _ if int => whole(raw).map(Value::Int),
        _ => Some(Value::string(general(std::str::from_utf8(raw).ok()?.parse().ok()?))),
    }
}

/// The digits before a point or an exponent, as long as a JSON number holds them exactly.
fn whole(raw: &[u8]) -> Option<i64> {
    let len = raw.iter().take_while(|b| b.is_ascii_digit() || **b == b'-').count();
    let number: i64 = std::str::from_utf8(raw.get(..len)?).ok()?.parse().ok()?;
    (number.unsigned_abs() < 1 << 53).then_some(number)
}

/// A number as C prints it with `%g`: six digits, an exponent where it is far from them.
fn general(number: f64) -> String {
    if number == 0.0 {
        return String::from(if number.is_sign_negative() { "-0" } else { "0" });
    }
    let scientific = format!("{number:.5e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        let fixed = format!("{number:.*}", (5 - exponent) as usize);
        return trimmed(&fixed).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(digits), exponent.abs())
}

fn trimmed(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

/// The bytes of a string; `None` for an escape that is none. Escapes of code points are those of 16 bits.
fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let (escape, tail) = tail.split_first()?;
        rest = tail;
        match escape {
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'"' | b'\\' | b'/' => out.push(*escape),
            b'u' => {
                let (digits, tail) = tail.split_at_checked(4)?;
                let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
                // Only what one byte holds is decoded.
                out.push(u8::try_from(code).ok()?);
                rest = tail;
            }
            _ => return None,
        }
    }
    Some(out)
}
