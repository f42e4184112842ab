//! Heads of requests (RFC 9113, section 8.3.1).

use std::ops::Range;

use message::{Head, Version};

use super::{
    fields::{Limits, Refusal, of_connection, valid_name, valid_value},
    hpack::{self, Decoder, Malformed},
};
use crate::http1::{token_byte, valid_host};

/// What a request's fields say about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Request {
    pub length: Option<u64>,
    /// A tunnel is asked for: `CONNECT`.
    pub connect: bool,
    /// Another protocol is asked for (RFC 8441). The head is that of the request which asks for it in HTTP/1.
    pub upgrade: bool,
    pub expect_continue: bool,
}

/// Memory for a head that is being read, to be used again for the next.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The texts of pseudo-headers.
    pseudo: Vec<u8>,
    cookies: Vec<u8>,
}

/// Reads a request's header block into `head`, in the form that the same request has in HTTP/1.
///
/// The target is absolute where there is an `:authority`, as HAProxy shows it; that becomes `host`, whatever `host` said;
/// cookies become one field, the last.
pub fn read_request(
    decoder: &mut Decoder,
    block: &[u8],
    limits: &Limits,
    scratch: &mut Scratch,
    head: &mut Head,
) -> Result<Result<Request, Refusal>, Malformed> {
    scratch.pseudo.clear();
    scratch.cookies.clear();
    let mut reading =
        Reading { limits, scratch, head, request: Request::default(), seen: Seen::default(), fault: None };
    decoder.decode(block, |name, value| reading.field(name, value))?;
    Ok(reading.finish())
}

#[derive(Debug, Default)]
struct Seen {
    method: Option<Range<usize>>,
    scheme: Option<Range<usize>>,
    authority: Option<Range<usize>>,
    path: Option<Range<usize>>,
    protocol: Option<Range<usize>>,
    /// The request line is written: what follows are fields.
    line: bool,
    cookie: bool,
    host: bool,
    fields: usize,
    size: usize,
}

struct Reading<'a> {
    limits: &'a Limits,
    scratch: &'a mut Scratch,
    head: &'a mut Head,
    request: Request,
    seen: Seen,
    fault: Option<Refusal>,
}

impl Reading<'_> {
    fn field(&mut self, name: &[u8], value: &[u8]) {
        self.seen.fields += 1;
        self.seen.size += name.len() + value.len();
        let fits = self.seen.fields < self.limits.fields && self.seen.size <= self.limits.size;
        if self.fault == Some(Refusal::Reset) {
            return;
        }
        let read = match name.first() {
            _ if !fits || !valid_value(value) => Err(Refusal::Reset),
            Some(b':') => self.pseudo(name, value),
            _ if !valid_name(name) || of_connection(name) => Err(Refusal::Reset),
            _ => self.begin().and_then(|()| self.regular(name, value)),
        };
        self.fault = read.err().or(self.fault);
    }

    fn pseudo(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        let (to, valid) = match name {
            b":method" => (&mut self.seen.method, !value.is_empty() && value.iter().all(|b| *b >= b' ')),
            b":scheme" => (&mut self.seen.scheme, value.iter().all(|b| *b >= b' ')),
            b":authority" => (&mut self.seen.authority, valid_host(value)),
            b":path" => (&mut self.seen.path, valid_path(value, self.limits.accept_unsafe_violations)),
            b":protocol" => (&mut self.seen.protocol, !value.is_empty() && value.iter().all(|b| token_byte(*b))),
            _ => return Err(Refusal::Reset),
        };
        if !valid || self.seen.line || to.is_some() {
            return Err(Refusal::Reset);
        }
        let start = self.scratch.pseudo.len();
        self.scratch.pseudo.extend_from_slice(value);
        *to = Some(start..self.scratch.pseudo.len());
        Ok(())
    }

    fn regular(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        match name {
            b"cookie" => {
                if std::mem::replace(&mut self.seen.cookie, true) {
                    self.scratch.cookies.extend_from_slice(b"; ");
                }
                self.scratch.cookies.extend_from_slice(value);
                return Ok(());
            }
            b"host" if self.seen.authority.is_some() => return Ok(()),
            b"host" => {
                let repeated = std::mem::replace(&mut self.seen.host, true);
                if !valid_host(value) || (repeated && self.head.field(b"host") != Some(value)) {
                    return Err(Refusal::Reset);
                }
                if repeated {
                    return Ok(());
                }
            }
            b"te" if !value.eq_ignore_ascii_case(b"trailers") => return Err(Refusal::Reset),
            b"content-length" => {
                let length = number(value).ok_or(Refusal::Reset)?;
                match self.request.length.replace(length) {
                    Some(before) if before == length => return Ok(()),
                    Some(_) => return Err(Refusal::Reset),
                    None => {}
                }
            }
            b"expect" => self.request.expect_continue |= value.eq_ignore_ascii_case(b"100-continue"),
            _ => {}
        }
        self.head.add(name, value);
        Ok(())
    }

    /// Writes the request line, once all pseudo-headers are there.
    fn begin(&mut self) -> Result<(), Refusal> {
        if std::mem::replace(&mut self.seen.line, true) {
            return Ok(());
        }
        let text = |range: &Option<Range<usize>>| range.clone().and_then(|r| self.scratch.pseudo.get(r));
        let seen = &self.seen;
        let method = text(&seen.method).ok_or(Refusal::Reset)?;
        let (scheme, authority, path) = (text(&seen.scheme), text(&seen.authority), text(&seen.path));
        let protocol = text(&seen.protocol);
        if method == b"CONNECT" && protocol.is_none() {
            let (Some(authority), None, None) = (authority, scheme, path) else { return Err(Refusal::Reset) };
            self.request.connect = true;
            self.head.set_request(Version::HTTP_2, method, authority);
            self.head.add(b"host", authority);
            return Ok(());
        }
        let (Some(scheme), Some(path)) = (scheme, path) else { return Err(Refusal::Reset) };
        let asterisk = path == b"*";
        if (protocol.is_some() && (method != b"CONNECT" || authority.is_none())) || (asterisk && method != b"OPTIONS") {
            return Err(Refusal::Reset);
        }
        let method = if protocol.is_some() { &b"GET"[..] } else { method };
        match authority {
            None => self.head.set_request(Version::HTTP_2, method, path),
            Some(authority) => {
                let path = if asterisk { &b""[..] } else { path };
                let target = [scheme, b"://", authority, path].concat();
                self.head.set_request(Version::HTTP_2, method, &target);
                self.head.add(b"host", authority);
            }
        }
        self.request.upgrade = protocol.is_some();
        match method.iter().all(|b| token_byte(*b)) && valid_scheme(scheme) {
            true => Ok(()),
            false => Err(Refusal::BadRequest),
        }
    }

    fn finish(mut self) -> Result<Request, Refusal> {
        if self.fault != Some(Refusal::Reset)
            && let Err(refusal) = self.begin()
        {
            self.fault = Some(refusal);
        }
        if let Some(refusal) = self.fault {
            return Err(refusal);
        }
        if self.seen.cookie {
            self.head.add(b"cookie", &self.scratch.cookies);
        }
        if let Some(protocol) = self.seen.protocol.and_then(|r| self.scratch.pseudo.get(r)) {
            self.head.add(b"upgrade", protocol);
            self.head.add(b"connection", b"upgrade");
        }
        Ok(self.request)
    }
}

/// Appends a request's head as a header block. Fields that HTTP/2 has no place for are left out.
///
/// As HAProxy has it, only a request with an absolute target has an `:authority`, which is its `host`; any other keeps
/// `host` as a field, and is taken for one of `https`. With `upgrade`, which it says in the form of HTTP/1, it asks for
/// another protocol on its stream (RFC 8441).
pub fn write_request(head: &Head, upgrade: bool, out: &mut Vec<u8>) {
    hpack::encode(b":method", if upgrade { b"CONNECT" } else { head.method() }, out);
    let absolute = split_target(head.target());
    let connect = head.method() == b"CONNECT" && !upgrade;
    if connect {
        hpack::encode(b":authority", head.target(), out);
    } else {
        let (scheme, path) = absolute.unwrap_or((b"https", head.target()));
        hpack::encode(b":scheme", scheme, out);
        if let Some(host) = head.field(b"host").filter(|_| absolute.is_some() || upgrade) {
            hpack::encode(b":authority", host, out);
        }
        let asterisk = absolute.is_some() && path.is_empty() && head.method() == b"OPTIONS";
        let path = if asterisk { b"*" } else { path };
        hpack::encode(b":path", if path.is_empty() { b"/" } else { path }, out);
    }
    if let Some(protocol) = head.field(b"upgrade").filter(|_| upgrade) {
        hpack::encode(b":protocol", protocol, out);
    }
    let named = connect || upgrade || absolute.is_some();
    for (name, value) in head.iter() {
        let dropped = (named && name == b"host") || (name == b"te" && value != b"trailers") || of_connection(name);
        if !dropped {
            hpack::encode(name, value, out);
        }
    }
}

/// The scheme and the path of an absolute target.
fn split_target(target: &[u8]) -> Option<(&[u8], &[u8])> {
    if target.first() == Some(&b'/') {
        return None;
    }
    let colon = target.windows(3).position(|w| w == b"://")?;
    let (scheme, rest) = (target.get(..colon)?, target.get(colon + 3..)?);
    let path = rest.iter().position(|b| matches!(b, b'/' | b'?')).and_then(|slash| rest.get(slash..));
    Some((scheme, path.unwrap_or(b"")))
}

/// Whether a path is one: not empty, without blanks and control bytes; without a fragment unless violations are accepted.
fn valid_path(path: &[u8], lenient: bool) -> bool {
    let start = path.first() == Some(&b'/') || path == b"*";
    start && path.iter().all(|b| *b > b' ' && *b != 0x7f && (*b != b'#' || lenient))
}

fn valid_scheme(scheme: &[u8]) -> bool {
    scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

pub(super) fn number(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http2::hpack;

    const LIMITS: Limits = Limits { fields: 101, size: 15360, accept_unsafe_violations: false };

    fn read(fields: &[(&str, &str)]) -> Result<(String, Request), Refusal> {
        let mut block = Vec::new();
        fields.iter().for_each(|(n, v)| hpack::encode(n.as_bytes(), v.as_bytes(), &mut block));
        line_of(&block)
    }

    fn line_of(block: &[u8]) -> Result<(String, Request), Refusal> {
        let mut head = Head::default();
        let read = read_request(&mut Decoder::new(4096), block, &LIMITS, &mut Scratch::default(), &mut head);
        let request = read.unwrap()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let line = format!("{} {}", text(head.method()), text(head.target()));
        let fields = head.iter().map(|(n, v)| format!(" {}={}", text(n), text(v)));
        Ok((line + &fields.collect::<String>(), request))
    }

    const GET: [(&str, &str); 4] = [(":method", "GET"), (":scheme", "http"), (":path", "/x"), (":authority", "a")];

    fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        GET.iter().chain(more).copied().collect()
    }

    #[test]
    fn requests_look_like_those_of_http1() {
        let line = |fields: &[(&str, &str)]| read(fields).map(|(line, _)| line);
        assert_eq!(line(&GET).as_deref(), Ok("GET http://a/x host=a"));
        let cookies = with(&[("cookie", "a=1"), ("host", "b"), ("x", "1"), ("cookie", "b=2")]);
        assert_eq!(line(&cookies).as_deref(), Ok("GET http://a/x host=a x=1 cookie=a=1; b=2"));
        let star = [(":method", "OPTIONS"), (":scheme", "http"), (":path", "*"), (":authority", "a")];
        assert_eq!(line(&star).as_deref(), Ok("OPTIONS http://a host=a"));
        assert_eq!(line(&[(":method", "GET"), (":scheme", "http"), (":path", "/")]).as_deref(), Ok("GET /"));
        assert_eq!(line(&[(":method", "CONNECT"), (":authority", "a:1")]).as_deref(), Ok("CONNECT a:1 host=a:1"));
    }

    #[test]
    fn websockets_ask_as_in_http1() {
        let mut fields = with(&[("sec-websocket-version", "13")]);
        fields[0].1 = "CONNECT";
        fields.insert(1, (":protocol", "websocket"));
        let (line, request) = read(&fields).unwrap();
        assert_eq!(line, "GET http://a/x host=a sec-websocket-version=13 upgrade=websocket connection=upgrade");
        assert!(request.upgrade && !request.connect);
    }

    #[test]
    fn what_is_written_is_read() {
        let cases = [
            ("GET", "/x?y", "GET /x?y te=trailers host=a x=1"),
            ("OPTIONS", "http://b", "OPTIONS http://a host=a te=trailers x=1"),
            ("GET", "https://b/", "GET https://a/ host=a te=trailers x=1"),
            ("OPTIONS", "*", "OPTIONS * te=trailers host=a x=1"),
            ("CONNECT", "a:1", "CONNECT a:1 host=a:1 te=trailers x=1"),
        ];
        for (method, target, expected) in cases {
            let mut head = Head::request(Version::HTTP_11, method.as_bytes(), target.as_bytes());
            for (name, value) in
                [("te", "trailers"), ("host", "a"), ("connection", "close"), ("x", "1"), ("te", "gzip")]
            {
                head.add(name.as_bytes(), value.as_bytes());
            }
            let mut block = Vec::new();
            write_request(&head, false, &mut block);
            assert_eq!(line_of(&block).unwrap().0, expected, "{method} {target}");
        }
    }

    #[test]
    fn upgrades_ask_for_a_protocol() {
        let mut head = Head::request(Version::HTTP_11, b"GET", b"/x");
        for (name, value) in [("host", "a"), ("connection", "upgrade"), ("upgrade", "websocket"), ("x", "1")] {
            head.add(name.as_bytes(), value.as_bytes());
        }
        let mut block = Vec::new();
        write_request(&head, true, &mut block);
        let (line, request) = line_of(&block).unwrap();
        assert_eq!(line, "GET https://a/x host=a x=1 upgrade=websocket connection=upgrade");
        assert!(request.upgrade);
    }

    #[test]
    fn malformed_requests_are_refused() {
        let cases: [&[(&str, &str)]; 12] = [
            &[(":foo", "x")],
            &[(":method", "GET")],
            &[("x", "1"), (":protocol", "x")],
            &[("connection", "close")],
            &[("te", "gzip")],
            &[("x y", "1")],
            &[("x", "a\nb")],
            &[("content-length", "x")],
            &[("content-length", "1"), ("content-length", "2")],
            &[("content-length", "+1")],
            &[(":protocol", "websocket")],
            &[("x", "y"); 101],
        ];
        for more in cases {
            assert_eq!(read(&with(more)), Err(Refusal::Reset), "{more:?}");
        }
        let scheme = [(":method", "GET"), (":scheme", "ht tp"), (":path", "/"), (":authority", "a")];
        assert_eq!(read(&scheme), Err(Refusal::BadRequest));
        for (at, value) in [(0, ""), (2, ""), (2, "x"), (2, "/#f"), (2, "*"), (3, "u@a"), (3, "a/b"), (3, "a b")] {
            let mut fields = GET;
            fields[at].1 = value;
            assert_eq!(read(&fields), Err(Refusal::Reset), "{fields:?}");
        }
    }
}
