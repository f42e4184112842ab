//! `regsub`, the `s///` of the language (manual, section 7.3.1).

use super::text::bytes;
use crate::{
    regexes,
    row::{Absent, Arg, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value},
};
use regex::bytes::Captures;
use std::sync::Arc;

pub(super) const TABLE: &[Convert] = &[Convert::new("regsub", Type::Str, Type::Str, regsub)
    .args(2, &[ArgKind::Str, ArgKind::Str, ArgKind::Str])
    .check(compile)
    .ok(&["regsub(a,b)", "regsub('(a)','[\\1]',gi)", "regsub(/+,/,g)", "regsub(a,)"])
    .bad(&["regsub", "regsub(a)", "regsub([,b)", "regsub(a,b,x)", "regsub(\"\",b)"])];

fn compile(args: &mut Args) -> Result<(), String> {
    let flags = args.str(2).unwrap_or_default();
    if let Some(flag) = flags.iter().find(|f| !b"gi".contains(f)) {
        return Err(format!("invalid regex flag '{}', only 'i' and 'g' are supported", flag.escape_ascii()));
    }
    let (all, fold) = (flags.contains(&b'g'), flags.contains(&b'i'));
    let pattern = args.str(0).filter(|p| !p.is_empty()).ok_or("regex is empty")?;
    let regex = regexes::compile(pattern, fold)?;
    args.0.truncate(2);
    args.0.push(Arg::Int(all.into()));
    if let Some(first) = args.0.first_mut() {
        *first = Arg::Regex(Arc::new(regex));
    }
    Ok(())
}

/// Works as `sed` does: an empty match is replaced as well, and the byte behind it kept.
fn regsub<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let (regex, text) = (args.regex(0).ok_or(Absent::Missing)?, bytes(value));
    if !regex.is_match(&text) {
        return Ok(Value::Str(text));
    }
    let (with, all) = (args.str(1).unwrap_or_default(), args.int(2) == Some(1));
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    while let Some(captures) = regex.captures_at(&text, at) {
        let range = captures.get_match().range();
        out.extend_from_slice(text.get(at..range.start).unwrap_or_default());
        expand(with, &captures, &mut out);
        at = range.end;
        if range.is_empty() {
            out.extend(text.get(at));
            at += 1;
        }
        if !all || at > text.len() {
            break;
        }
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    Ok(Value::string(out))
}

/// Writes a replacement's text. A backslash makes a group of a digit, a byte of `xNN`, and itself of anything else.
pub fn expand(with: &[u8], captures: &Captures<'_>, out: &mut Vec<u8>) {
    let mut rest = with;
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail) {
            (b'\\', [digit @ b'0'..=b'9', tail @ ..]) => {
                let group = captures.get(usize::from(digit - b'0'));
                out.extend_from_slice(group.map_or(&[], |group| group.as_bytes()));
                rest = tail;
            }
            (b'\\', [b'x', high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |b: &u8| char::from(*b).to_digit(16).unwrap_or(0);
                out.push((digit(high) << 4 | digit(low)) as u8);
                rest = tail;
            }
            (b'\\', [next, tail @ ..]) => {
                out.push(*next);
                rest = tail;
            }
            _ => out.push(*byte),
        }
    }
}
