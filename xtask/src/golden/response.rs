//! HTTP/1 responses cut out of what a client received.

use super::peer::{chunks_length, find};

/// A header's value as it came, behind `: ` and untrimmed; the name in lower case.
pub(crate) fn header<'a>(message: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let head = &message[..find(message, b"\r\n\r\n")?];
    let mut lines = head.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let value = |line: &'a [u8]| {
        let colon = line.iter().position(|b| *b == b':')?;
        let (field, value) = line.split_at(colon);
        field.eq_ignore_ascii_case(name.as_bytes()).then(|| value[1..].strip_prefix(b" ").unwrap_or(&value[1..]))
    };
    lines.find_map(value)
}

/// The body, nothing when there is no end of the head.
pub(crate) fn body(message: &[u8]) -> &[u8] {
    find(message, b"\r\n\r\n").map_or(&[], |at| &message[at + 4..])
}

/// The status code, 0 when there is none.
pub(crate) fn status(message: &[u8]) -> u16 {
    let digits = message.split(|b| *b == b' ').nth(1).unwrap_or_default();
    std::str::from_utf8(digits).ok().and_then(|d| d.trim().parse().ok()).unwrap_or(0)
}

/// Length of the response that `data` begins with, once it is whole. A body that lasts until the end of the
/// connection is whole only when `closed`.
fn length(data: &[u8], to_head: bool, closed: bool) -> Option<usize> {
    let head = find(data, b"\r\n\r\n")? + 4;
    let rest = data.get(head..)?;
    let status = status(data);
    if to_head || status == 204 || status == 304 || (100..200).contains(&status) {
        return Some(head);
    }
    let chunked = header(data, "transfer-encoding").is_some_and(|v| v.to_ascii_lowercase().ends_with(b"chunked"));
    if chunked {
        return Some(head + chunks_length(rest)?);
    }
    let announced = header(data, "content-length").and_then(|v| std::str::from_utf8(v).ok()?.trim().parse().ok());
    match announced {
        Some(n) => (rest.len() >= n).then_some(head + n),
        None => closed.then_some(data.len()),
    }
}

/// The responses in `data`, interim ones separate, the first request being `HEAD` or not; and what is left over.
pub(crate) fn split(data: &[u8], to_head: bool, closed: bool) -> (Vec<&[u8]>, &[u8]) {
    let (mut out, mut rest) = (Vec::new(), data);
    while let Some(len) = length(rest, to_head, closed).filter(|len| *len > 0) {
        let (message, tail) = rest.split_at(len);
        out.push(message);
        rest = tail;
    }
    (out, rest)
}

/// True when `data` holds a whole final response.
pub(crate) fn is_answered(data: &[u8], to_head: bool) -> Option<usize> {
    let (messages, rest) = split(data, to_head, false);
    let last = messages.iter().any(|m| status(m) >= 200 || status(m) == 101);
    last.then_some(data.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_cut() {
        let data = b"HTTP/1.1 103 E\r\n\r\nHTTP/1.1 200 OK\r\nX-A:  b \r\ncontent-length: 2\r\n\r\nokmore";
        let (messages, rest) = split(data, false, false);
        assert_eq!((messages.len(), rest), (2, &b"more"[..]));
        assert_eq!((status(messages[1]), body(messages[1])), (200, &b"ok"[..]));
        assert_eq!(header(messages[1], "x-a"), Some(&b" b "[..]));
        assert_eq!(is_answered(b"HTTP/1.1 100 C\r\n\r\n", false), None);
        assert_eq!(split(b"HTTP/1.0 200 OK\r\n\r\nx", false, true).0.len(), 1);
    }
}
