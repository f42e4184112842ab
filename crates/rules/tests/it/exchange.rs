//! Requests, responses and the stream between them, as texts.

use message::{Head, Version};
use rules::{Captures, Reply};
use sample::{Stream, stream::Payload};
use std::time::{Duration, Instant, UNIX_EPOCH};

/// A stream whose client is at 127.0.0.1:1234 and whose proxy listens at port 80.
pub(crate) fn stream(captures: &Captures) -> Stream {
    let start = Instant::now();
    let mut stream = Stream::new(start, UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    stream.client.src = Some(([127, 0, 0, 1], 1234).into());
    stream.client.dst = Some(([127, 0, 0, 1], 8080).into());
    stream.client.http_major = 1;
    stream.times.request = Some(start);
    stream.req_captures = vec![None; captures.request.len()];
    stream.res_captures = vec![None; captures.response.len()];
    stream
}

/// Reads a request; `false` where it is none.
pub(crate) fn request(stream: &mut Stream, text: &[u8]) -> bool {
    let Some((line, fields, body)) = parts(text) else { return false };
    let words: Vec<&[u8]> = line.splitn(3, |b| *b == b' ').collect();
    let [method, target, version] = words[..] else { return false };
    stream.req = Head::request(version_of(version), method, target);
    stream.req_body = fill(&mut stream.req, &fields, body);
    stream.request_line = line.to_vec();
    (stream.is_http, stream.has_req) = (true, true);
    true
}

/// Reads a response; `false` where it is none.
pub(crate) fn response(stream: &mut Stream, text: &[u8]) -> bool {
    let Some((line, fields, body)) = parts(text) else { return false };
    let mut words = line.splitn(3, |b| *b == b' ');
    let version = version_of(words.next().unwrap_or_default());
    let status = words.next().and_then(|w| std::str::from_utf8(w).ok()?.parse().ok()).unwrap_or(0);
    stream.res = Head::response(version, status, words.next().unwrap_or_default());
    stream.res_body = fill(&mut stream.res, &fields, body);
    (stream.has_res, stream.status) = (true, status);
    (stream.backend, stream.target) = (Some(1), Some(0));
    true
}

/// Puts an answer of a rule in the place of the response.
pub(crate) fn answer(stream: &mut Stream, reply: Reply) {
    stream.res = reply.head;
    stream.res_body = Payload { bytes: reply.body, complete: true, announced: None };
    (stream.has_res, stream.status) = (true, stream.res.status());
}

/// A head and a body as they are written to a socket.
pub(crate) fn print(head: &Head, body: &[u8]) -> Vec<u8> {
    let version = head.version();
    let mut out = match head.is_request() {
        true => [head.method(), b" ", head.target(), b" HTTP/1.1\r\n"].concat(),
        false => {
            let start = format!("HTTP/{}.{} {} ", version.0, version.1, head.status()).into_bytes();
            [&start, head.reason(), b"\r\n"].concat()
        }
    };
    for (name, value) in head.iter() {
        out.extend([name, b": ", value, b"\r\n"].concat());
    }
    [&out[..], b"\r\n", body].concat()
}

type Fields<'t> = Vec<(&'t [u8], &'t [u8])>;

fn parts(text: &[u8]) -> Option<(&[u8], Fields<'_>, &[u8])> {
    let end = text.windows(4).position(|w| w == b"\r\n\r\n")?;
    let (head, body) = (&text[..end], &text[end + 4..]);
    let mut lines = head.split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l));
    let line = lines.next()?;
    let fields = lines.filter_map(|line| {
        let colon = line.iter().position(|b| *b == b':')?;
        Some((&line[..colon], line[colon + 1..].trim_ascii()))
    });
    Some((line, fields.collect(), body))
}

fn version_of(text: &[u8]) -> Version {
    if text == b"HTTP/1.0" { Version::HTTP_10 } else { Version::HTTP_11 }
}

fn fill(head: &mut Head, fields: &Fields<'_>, body: &[u8]) -> Payload {
    let mut announced = None;
    for (name, value) in fields {
        if name.eq_ignore_ascii_case(b"content-length") {
            announced = std::str::from_utf8(value).ok().and_then(|v| v.parse().ok());
        }
        head.add(name, value);
    }
    let len = body.len().min(announced.unwrap_or(0) as usize);
    Payload { bytes: body[..len].to_vec(), complete: true, announced }
}
