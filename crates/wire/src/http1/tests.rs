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
    let lines: Vec<&str> = text.lines().filter(|l| !l.is_empty()).collect();
    let wrong: Vec<String> = lines.chunks(3).filter_map(|row| check(row[0], row[1], row[2]).err()).collect();
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), lines.len() / 3, wrong.join("\n"));
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
            return Err(format!("{title}: step {step}\n    wanted {expected:?}\n    saw    {shown:?} ({seen:?})"));
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
