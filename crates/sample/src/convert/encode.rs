//! Encodings: hexadecimal, Base64, URL, JSON strings (manual, section 7.3.1).

use super::text::bytes;
use crate::{
    base64,
    row::{Absent, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value},
};
use std::borrow::Cow;

const CHUNKED: &[ArgKind] = &[ArgKind::Str, ArgKind::Int, ArgKind::Int];

pub(super) const TABLE: &[Convert] = &[
    Convert::new("b64dec", Type::Str, Type::Bin, |_, _, value| decoded(&base64::STANDARD, value)),
    Convert::new("base2", Type::Bin, Type::Str, |_, _, value| {
        Ok(Value::string(bytes(value).iter().map(|b| format!("{b:08b}")).collect::<String>()))
    }),
    Convert::new("base64", Type::Bin, Type::Str, |_, _, value| {
        Ok(Value::string(base64::STANDARD.encode(&bytes(value))))
    }),
    Convert::new("be2dec", Type::Bin, Type::Str, |args, _, value| {
        chunked(args, &bytes(value), |chunk| decimal(chunk.iter()))
    })
    .args(2, CHUNKED)
    .check(chunk_of_number)
    .ok(&["be2dec(:,2)", "be2dec(,4,1)"])
    .bad(&["be2dec", "be2dec(:)", "be2dec(:,0)", "be2dec(:,9)", "be2dec(:,2,2)"]),
    Convert::new("be2hex", Type::Bin, Type::Str, |args, _, value| {
        chunked(args, &bytes(value), |chunk| String::from_utf8(hex(chunk)).unwrap_or_default())
    })
    .args(0, CHUNKED)
    .check(chunk)
    .ok(&["be2hex", "be2hex(:,2)", "be2hex(--,2,1)"])
    .bad(&["be2hex(:,0)", "be2hex(:,x)"]),
    Convert::new("hex", Type::Bin, Type::Str, |_, _, value| Ok(Value::string(hex(&bytes(value))))).ok(&["hex"]),
    Convert::new("hex2i", Type::Str, Type::Int, hex2i),
    Convert::new("json", Type::Str, Type::Str, json)
        .args(0, &[ArgKind::OneOf(&["", "ascii", "utf8", "utf8s", "utf8p", "utf8ps"])])
        .ok(&["json", "json()", "json(utf8s)"])
        .bad(&["json(latin1)"]),
    Convert::new("le2dec", Type::Bin, Type::Str, |args, _, value| {
        chunked(args, &bytes(value), |chunk| decimal(chunk.iter().rev()))
    })
    .args(2, CHUNKED)
    .check(chunk_of_number)
    .ok(&["le2dec(:,2)"]),
    Convert::new("ub64dec", Type::Str, Type::Bin, |_, _, value| decoded(&base64::URL, value)),
    Convert::new("ub64enc", Type::Bin, Type::Str, |_, _, value| Ok(Value::string(base64::URL.encode(&bytes(value))))),
    Convert::new("url_dec", Type::Str, Type::Str, url_dec)
        .args(0, &[ArgKind::Int])
        .ok(&["url_dec", "url_dec(1)"])
        .bad(&["url_dec(x)"]),
    Convert::new("url_enc", Type::Str, Type::Str, |_, _, value| Ok(Value::string(url_enc(&bytes(value)))))
        .args(0, &[ArgKind::OneOf(&["", "query"])])
        .ok(&["url_enc", "url_enc()", "url_enc(query)"])
        .bad(&["url_enc(path)"]),
];

fn decoded<'a>(alphabet: &base64::Alphabet, value: Value<'a>) -> Fetched<'a> {
    alphabet.decode(&bytes(value)).map(|bytes| Value::Bin(Cow::Owned(bytes))).ok_or(Absent::Missing)
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |half: u8| DIGITS.get(usize::from(half & 15)).copied().unwrap_or(b'0');
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(*b)]).collect()
}

fn hex2i<'a>(_: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let text = bytes(value);
    let mut digits = text.iter().map(|b| char::from(*b).to_digit(16));
    let number = digits.try_fold(0i64, |number, digit| Some(number << 4 | i64::from(digit?)));
    number.map(Value::Int).ok_or(Absent::Missing)
}

fn chunk(args: &mut Args) -> Result<(), String> {
    let separated = args.str(0).is_some_and(|separator| !separator.is_empty());
    match (args.int(1), args.int(2)) {
        (None | Some(0), _) if separated => Err(String::from("chunk_size is needed with a separator")),
        (Some(..0), _) => Err(String::from("chunk_size value must be positive")),
        (_, Some(flag)) if flag != 0 && flag != 1 => Err(String::from("Unsupported truncate value (only 0 or 1)")),
        _ => Ok(()),
    }
}

fn chunk_of_number(args: &mut Args) -> Result<(), String> {
    chunk(args)?;
    match args.int(1) {
        Some(0) => Err(String::from("chunk_size value must be positive")),
        Some(size) if size > 8 => Err(String::from("chunk_size value must be at most 8")),
        _ => Ok(()),
    }
}

/// Writes chunk by chunk with a separator; an incomplete one at the end is left out when truncation is asked for.
fn chunked<'a>(args: &Args, bytes: &[u8], write: impl Fn(&[u8]) -> String) -> Fetched<'a> {
    let separator = String::from_utf8_lossy(args.str(0).unwrap_or_default());
    let size = args.int(1).and_then(|size| usize::try_from(size).ok()).filter(|size| *size > 0);
    let size = size.unwrap_or(bytes.len().max(1));
    let chunks = bytes.chunks(size).filter(|chunk| args.int(2) != Some(1) || chunk.len() == size);
    Ok(Value::string(chunks.map(write).collect::<Vec<_>>().join(&separator)))
}

fn decimal<'b>(bytes: impl Iterator<Item = &'b u8>) -> String {
    bytes.fold(0u64, |number, byte| number << 8 | u64::from(*byte)).to_string()
}

/// Percent-decoding; a plus is a blank behind the question mark, or everywhere in a form.
fn url_dec<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let text = bytes(value);
    let mut form = args.int(0).unwrap_or(0) != 0;
    if memchr::memchr2(b'%', b'+', &text).is_none() {
        return Ok(Value::Str(text));
    }
    let digit = |byte: Option<&u8>| byte.and_then(|b| char::from(*b).to_digit(16));
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let (high, low) = (digit(rest.next()), digit(rest.next()));
                out.push((high.ok_or(Absent::Missing)? << 4 | low.ok_or(Absent::Missing)?) as u8);
            }
            b'+' if form => out.push(b' '),
            b'?' => {
                form = true;
                out.push(b'?');
            }
            byte => out.push(*byte),
        }
    }
    Ok(Value::string(out))
}

fn url_enc(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'-' | b'.' | b'_' | b'~' => out.push(*byte),
            _ if byte.is_ascii_alphanumeric() => out.push(*byte),
            _ => {
                out.push(b'%');
                out.extend(hex(&[*byte]));
            }
        }
    }
    out
}

/// The inside of a JSON string. `ascii` takes bytes one by one; `utf8` decodes, and there is no value when something is
/// not UTF-8, while `utf8s` drops that. With `p`, longer forms than necessary are let pass. Code points of more than
/// 16 bits are taken for errors, as HAProxy does.
fn json<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let text = bytes(value);
    let mut out = Vec::with_capacity(text.len());
    let (strict, overlong) = match args.int(0).unwrap_or(0) {
        2 => (true, false),
        3 => (false, false),
        4 => (true, true),
        5 => (false, true),
        _ => {
            text.iter().for_each(|byte| escape(u32::from(*byte), &mut out));
            return Ok(Value::string(out));
        }
    };
    let mut rest = &text[..];
    while !rest.is_empty() {
        let (code, len) = decode(rest, overlong);
        match code {
            Some(code) => escape(code, &mut out),
            None if strict => return Err(Absent::Missing),
            None => {}
        }
        rest = rest.get(len..).unwrap_or_default();
    }
    Ok(Value::string(out))
}

/// The first code point of a text, if it is one of 16 bits, and how many bytes it or the error takes.
fn decode(text: &[u8], overlong: bool) -> (Option<u32>, usize) {
    let first = text.first().copied().unwrap_or(0);
    let (len, bits) = match first {
        0..0x80 => return (Some(first.into()), 1),
        0xc0..0xe0 => (2, first & 0x1f),
        0xe0..0xf0 => (3, first & 0x0f),
        0xf0..0xf8 => (4, first & 0x07),
        _ => (1 + text.iter().skip(1).take_while(|b| **b & 0xc0 == 0x80).count(), 0),
    };
    let tail = text.iter().take(len).skip(1).take_while(|b| **b & 0xc0 == 0x80);
    let seen = 1 + tail.clone().count();
    let code = tail.fold(u32::from(bits), |code, b| code << 6 | u32::from(b & 0x3f));
    let shortest = [0, 0, 0x80, 0x800, 0x1_0000].get(len).is_some_and(|least| code >= *least);
    let whole = seen == len && (2..=4).contains(&len) && first < 0xf8;
    let valid = whole && (shortest || overlong) && code < 0xfffe && !(0xd800..0xe000).contains(&code);
    (valid.then_some(code), seen)
}

/// One code point within a JSON string.
pub(crate) fn escape(code: u32, out: &mut Vec<u8>) {
    match code {
        0x08 => out.extend(b"\\b"),
        0x09 => out.extend(b"\\t"),
        0x0a => out.extend(b"\\n"),
        0x0c => out.extend(b"\\f"),
        0x0d => out.extend(b"\\r"),
        0x22 => out.extend(b"\\\""),
        0x2f => out.extend(b"\\/"),
        0x5c => out.extend(b"\\\\"),
        0x20..=0x7e => out.push(code as u8),
        _ => out.extend(format!("\\u{code:04x}").into_bytes()),
    }
}
