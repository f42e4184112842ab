//! Parts of a value: fields, words, bytes, parameters (manual, section 7.3.1).

use super::text::bytes;
use crate::{
    row::{Absent, Arg, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value, part},
};
use std::ops::Range;

const SPLIT: &[ArgKind] = &[ArgKind::Int, ArgKind::Str, ArgKind::Int];

pub(super) const TABLE: &[Convert] = &[
    Convert::new("bytes", Type::Bin, Type::Bin, slice)
        .args(1, &[ArgKind::Operand, ArgKind::Operand])
        .check(bounds)
        .ok(&["bytes(0)", "bytes(1,3)", "bytes(txn.a,txn.b)"])
        .bad(&["bytes(-1)", "bytes(0,0)", "bytes(x)"]),
    Convert::new("field", Type::Str, Type::Str, field)
        .args(2, SPLIT)
        .check(delimiters)
        .ok(&["field(1,_)", "field(-1,\".,\",2)"])
        .bad(&["field(1)", "field(0,_)", "field(x,_)", "field(1,\"\")"]),
    Convert::new("language", Type::Str, Type::Str, language)
        .args(1, &[ArgKind::Str, ArgKind::Str])
        .ok(&["language(es;fr;en)", "language(es,de)"])
        .bad(&["language(a,b,c)"]),
    Convert::new("param", Type::Str, Type::Str, param)
        .args(1, &[ArgKind::Str, ArgKind::Str])
        .check(one_byte)
        .ok(&["param(a)", "param(a,;)"])
        .bad(&["param(a,\"&;\")"]),
    Convert::new("word", Type::Str, Type::Str, word)
        .args(2, SPLIT)
        .check(delimiters)
        .ok(&["word(1,_)", "word(-1,.,2)"])
        .bad(&["word(1)", "word(0,_)", "word(1,\"\")"]),
];

fn delimiters(args: &mut Args) -> Result<(), String> {
    match (args.int(0), args.str(1)) {
        (Some(0), _) => Err(String::from("unexpected value 0 for index, counting starts from 1")),
        (_, Some(b"")) => Err(String::from("no delimiter was given")),
        _ => Ok(()),
    }
}

/// Picks parts by number, from the end when negative: `count` of them in the direction of counting. With a count of 0
/// the rest of the text, trailing delimiters and all.
fn pick(
    mut parts: impl DoubleEndedIterator<Item = Range<usize>>,
    len: usize,
    index: i64,
    count: i64,
) -> Option<Range<usize>> {
    let (distance, more) = (index.unsigned_abs() as usize - 1, (count - 1).max(0) as usize);
    if index > 0 {
        let first = parts.nth(distance)?;
        let last = parts.take(more).last().map_or(first.end, |last| last.end);
        return Some(first.start..if count > 0 { last } else { len });
    }
    let last = parts.nth_back(distance)?;
    let first = parts.rev().take(more).last().map_or(last.start, |first| first.start);
    Some(if count > 0 { first } else { 0 }..last.end)
}

/// The ranges between delimiters.
fn split(text: &[u8], delimiters: &[u8]) -> impl DoubleEndedIterator<Item = Range<usize>> {
    text.split(|b| delimiters.contains(b)).map(|part| {
        let start = part.as_ptr() as usize - text.as_ptr() as usize;
        start..start + part.len()
    })
}

/// Delimiters next to each other have an empty field between them.
fn field<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let text = bytes(value);
    let (index, count) = (args.int(0).ok_or(Absent::Missing)?, args.int(2).unwrap_or(1));
    let range = pick(split(&text, args.str(1).unwrap_or_default()), text.len(), index, count);
    Ok(Value::Str(part(text, range.ok_or(Absent::Missing)?)))
}

/// Delimiters next to each other are one.
fn word<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let text = bytes(value);
    let (index, count) = (args.int(0).ok_or(Absent::Missing)?, args.int(2).unwrap_or(1));
    let words = split(&text, args.str(1).unwrap_or_default()).filter(|word| !word.is_empty());
    let range = pick(words, text.len(), index, count);
    Ok(Value::Str(part(text, range.ok_or(Absent::Missing)?)))
}

fn bounds(args: &mut Args) -> Result<(), String> {
    match (args.int(0), args.int(1)) {
        (Some(offset), _) if offset < 0 => Err(String::from("offset must not be negative")),
        (_, Some(len)) if len <= 0 => Err(String::from("length must be positive")),
        _ => Ok(()),
    }
}

/// The value of a number or of a variable.
fn number(args: &Args, at: usize, cx: &Cx<'_>) -> Result<Option<usize>, Absent> {
    let number = match args.0.get(at) {
        None => return Ok(None),
        Some(Arg::Var(id)) => cx.var(*id).and_then(Value::into_int),
        Some(_) => args.int(at),
    };
    number.and_then(|n| usize::try_from(n).ok()).map(Some).ok_or(Absent::Missing)
}

/// A length beyond the end leaves the input whole, as HAProxy does; an offset beyond it leaves nothing.
fn slice<'a>(args: &'a Args, cx: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let kind = value.of_type();
    let bytes = bytes(value);
    let offset = number(args, 0, cx)?.unwrap_or(0);
    let range = match number(args, 1, cx)? {
        None => offset..usize::MAX,
        _ if offset >= bytes.len() => 0..0,
        Some(len) if len > bytes.len() - offset => 0..usize::MAX,
        Some(len) => offset..offset + len,
    };
    Ok(Value::with_bytes(kind, part(bytes, range)))
}

fn one_byte(args: &mut Args) -> Result<(), String> {
    match args.str(1) {
        Some(delimiter) if delimiter.len() != 1 => Err(String::from("delimiter must be a single character")),
        _ => Ok(()),
    }
}

/// The value of a parameter; empty where it has none.
fn param<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let text = bytes(value);
    let delimiter = args.str(1).and_then(|d| d.first()).copied().unwrap_or(b'&');
    let name = args.str(0).unwrap_or_default();
    let range = split(&text, &[delimiter]).find_map(|range| {
        let rest = text.get(range.clone())?.strip_prefix(name)?;
        match rest.first() {
            None => Some(range.end..range.end),
            Some(b'=') => Some(range.start + name.len() + 1..range.end),
            Some(_) => None,
        }
    });
    Ok(Value::Str(part(text, range.ok_or(Absent::Missing)?)))
}

/// Of the languages offered the one that `Accept-Language` likes best, of equals the first that it names.
fn language<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let (accepted, offered) = (bytes(value), args.str(0).unwrap_or_default());
    let mut best: Option<(&[u8], u32)> = None;
    for member in accepted.split(|b| *b == b',') {
        let mut parts = member.split(|b| *b == b';').map(<[u8]>::trim_ascii);
        let name = parts.next().unwrap_or_default();
        let name = name.split(|b| *b == b'-').next().unwrap_or_default().trim_ascii();
        let quality = parts.next().map_or(1000, quality);
        let offer = offered.split(|b| *b == b';').find(|offer| *offer == name && !name.is_empty());
        if let Some(offer) = offer.filter(|_| best.is_none_or(|(_, q)| quality > q)) {
            best = Some((offer, quality));
        }
    }
    let chosen = best.filter(|(_, q)| *q > 0).map(|(offer, _)| offer).or_else(|| args.str(1));
    chosen.map(Value::str).ok_or(Absent::Missing)
}

/// `q=0.8` in thousandths; what is no number is worth everything.
fn quality(text: &[u8]) -> u32 {
    let number = text.strip_prefix(b"q").map(<[u8]>::trim_ascii_start).and_then(|t| t.strip_prefix(b"="));
    let number = number.and_then(|n| std::str::from_utf8(n.trim_ascii()).ok()?.parse::<f32>().ok());
    number.map_or(1000, |q| (q.clamp(0.0, 1.0) * 1000.0) as u32)
}
