//! FIX, the Financial Information eXchange protocol: `tag=value` parts that end with a SOH byte (manual, section 7.3.1).

use super::text::bytes;
use crate::{
    row::{Absent, Arg, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value, part},
};
use std::ops::Range;

pub(super) const TABLE: &[Convert] = &[
    Convert::new("fix_is_valid", Type::Bin, Type::Bool, |_, _, value| is_valid(&bytes(value)).map(Value::Bool))
        .ok(&["fix_is_valid"])
        .bad(&["fix_is_valid(1)"]),
    Convert::new("fix_tag_value", Type::Bin, Type::Bin, tag_value)
        .args(1, &[ArgKind::Str])
        .check(tag)
        .ok(&["fix_tag_value(35)", "fix_tag_value(MsgType)"])
        .bad(&["fix_tag_value", "fix_tag_value()", "fix_tag_value(-1)", "fix_tag_value(Nope)"]),
];

const BEGIN_STRING: i64 = 8;
const BODY_LENGTH: i64 = 9;
const CHECK_SUM: i64 = 10;
const MSG_TYPE: i64 = 35;

const NAMES: &[(&str, i64)] = &[
    ("BeginString", BEGIN_STRING),
    ("BodyLength", BODY_LENGTH),
    ("CheckSum", CHECK_SUM),
    ("MsgType", MSG_TYPE),
    ("SenderCompID", 49),
    ("TargetCompID", 56),
];

const VERSIONS: &[&[u8]] = &[b"FIX.4.0", b"FIX.4.1", b"FIX.4.2", b"FIX.4.3", b"FIX.4.4", b"FIX.5.0", b"FIXT.1.1"];

fn tag(args: &mut Args) -> Result<(), String> {
    let name = args.str(0).unwrap_or_default();
    let named = NAMES.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, tag)| *tag);
    let Some(tag) = named.or_else(|| number(name)) else {
        return Err(format!("'{}' is not a known FIX tag name or number", String::from_utf8_lossy(name)));
    };
    args.0 = vec![Arg::Int(tag)];
    Ok(())
}

fn number(digits: &[u8]) -> Option<i64> {
    let digits = digits.first().filter(|b| b.is_ascii_digit()).and(Some(digits))?;
    std::str::from_utf8(digits).ok()?.parse::<u32>().ok().map(Into::into)
}

/// The tag that starts at a place, and where its value is.
fn field(message: &[u8], at: usize) -> Option<(i64, Range<usize>)> {
    let rest = message.get(at..)?;
    let end = at + memchr::memchr(SOH, rest)?;
    let equals = at + memchr::memchr(b'=', rest)?;
    Some((number(message.get(at..equals)?)?, equals + 1..end))
}

const SOH: u8 = 1;

/// The value of the first such tag, which is not empty; nothing is read behind what is no tag.
fn tag_value<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let message = bytes(value);
    let mut at = 0;
    while let Some((tag, range)) = field(&message, at) {
        if Some(tag) == args.int(0) {
            return if range.is_empty() { Err(Absent::Missing) } else { Ok(Value::Bin(part(message, range))) };
        }
        at = range.end + 1;
    }
    Err(Absent::Missing)
}

/// Whether the first message is what it says of itself; it is missing as long as it is not whole.
fn is_valid(message: &[u8]) -> Result<bool, Absent> {
    let head = |at: usize, wanted: i64| match field(message, at) {
        Some((tag, range)) => Ok(Some(range).filter(|_| tag == wanted)),
        None => Err(Absent::Missing),
    };
    let text = |range: &Range<usize>| message.get(range.clone()).unwrap_or_default();
    let Some(version) = head(0, BEGIN_STRING)?.filter(|range| VERSIONS.contains(&text(range))) else {
        return Ok(false);
    };
    let Some(announced) = head(version.end + 1, BODY_LENGTH)? else { return Ok(false) };
    let Some(len) = number(text(&announced)) else { return Ok(false) };
    let start = announced.end + 1;
    let end = start.saturating_add(len as usize);
    // "10=", three digits and their end.
    let trailer = message.get(end..).filter(|rest| rest.len() >= 7).ok_or(Absent::Missing)?;
    let sum = message.iter().take(end).fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    Ok(is_body(message.get(start..end).unwrap_or_default())
        && trailer.starts_with(format!("10={sum:03}\u{1}").as_bytes()))
}

/// Whether parts follow each other without a gap, the type of the message first.
fn is_body(body: &[u8]) -> bool {
    let mut at = 0;
    while let Some((tag, range)) = field(body, at) {
        if at == 0 && (tag != MSG_TYPE || range.is_empty()) {
            return false;
        }
        at = range.end + 1;
    }
    at > 0 && at == body.len()
}
