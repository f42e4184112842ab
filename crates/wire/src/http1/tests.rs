//! Tables of messages, recorded from HAProxy 3.4, and what becomes of them.
//!
//! A row is `# name [asked] [unsafe]`, `> bytes received`, and `< head and payload sent on` or `! status` (for
//! answers, `!` alone). Each row is read whole and byte by byte, and both must agree.

use message::Head;

use super::*;

const REQUESTS: &str = include_str!("../../testdata/http1/requests.txt");
const RESPONSES: &str = include_str!("../../testdata/http1/responses.txt");
const MORE: &str = include_str!("../../testdata/http1/more.txt");

#[test]
fn requests_as_haproxy() {
    table(REQUESTS);
}

#[test]
fn responses_as_haproxy() {
    table(RESPONSES);
}

#[test]
fn more_messages() {
    table(MORE);
}

fn table(text: &str) {
    let lines: Vec<&str> = text.lines().filter(|l| !l.is_empty() && !l.starts_with("//")).collect();
    let wrong: Vec<String> = lines.chunks(3).filter_map(|row| check(row[0], row[1], row[2]).err()).collect();
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), lines.len() / 3, wrong.join("\n"));
}

/// What a head says of its connection and body, besides the text that is sent on.
#[test]
fn facts_of_requests() {
    for (fields, expected) in [
        ("GET / HTTP/1.1|Host: a", "None keep host@0"),
        ("GET / HTTP/1.1|Connection: close|X: 1|Host: a", "None close host@1"),
        ("GET / HTTP/1.0|Host: a|Connection: keep-alive", "None keep host@0"),
        ("GET / HTTP/1.0|Cookie: a=b", "None close cookie"),
        ("GET / HTTP/1.1|Set-Cookie: a=b", "None keep"),
        ("GET / HTTP/1.2|X: 1", "None keep"),
        ("POST / HTTP/1.1|Content-Length: 0", "Length(0) keep"),
        ("POST / HTTP/1.1|Content-Length: 18446744073709551615", "Length(18446744073709551615) keep"),
        ("POST / HTTP/1.1|Content-Length: 18446744073709551616", "400 ContentLength at 33"),
        ("POST / HTTP/1.1|Transfer-Encoding: chunked", "Chunked keep"),
        ("POST / HTTP/1.1|Transfer-Encoding: chunked|Content-Length: 3", "Chunked close"),
        ("POST / HTTP/1.0|Connection: keep-alive|Transfer-Encoding: chunked", "Chunked close"),
        ("GET / HTTP/1.0|Content-Length: 1", "413 Payload at 0"),
        ("CONNECT a:80 HTTP/1.1|Host: a|Content-Length: 7", "None keep host@0"),
        ("CONNECT a:80 HTTP/1.1|Transfer-Encoding: chunked", "None close"),
        ("POST / HTTP/1.1|Expect: 100-Continue|Content-Length: 1", "Length(1) keep expect"),
        ("POST / HTTP/1.0|Expect: 100-continue|Content-Length: 1", "Length(1) close"),
        ("GET / HTTP/1.1|Upgrade: foo|Connection: x, Upgrade", "None keep upgrade"),
        ("GET / HTTP/1.1|Upgrade: foo", "None keep"),
        ("GET / HTTP/1.1|Connection: upgrade", "None keep"),
        (
            "GET / HTTP/1.1|Connection: upgrade|Upgrade: h2c, WebSocket|Sec-WebSocket-Key: 012345678901234567890123",
            "None keep upgrade websocket key",
        ),
        ("GET / HTTP/1.1|Connection: upgrade|Upgrade: websocket|Sec-WebSocket-Key: 0", "400 WebSocket at 81"),
        ("PRI * HTTP/2.0\r\n\r\nSM", "405 Preface at 0"),
        ("PRI * HTTP/2.0", "400 Pri at 0"),
        ("PRI / HTTP/1.1", "400 Pri at 0"),
    ] {
        facts(fields, None, &Limits::default(), expected);
    }
    let lax = Limits { accept_payload_with_any_method: true, ..Limits::default() };
    facts("GET / HTTP/1.0|Content-Length: 1", None, &lax, "Length(1) close");
    let lax = Limits { do_not_close_on_insecure_transfer_encoding: true, ..Limits::default() };
    facts("POST / HTTP/1.1|Transfer-Encoding: chunked|Content-Length: 3", None, &lax, "Chunked keep");
    let lax = Limits { accept_unsafe_violations: true, ..Limits::default() };
    facts("GET http://a/ HTTP/1.1|Host: b", None, &lax, "None keep violation host@0");
    facts("GET / HTTP/1.1|Connection: upgrade|Upgrade: websocket", None, &lax, "None keep upgrade websocket violation");
    facts("GET / RTSP/1.0|X: 1", None, &lax, "None close violation");
    let few = Limits { fields: 3, ..Limits::default() };
    facts("GET / HTTP/1.1|A: 1|B: 2", None, &few, "None keep");
    facts("GET / HTTP/1.1|A: 1|B: 2|C: 3", None, &few, "400 TooManyFields at 28");
}

#[test]
fn facts_of_responses() {
    for (fields, asked, expected) in [
        ("HTTP/1.1 200 OK", Asked::Other, "UntilClose close"),
        ("HTTP/1.1 200 OK", Asked::Head, "None keep"),
        ("HTTP/1.1 200 OK|Set-Cookie: a=b|Content-Length: 3", Asked::Other, "Length(3) keep cookie"),
        ("HTTP/1.1 200 OK|Transfer-Encoding: chunked|Content-Length: 3", Asked::Other, "Chunked close"),
        ("HTTP/1.0 200 OK|Content-Length: 3", Asked::Other, "Length(3) close"),
        ("HTTP/1.0 200 OK|Content-Length: 3|Connection: keep-alive", Asked::Other, "Length(3) keep"),
        ("HTTP/1.1 204 No|Content-Length: 3", Asked::Other, "None keep"),
        ("HTTP/1.1 304 No|Content-Length: 3", Asked::Other, "None keep"),
        ("HTTP/1.1 205 No|Content-Length: 3", Asked::Other, "Length(3) keep"),
        ("HTTP/1.1 100 Go", Asked::Other, "None keep"),
        ("HTTP/1.1 200 OK|Content-Length: 3", Asked::Connect, "Tunnel keep"),
        ("HTTP/1.1 407 No|Content-Length: 3", Asked::Connect, "Length(3) keep"),
        ("HTTP/1.1 101 Go|Upgrade: x|Connection: upgrade", Asked::Upgrade, "Tunnel keep upgrade"),
        ("HTTP/1.1 101 Go|Upgrade: x|Connection: upgrade", Asked::Other, "400 Status at 8"),
        ("HTTP/1.1 101 Go|Upgrade: x", Asked::Upgrade, "400 Status at 8"),
        ("HTTP/1.1 101 Go|Connection: upgrade", Asked::Upgrade, "Tunnel keep"),
        ("HTTP/1.1 200 OK|Transfer-Encoding: gzip", Asked::Other, "400 TransferEncoding at 44"),
    ] {
        facts(fields, Some(asked), &Limits::default(), expected);
    }
}

/// `|` stands between the lines of the head.
fn facts(lines: &str, asked: Option<Asked>, limits: &Limits, expected: &str) {
    let raw = lines.replace('|', "\r\n") + "\r\n\r\n";
    let mut head = Head::default();
    let parsed = match asked {
        None => parse_request(raw.as_bytes(), limits, &mut head),
        Some(asked) => parse_response(raw.as_bytes(), limits, asked, &mut head),
    };
    let shown = match parsed {
        Err(fault) => format!("{} {:?} at {}", fault.status(), fault.kind, fault.at),
        Ok(None) => "incomplete".into(),
        Ok(Some(parsed)) => {
            let flags = [
                (true, if parsed.keep_alive { " keep" } else { " close" }),
                (parsed.upgrade, " upgrade"),
                (parsed.websocket, " websocket"),
                (parsed.websocket_key, " key"),
                (parsed.expect_continue, " expect"),
                (parsed.cookie, " cookie"),
                (parsed.unsafe_violation, " violation"),
            ];
            let flags: String = flags.iter().filter(|f| f.0).map(|f| f.1).collect();
            let host = parsed.host.map_or(String::new(), |at| format!(" host@{at}"));
            format!("{:?}{flags}{host}", parsed.framing)
        }
    };
    assert_eq!(shown, expected, "{lines}");
}

#[test]
fn bodies_end_where_they_should() {
    let limits = Limits { buffer: 64, ..Limits::default() };
    let decode = |framing, text: &[u8]| {
        let (mut body, mut trailers) = (Body::new(framing), Head::default());
        let decoded = body.decode(text, &limits, &mut trailers);
        let decoded = decoded.map(|d| (d.consumed, d.data, d.ended)).map_err(|fault| (fault.kind, fault.at));
        (decoded, body.ended(), body.may_close())
    };
    assert_eq!(decode(Framing::None, b"abc"), (Ok((0, 0..0, true)), true, true));
    assert_eq!(decode(Framing::Length(2), b"abc"), (Ok((2, 0..2, true)), true, true));
    assert_eq!(decode(Framing::Length(5), b"abc"), (Ok((3, 0..3, false)), false, false));
    assert_eq!(decode(Framing::UntilClose, b"abc"), (Ok((3, 0..3, false)), false, true));
    assert_eq!(decode(Framing::Chunked, b"3\r\nabc\r\n0\r\n\r\nGET"), (Ok((13, 3..6, true)), true, true));
    assert_eq!(decode(Framing::Chunked, b"3\r\nab"), (Ok((5, 3..5, false)), false, false));
    assert_eq!(decode(Framing::Chunked, b"3\r\nabc\r\n4\r\ndefg"), (Ok((11, 3..6, false)), false, false));
    assert_eq!(decode(Framing::Chunked, b"3;x"), (Ok((0, 0..0, false)), false, false));
    assert_eq!(decode(Framing::Chunked, b"3\r\nabcd"), (Err((Kind::ChunkEnd, 6)), false, false));
    assert_eq!(decode(Framing::Chunked, b"ffffffffffffff"), (Err((Kind::ChunkSize, 13)), false, false));
    let long = [b"3;".as_slice(), &[b'x'; 64]].concat();
    assert_eq!(decode(Framing::Chunked, &long).0, Err((Kind::ChunkExtension, 0)));
    let long = [b"0\r\nx: ".as_slice(), &[b'x'; 64]].concat();
    assert_eq!(decode(Framing::Chunked, &long).0, Err((Kind::HeadTooLarge, 3)));
    let few = Limits { fields: 2, ..limits };
    let mut trailers = Head::default();
    let fault = Body::new(Framing::Chunked).decode(b"0\r\na: 1\r\nb: 2\r\n\r\n", &few, &mut trailers);
    assert_eq!(fault.map_err(|f| f.kind), Err(Kind::TooManyFields));
}

#[test]
fn names_are_written_in_the_case_asked_for() {
    let mut case = CaseMap::default();
    assert!(case.insert(b"host", b"HOST"));
    assert!(!case.insert(b"host", b"Host"), "twice");
    assert!(!case.insert(b"x-a", b"X-B"), "another name");
    let mut head = Head::request(Version(2, 0), b"GET", b"/");
    head.add(b"Host", b"a");
    head.add(b"X-A", b"1");
    let mut out = Vec::new();
    write_head(&head, Some(&case), &mut out);
    write_last_chunk(Some(&head), Some(&case), &mut out);
    write_last_chunk(None, None, &mut out);
    for n in [0, 9, 10, 255, 0x186A0] {
        write_chunk_size(n, &mut out);
    }
    let expected = "GET / HTTP/1.1\r\nHOST: a\r\nx-a: 1\r\n\r\n0\r\nHOST: a\r\nx-a: 1\r\n\r\n0\r\n\r\n\
                    0\r\n9\r\nA\r\nFF\r\n186A0\r\n";
    assert_eq!(String::from_utf8_lossy(&out), expected);
}

/// One row.
fn check(title: &str, input: &str, expected: &str) -> Result<(), String> {
    let input = unescape(input.strip_prefix("> ").expect("a line of input"));
    let limits = Limits { accept_unsafe_violations: title.ends_with(" unsafe"), ..Limits::default() };
    let asked = title.split(' ').find_map(|word| match word {
        "connect" => Some(Asked::Connect),
        "head" => Some(Asked::Head),
        "other" => Some(Asked::Other),
        "upgrade" => Some(Asked::Upgrade),
        _ => None,
    });
    let expected = match expected.strip_prefix("< ") {
        Some(text) => Ok(unescape(text).escape_ascii().to_string()),
        None => Err(expected.strip_prefix("! ").and_then(|s| s.parse().ok()).unwrap_or(400)),
    };
    let piece = if input.len() > 4000 { 997 } else { 1 };
    for step in [input.len(), piece] {
        let seen = feed(&input, step, &limits, asked);
        let shown = seen
            .as_ref()
            .map(|text| text.escape_ascii().to_string())
            .map_err(|f| if asked.is_some() { 400 } else { f.status() });
        if shown != expected {
            return Err(format!("{title}: step {step}\n    wanted {expected:?}\n    saw    {shown:?}"));
        }
    }
    Ok(())
}

/// Reads a message that arrives `step` bytes at a time; gives what is sent on: the head, then the payload.
fn feed(input: &[u8], step: usize, limits: &Limits, asked: Option<Asked>) -> Result<Vec<u8>, Fault> {
    let (mut have, mut head, mut trailers) = (0, Head::default(), Head::default());
    let parsed = loop {
        have = (have + step).min(input.len());
        let buf = &input[..have];
        let parsed = match asked {
            None => parse_request(buf, limits, &mut head)?,
            Some(asked) => parse_response(buf, limits, asked, &mut head)?,
        };
        match parsed {
            Some(parsed) => break parsed,
            None if have == input.len() => return Ok(b"incomplete".to_vec()),
            None => {}
        }
    };
    let mut out = Vec::new();
    write_head(&head, None, &mut out);
    let (mut body, mut at) = (Body::new(parsed.framing), parsed.len);
    while parsed.framing != Framing::Tunnel && !body.ended() {
        let decoded = body.decode(&input[at..have], limits, &mut trailers)?;
        out.extend_from_slice(&input[at..have][decoded.data.clone()]);
        at += decoded.consumed;
        if decoded.consumed == 0 && have == input.len() {
            break;
        }
        have = (have + step).min(input.len());
    }
    if !trailers.is_empty() {
        let mut text = Vec::new();
        write_last_chunk(Some(&trailers), None, &mut text);
        out.extend_from_slice(&text[3..]);
    }
    Ok(out)
}

/// `\r`, `\n`, `\t`, `\\`, `\xHH`, and `⟦c×N⟧`: the byte N times.
fn unescape(text: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '⟦' => {
                let (run, behind) = rest.split_once('⟧').expect("the end of a run");
                let (byte, count) = run.split_once('×').expect("a run");
                out.extend(byte.repeat(count.parse().expect("a count")).bytes());
                rest = behind;
            }
            '\\' => {
                let (escape, len) = match rest.as_bytes()[0] {
                    b'r' => (b'\r', 1),
                    b'n' => (b'\n', 1),
                    b't' => (b'\t', 1),
                    b'x' => (u8::from_str_radix(&rest[1..3], 16).expect("two digits"), 3),
                    _ => (b'\\', 1),
                };
                out.push(escape);
                rest = &rest[len..];
            }
            c => out.push(c as u8),
        }
    }
    out
}
