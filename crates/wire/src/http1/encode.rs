//! Writing messages as HAProxy writes them.

use std::collections::HashMap;

use message::{Head, Line, Version};

use super::status::phrase;

/// Names that are written in another case than the lower one (`h1-case-adjust`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseMap {
    names: HashMap<Box<[u8]>, Box<[u8]>>,
}

impl CaseMap {
    /// Writes `from`, a lower-case name, as `to`. False, and without effect: they differ in more than their case,
    /// or `from` is there already.
    pub fn insert(&mut self, from: &[u8], to: &[u8]) -> bool {
        let valid = from.eq_ignore_ascii_case(to) && !self.names.contains_key(from);
        if valid {
            self.names.insert(from.into(), to.into());
        }
        valid
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    fn get<'a>(&'a self, name: &'a [u8]) -> &'a [u8] {
        self.names.get(name).map_or(name, |n| n)
    }
}

/// Appends a head with its empty line: `name: value` lines, and HTTP/1.1 unless the head is older.
pub fn write_head(head: &Head, case: Option<&CaseMap>, out: &mut Vec<u8>) {
    out.reserve(head.len());
    match head.line() {
        Line::Request { method, target } => {
            out.extend_from_slice(head.get(method));
            out.push(b' ');
            out.extend_from_slice(head.get(target));
            out.push(b' ');
            write_version(head, out);
        }
        Line::Response { status, reason } => {
            write_version(head, out);
            out.push(b' ');
            write_status(status, out);
            out.push(b' ');
            let reason = head.get(reason);
            out.extend_from_slice(if reason.is_empty() { phrase(status).as_bytes() } else { reason });
        }
    }
    out.extend_from_slice(b"\r\n");
    write_fields(head, case, out);
    out.extend_from_slice(b"\r\n");
}

/// Appends the line before a chunk of `len` bytes. Behind the chunk belongs CRLF.
pub fn write_chunk_size(len: usize, out: &mut Vec<u8>) {
    let digits = (usize::BITS - len.leading_zeros()).div_ceil(4).max(1);
    for i in (0..digits).rev() {
        let digit = (len >> (i * 4) & 15) as u8;
        out.push(if digit < 10 { b'0' + digit } else { b'A' + digit - 10 });
    }
    out.extend_from_slice(b"\r\n");
}

/// Appends the end of a chunked body, with the fields of `trailers`.
pub fn write_last_chunk(trailers: Option<&Head>, case: Option<&CaseMap>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"0\r\n");
    if let Some(trailers) = trailers {
        write_fields(trailers, case, out);
    }
    out.extend_from_slice(b"\r\n");
}

fn write_fields(head: &Head, case: Option<&CaseMap>, out: &mut Vec<u8>) {
    let Some(case) = case else { return head.write_fields(out) };
    for (name, value) in head.iter() {
        out.extend_from_slice(case.get(name));
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
}

fn write_version(head: &Head, out: &mut Vec<u8>) {
    let version = head.version();
    if !head.protocol().is_empty() {
        out.extend_from_slice(head.protocol());
    } else if version >= Version::HTTP_11 {
        out.extend_from_slice(b"HTTP/1.1");
    } else {
        out.extend_from_slice(b"HTTP/");
        out.extend_from_slice(&[b'0' + version.0 % 10, b'.', b'0' + version.1 % 10]);
    }
}

/// Three digits at least.
fn write_status(status: u16, out: &mut Vec<u8>) {
    let digit = |n: u16| b'0' + (n % 10) as u8;
    let digits = [digit(status / 10000), digit(status / 1000), digit(status / 100), digit(status / 10), digit(status)];
    let skip = if status < 1000 { 2 } else { usize::from(status < 10000) };
    out.extend_from_slice(digits.get(skip..).unwrap_or(&digits));
}
