//! Where an HTTP/1 message ends: enough of the protocol for scripts to read by.

/// Length of the message that `bytes` start with, once it is complete; `None` before.
/// A response without any length ends with its connection: it is never complete here.
pub(crate) fn message_len(bytes: &[u8]) -> Option<usize> {
    let head = head_len(bytes)?;
    let text = String::from_utf8_lossy(bytes.get(..head)?).to_ascii_lowercase();
    let fields: Vec<(&str, &str)> = text.lines().skip(1).filter_map(|l| l.split_once(':')).collect();
    let field = |name: &str| fields.iter().find(|(n, _)| *n == name).map(|(_, v)| v.trim());
    if is_bodyless(&text) {
        return Some(head);
    }
    if field("transfer-encoding").is_some_and(|v| v.ends_with("chunked")) {
        return chunked_len(bytes.get(head..)?).map(|body| head + body);
    }
    match field("content-length").and_then(|v| v.parse::<usize>().ok()) {
        Some(body) => (bytes.len() >= head + body).then_some(head + body),
        None if text.starts_with("http/") => None,
        None => Some(head),
    }
}

/// Length of the head that `bytes` start with, its empty line included.
pub(crate) fn head_len(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4)
}

fn is_bodyless(head: &str) -> bool {
    let status = head.strip_prefix("http/1").and_then(|l| l.split(' ').nth(1)).unwrap_or_default();
    status.starts_with('1') || status == "204" || status == "304"
}

fn chunked_len(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..)?;
        let line = rest.windows(2).position(|w| w == b"\r\n")?;
        let size = String::from_utf8_lossy(rest.get(..line)?);
        let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16).ok()?;
        at += line + 2;
        if size == 0 {
            return trailer_len(bytes.get(at..)?).map(|end| at + end);
        }
        at += size + 2;
    }
}

fn trailer_len(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(b"\r\n") { Some(2) } else { head_len(bytes) }
}

#[test]
fn messages_end_where_they_should() {
    let check = |text: &str, len: Option<usize>| assert_eq!(message_len(text.as_bytes()), len, "{text:?}");
    check("GET / HTTP/1.1\r\n\r\nGET", Some(18));
    check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", Some(40));
    check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", None);
    check("HTTP/1.1 204 No\r\n\r\n", Some(19));
    check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", Some(58));
    check("HTTP/1.1 200 OK\r\n\r\nabc", None);
}
