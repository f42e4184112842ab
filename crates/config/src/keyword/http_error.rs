//! `http-error`: an answer in the place of HAProxy's own, made of its parts (manual, section 4.2).

use crate::{draft::ProxyDraft, ir::ErrorAnswer, keyword::errors, line::Line, row::ProxyRow};
use rules::http_errors;

pub static TABLE: &[ProxyRow] = &[ProxyRow::full("http-error", http_error)
    .ok(&[
        "http-error status 503",
        "http-error status 503 content-type text/plain string sorry hdr retry-after 5",
        "http-error status 503 errorfiles errs0",
        "http-error status 503 errorfile err503.http",
        "http-error status 503 default-errorfiles",
    ])
    .bad(&[
        "http-error",
        "http-error status 999",
        "http-error status 503 string x",
        "http-error status 503 nope",
        "http-error status 503 content-type text/plain lf-string %[path]",
    ])];

/// What the line's arguments said so far.
#[derive(Default)]
struct Parts {
    content_type: Option<Vec<u8>>,
    headers: Vec<u8>,
    body: Body,
}

#[derive(Default)]
enum Body {
    /// HAProxy's own page.
    Default,
    #[default]
    Empty,
    Text(Vec<u8>),
    /// A whole message.
    Whole(Vec<u8>),
}

fn http_error(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    if !line.take("status") {
        return line.fail("missing-argument", "'http-error' expects 'status' <code> as arguments.");
    }
    let status = errors::status(line, "'http-error' expects 'status' <code> as arguments.")?;
    let mut parts = Parts::default();
    while line.peek().is_some() {
        part(line, status, &mut parts)?;
    }
    let raw = match parts.body {
        Body::Default => {
            proxy.errors.retain(|(known, _)| *known != status);
            return Some(());
        }
        Body::Whole(raw) => raw,
        Body::Empty => message(status, &parts.headers, None, b""),
        Body::Text(text) => {
            let needs_type = !text.is_empty() && parts.content_type.is_none();
            if needs_type {
                return line.fail("missing-argument", "'http-error' : a payload needs a 'content-type'.");
            }
            message(status, &parts.headers, parts.content_type.as_deref(), &text)
        }
    };
    errors::put(proxy, status, ErrorAnswer::File(raw));
    Some(())
}

fn part(line: &mut Line<'_, '_>, status: u16, parts: &mut Parts) -> Option<()> {
    let word = line.word()?;
    let missing = format!("'http-error' : '{}' expects an argument.", word.show());
    match word.bytes() {
        b"content-type" => parts.content_type = Some(line.bytes(&missing)?),
        b"default-errorfiles" => parts.body = Body::Default,
        b"errorfile" => parts.body = Body::Whole(errors::read_message(line, &missing)?),
        b"errorfiles" => {
            let pages = errors::section(line)?;
            let page = pages.into_iter().find(|(known, _)| *known == status);
            parts.body = page.map_or(Body::Default, |(_, raw)| Body::Whole(raw));
        }
        b"file" => parts.body = Body::Text(errors::read_bytes(line, &missing)?),
        b"string" => parts.body = Body::Text(line.bytes(&missing)?),
        b"hdr" => header(line, &missing, &mut parts.headers)?,
        b"lf-file" | b"lf-string" => return line.not_supported(&format!("http-error {}", word.show())),
        _ => return line.fail("bad-argument", format!("'http-error' : unknown argument '{}'.", word.show())),
    }
    Some(())
}

/// `hdr NAME FMT`, where the format has to be plain text for now.
fn header(line: &mut Line<'_, '_>, missing: &str, headers: &mut Vec<u8>) -> Option<()> {
    let name = line.need(missing)?.bytes().to_ascii_lowercase();
    let value = line.bytes(missing)?;
    if value.contains(&b'%') {
        return line.not_supported("http-error hdr with a log-format");
    }
    headers.extend([name.as_slice(), b": ", &value, b"\r\n"].concat());
    Some(())
}

/// A message as HAProxy sends it: the headers of the line, the length, the type, the payload.
fn message(status: u16, headers: &[u8], content_type: Option<&[u8]>, body: &[u8]) -> Vec<u8> {
    let start = format!("HTTP/1.1 {status} {}\r\n", http_errors::reason(status));
    let length = format!("content-length: {}\r\n", body.len());
    let kind = content_type.map(|kind| [b"content-type: ", kind, b"\r\n"].concat()).unwrap_or_default();
    [start.as_bytes(), headers, length.as_bytes(), &kind, b"\r\n", body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_put_together_as_haproxy_does() {
        assert_eq!(message(503, b"", None, b""), b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
        let text = message(503, b"x-p: /\r\n", Some(b"text/plain"), b"sorry");
        let expect =
            "HTTP/1.1 503 Service Unavailable\r\nx-p: /\r\ncontent-length: 5\r\ncontent-type: text/plain\r\n\r\nsorry";
        assert_eq!(text, expect.as_bytes());
    }
}
