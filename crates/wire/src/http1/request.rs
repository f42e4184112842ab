//! Request heads.

use std::ops::Range;

use message::{Head, Version};

use super::authority;
use super::fault::{Fault, Kind};
use super::fields::{Seen, Side};
use super::scan::{Scan, Step, fault};
use super::{Framing, Limits, Parsed, complete, version};

/// Reads a request head from the start of `buf` into `head`. `None`: it is not complete, read more.
///
/// What is put right on the way, as HAProxy does: empty lines before it are skipped; folded values are unfolded; the
/// tokens `close` and `keep-alive` go, as they are said anew; `TE` keeps `trailers` alone; lone `Upgrade` or
/// `Connection: upgrade` go; repeated equal `Host` and `Content-Length` are merged; `Content-Length` goes if there
/// is a `Transfer-Encoding`; default ports go from absolute targets.
pub fn parse_request(buf: &[u8], limits: &Limits, head: &mut Head) -> Result<Option<Parsed>, Fault> {
    let mut scan = Scan::new(buf, limits.accept_unsafe_violations);
    complete(read(&mut scan, limits, head), buf, limits, head)
}

/// The parts of a request line.
struct RequestLine {
    method: Range<usize>,
    target: Range<usize>,
    version: Version,
    /// The version's own text, when it is an odd one.
    protocol: Option<Range<usize>>,
    form: Form,
}

/// The form of a request target (RFC 9112, section 3.2), with the range of its authority.
enum Form {
    Absolute(Range<usize>),
    Asterisk,
    Authority(Range<usize>),
    Origin,
}

fn read(scan: &mut Scan<'_>, limits: &Limits, head: &mut Head) -> Step<Parsed> {
    scan.empty_lines()?;
    let start = scan.at;
    let line = request_line(scan)?;
    let Some(line) = line else { return Ok(simple(scan, start, head)) };
    if scan.at - start > limits.buffer {
        return fault(Kind::TargetTooLong, line.target.start);
    }
    let mut seen = Seen::default();
    let mut outline = head.outline();
    outline.request(line.version, line.method.clone(), line.target.clone());
    line.protocol.clone().into_iter().for_each(|text| outline.protocol(text));
    seen.read(scan, limits, Side::Request, &mut outline)?;
    super::fits(seen.size + line.method.len() + line.target.len(), scan, limits)?;
    let (framing, insecure) = framing(scan, &line, &seen, limits)?;
    check_host(scan, &line, &seen)?;
    seen.check_websocket(scan)?;
    outline.adopt(scan.text(0..scan.at), scan.folded);
    let connect = matches!(line.form, Form::Authority(_));
    seen.amend(head, Side::Request, connect);
    normalise(scan, &line, &seen, head);
    let keep_alive = !insecure && seen.connection.keeps(line.version >= Version::HTTP_11);
    seen.expect_continue &= line.version >= Version::HTTP_11;
    Ok(seen.parsed(scan, framing, keep_alive))
}

/// Reads the first line. `None`: a simple request of HTTP/0.9, which passes only as a violation.
fn request_line(scan: &mut Scan<'_>) -> Step<Option<RequestLine>> {
    let method = scan.token()?;
    if method.is_empty() || !scan.blanks() {
        scan.byte()?;
        return scan.fault(Kind::Method);
    }
    scan.byte()?;
    let target = target(scan)?;
    let form = form(scan, &method, &target)?;
    if !scan.blanks() {
        let simple = scan.lenient && scan.text(method) == b"GET";
        return if simple { scan.line_end().map(|()| None) } else { scan.fault(Kind::Version) };
    }
    let (version, protocol) = version(scan)?;
    if !matches!(scan.byte()?, b'\r' | b'\n') {
        return scan.fault(Kind::Version);
    }
    scan.line_end()?;
    if scan.text(method.clone()) == b"PRI" {
        let rest = scan.buf.get(method.start..).unwrap_or(&[]);
        let preface = rest.starts_with(crate::http2::frame::PREFACE);
        return fault(if preface { Kind::Preface } else { Kind::Pri }, method.start);
    }
    if matches!(form, Form::Asterisk) && scan.text(method.clone()) != b"OPTIONS" {
        return fault(Kind::Target, target.start);
    }
    Ok(Some(RequestLine { method, target, version, protocol, form }))
}

/// Takes the target. Bytes above 126 and fragments are violations.
fn target(scan: &mut Scan<'_>) -> Step<Range<usize>> {
    let start = scan.at;
    loop {
        scan.printable()?;
        match scan.byte()? {
            b' ' | b'\t' | b'\r' | b'\n' if scan.at > start => break,
            128.. if scan.lenient => {
                scan.violation = true;
                scan.at += 1;
            }
            _ => return scan.fault(Kind::Target),
        }
    }
    match memchr::memchr(b'#', scan.text(start..scan.at)) {
        Some(at) if !scan.lenient => fault(Kind::Target, start + at),
        fragment => {
            scan.violation |= fragment.is_some();
            Ok(start..scan.at)
        }
    }
}

fn form(scan: &Scan<'_>, method: &Range<usize>, target: &Range<usize>) -> Step<Form> {
    let text = scan.text(target.clone());
    if scan.text(method.clone()) == b"CONNECT" {
        let (_, port) = authority::split_port(text);
        let valid = authority::valid(text) && port.is_some_and(|p| !p.is_empty() && p.iter().all(u8::is_ascii_digit));
        return match valid || scan.lenient {
            true => Ok(Form::Authority(target.clone())),
            false => fault(Kind::Target, target.start),
        };
    }
    match text.first() {
        Some(b'/') => Ok(Form::Origin),
        Some(b'*') if text.len() == 1 => Ok(Form::Asterisk),
        _ => absolute(text, target.start),
    }
}

/// `scheme://authority`, then nothing or a path: HAProxy refuses a query without a path.
fn absolute(text: &[u8], start: usize) -> Step<Form> {
    let colon = text.iter().position(|b| matches!(b, b':' | b'/' | b'?' | b'#')).unwrap_or(0);
    let Some(rest) = text.get(colon..).and_then(|t| t.strip_prefix(b"://")) else {
        return fault(Kind::Target, start);
    };
    let len = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let from = start + colon + 3;
    match rest.get(len) {
        None | Some(b'/') if colon > 0 && authority::valid(rest.get(..len).unwrap_or(rest)) => {
            Ok(Form::Absolute(from..from + len))
        }
        _ => fault(Kind::Target, from + len),
    }
}

/// The length of the body, and whether the way it is told is insecure (RFC 9112, section 6.1).
fn framing(scan: &Scan<'_>, line: &RequestLine, seen: &Seen, limits: &Limits) -> Step<(Framing, bool)> {
    seen.coding.check(false).or_else(|kind| fault(kind, scan.at))?;
    let old = line.version < Version::HTTP_11;
    let length = seen.length.value();
    let framing = match length {
        _ if matches!(line.form, Form::Authority(_)) => Framing::None,
        _ if seen.coding.chunked() => Framing::Chunked,
        Some(n) => Framing::Length(n),
        None => Framing::None,
    };
    let bodyless = matches!(scan.text(line.method.clone()), b"GET" | b"HEAD" | b"DELETE");
    if old && bodyless && !matches!(framing, Framing::None | Framing::Length(0)) {
        match limits.accept_payload_with_any_method {
            true => {}
            false => return fault(Kind::Payload, line.method.start),
        }
    }
    let insecure = seen.coding.chunked() && (old || length.is_some() || framing == Framing::None);
    Ok((framing, insecure && !limits.do_not_close_on_insecure_transfer_encoding))
}

/// The authority of the target without user information, and the ports that it need not name.
fn authority<'a>(scan: &Scan<'a>, line: &RequestLine) -> Option<(&'a [u8], &'static [&'static [u8]])> {
    let (range, ports): (_, &[&[u8]]) = match &line.form {
        Form::Absolute(range) => match scan.text(line.target.start..range.start) {
            scheme if scheme.eq_ignore_ascii_case(b"http://") => (range, &[b"80"]),
            scheme if scheme.eq_ignore_ascii_case(b"https://") => (range, &[b"443"]),
            _ => (range, &[]),
        },
        Form::Authority(range) => (range, &[b"80", b"443"]),
        Form::Asterisk | Form::Origin => return None,
    };
    Some((authority::without_user(scan.text(range.clone())), ports))
}

fn check_host(scan: &mut Scan<'_>, line: &RequestLine, seen: &Seen) -> Step<()> {
    let (Some((authority, ports)), Some((_, value))) = (authority(scan, line), seen.host) else { return Ok(()) };
    if authority::same(scan.text(value.0..value.1), authority, ports) {
        return Ok(());
    }
    scan.violation = true;
    if scan.lenient { Ok(()) } else { fault(Kind::Host, value.0) }
}

/// Takes the default port from an absolute target, and gives it a path; says the authority in `Host` as well.
fn normalise(scan: &Scan<'_>, line: &RequestLine, seen: &Seen, head: &mut Head) {
    let Some((authority, ports)) = authority(scan, line) else { return };
    let short = authority::without_default_port(authority, ports);
    let stripped = short.len() < authority.len();
    if let (Some((at, value)), true) = (seen.host, stripped)
        && authority::same(scan.text(value.0..value.1), authority, ports)
    {
        head.set_value_at(at, short);
    }
    let Form::Absolute(range) = &line.form else { return };
    let pathless = range.end == line.target.end && scan.text(line.method.clone()) != b"OPTIONS";
    if stripped || pathless {
        let kept = range.end - (authority.len() - short.len());
        let path = if pathless { &b"/"[..] } else { scan.text(range.end..line.target.end) };
        head.set_target(&[scan.text(line.target.start..kept), path].concat());
    }
}

/// A request of HTTP/0.9 goes on as one of HTTP/1.0 without fields.
fn simple(scan: &mut Scan<'_>, start: usize, head: &mut Head) -> Parsed {
    scan.violation = true;
    let line = scan.text(start..scan.at).trim_ascii();
    let target = line.strip_prefix(b"GET").unwrap_or(line).trim_ascii_start();
    head.set_request(Version::HTTP_10, b"GET", target);
    Seen::default().parsed(scan, Framing::None, false)
}
