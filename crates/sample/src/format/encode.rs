//! Escapes and encodings of what a format prints (manual, sections 8.2.6 and 8.6).

use std::io::Write;

/// Bytes that would spoil a log become `#XX`: those that do not print, `#` and `"`.
pub(super) fn hashed(text: &[u8], out: &mut Vec<u8>) {
    escaped(text, out, |b| !(b' '..=b'~').contains(&b) || matches!(b, b'#' | b'"'));
}

/// The same for captured headers, which stand between braces.
pub(super) fn hashed_header(text: &[u8], out: &mut Vec<u8>) {
    escaped(text, out, |b| !(b' '..=b'~').contains(&b) || matches!(b, b'#' | b'"' | b'{' | b'|' | b'}'));
}

fn escaped(text: &[u8], out: &mut Vec<u8>, spoils: fn(u8) -> bool) {
    for byte in text {
        if spoils(*byte) {
            let _ = write!(out, "#{byte:02X}");
        } else {
            out.push(*byte);
        }
    }
}

/// Control bytes become `%XX`, but for the tab: what a header may not hold.
pub(super) fn percent(out: &mut Vec<u8>, start: usize) {
    let spoils = |b: &u8| (*b < b' ' && *b != b'\t') || *b == 0x7f;
    if out.iter().skip(start).any(spoils) {
        let text = out.split_off(start);
        for byte in &text {
            if spoils(byte) {
                let _ = write!(out, "%{byte:02X}");
            } else {
                out.push(*byte);
            }
        }
    }
}

/// A backslash before each of these bytes of what was written since `start`.
pub(super) fn backslash(out: &mut Vec<u8>, start: usize, special: &[u8]) {
    if out.iter().skip(start).any(|b| special.contains(b)) {
        let text = out.split_off(start);
        for byte in &text {
            if special.contains(byte) {
                out.push(b'\\');
            }
            out.push(*byte);
        }
    }
}

/// Puts what was written since `start` in double quotes.
pub(super) fn quote(out: &mut Vec<u8>, start: usize) {
    out.insert(start.min(out.len()), b'"');
    out.push(b'"');
}

/// Major types of CBOR (RFC 8949).
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const STRING: u8 = 3;

pub(super) const CBOR_NULL: u8 = 0xf6;
pub(super) const CBOR_END: u8 = 0xff;
pub(super) const CBOR_MAP: u8 = 0xbf;
pub(super) const CBOR_LIST: u8 = 0x9f;

pub(super) fn cbor_bool(value: bool, out: &mut Vec<u8>) {
    out.push(if value { 0xf5 } else { 0xf4 });
}

pub(super) fn cbor_int(value: i64, out: &mut Vec<u8>) {
    match u64::try_from(value) {
        Ok(value) => cbor_head(UNSIGNED, value, out),
        Err(_) => cbor_head(NEGATIVE, !value as u64, out),
    }
}

pub(super) fn cbor_str(text: &[u8], out: &mut Vec<u8>) {
    cbor_head(STRING, text.len() as u64, out);
    out.extend_from_slice(text);
}

/// Bytes in one chunk, their whole length not being announced.
pub(super) fn cbor_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(BYTES << 5 | 31);
    cbor_head(BYTES, bytes.len() as u64, out);
    out.extend_from_slice(bytes);
    out.push(CBOR_END);
}

/// A text in chunks, as HAProxy makes them: each `#XX` is one, what lies between is one even if it is nothing, and so
/// is each of `marks`.
pub(super) fn cbor_chunks(text: &[u8], marks: &[u8], out: &mut Vec<u8>) {
    out.push(STRING << 5 | 31);
    let mut rest = text;
    while let Some(first) = rest.first() {
        let len = match first {
            b'#' => 3,
            mark if marks.contains(mark) => 1,
            _ => rest.iter().position(|b| *b == b'#' || marks.contains(b)).unwrap_or(rest.len()),
        };
        let (chunk, tail) = rest.split_at(len.min(rest.len()));
        cbor_str(chunk, out);
        if *first == b'#' && tail.first() == Some(&b'#') {
            cbor_str(b"", out);
        }
        rest = tail;
    }
    out.push(CBOR_END);
}

fn cbor_head(kind: u8, value: u64, out: &mut Vec<u8>) {
    let kind = kind << 5;
    if value < 24 {
        out.push(kind | value as u8);
    } else if let Ok(value) = u8::try_from(value) {
        out.extend([kind | 24, value]);
    } else if let Ok(value) = u16::try_from(value) {
        out.push(kind | 25);
        out.extend(value.to_be_bytes());
    } else if let Ok(value) = u32::try_from(value) {
        out.push(kind | 26);
        out.extend(value.to_be_bytes());
    } else {
        out.push(kind | 27);
        out.extend(value.to_be_bytes());
    }
}

/// Writes what stands behind `start` as pairs of hexadecimal digits.
pub(super) fn hex(out: &mut Vec<u8>, start: usize) {
    for byte in out.split_off(start) {
        let _ = write!(out, "{byte:02X}");
    }
}
