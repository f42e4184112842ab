//! The little language in which clients and servers are scripted.

use crate::harness::peer::Want;

/// One step of a client or of a server's connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Waits until the stats socket's answer to a command contains a text: text, command.
    Await(String, String),
    /// Sends a command to the stats socket and keeps its answer.
    Cli(String),
    Close,
    HalfClose,
    /// Starts the script over.
    Loop,
    /// Goes on with the connection of that name, to that address; it is opened at its first use.
    On(String, String),
    Read(Want),
    Reset,
    Send(Vec<u8>),
    Signal(String),
    /// Waits until a column of `show stat` begins so: row, column, beginning.
    Stat(String, String, String),
    Wait(String),
}

/// Reads a script; `next` divides the scripts of successive connections.
///
/// # Errors
/// The line that is no step.
pub(crate) fn parse(text: &str) -> Result<Vec<Vec<Step>>, String> {
    let mut scripts = vec![Vec::new()];
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let script = scripts.last_mut().expect("there is always one script");
        if line == "next" {
            scripts.push(Vec::new());
        } else if let Some(bytes) = sent(line) {
            match script.last_mut() {
                Some(Step::Send(before)) => before.extend(bytes),
                _ => script.push(Step::Send(bytes)),
            }
        } else {
            script.extend(steps(line)?);
        }
    }
    Ok(scripts)
}

/// What `> line` (with CRLF) or `>> raw` sends.
fn sent(line: &str) -> Option<Vec<u8>> {
    let line = line.strip_prefix(['>', '<'])?;
    Some(match line.strip_prefix(['>', '<']) {
        Some(raw) => bytes(raw.strip_prefix(' ').unwrap_or(raw)),
        None => bytes(&format!("{}\\r\\n", line.strip_prefix(' ').unwrap_or(line))),
    })
}

fn steps(line: &str) -> Result<Vec<Step>, String> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let (first, second) = rest.split_once(' ').unwrap_or((rest, ""));
    let step = match (word, rest) {
        ("get", _) => return Ok(vec![Step::Send(request(rest)), Step::Read(Want::Message)]),
        ("ok", _) => Step::Send(response(rest)),
        ("request" | "answer", "") => Step::Read(Want::Message),
        ("request" | "answer", "head") => Step::Read(Want::Head),
        ("until", _) => Step::Read(Want::Text(bytes(rest))),
        ("bytes", _) => Step::Read(Want::Count(rest.parse().map_err(|_| format!("`{line}` wants a number"))?)),
        ("end", "") => Step::Read(Want::End),
        ("shut", "") => Step::HalfClose,
        ("close", "") => Step::Close,
        ("reset", "") => Step::Reset,
        ("loop", "") => Step::Loop,
        ("on", _) => Step::On(first.to_owned(), second.strip_prefix("to ").unwrap_or("@FE@").to_owned()),
        ("signal", _) => Step::Signal(rest.to_owned()),
        ("wait", _) => Step::Wait(rest.to_owned()),
        ("await", _) => {
            let (text, command) = rest.split_once(" in ").ok_or(format!("`{line}` wants `TEXT in COMMAND`"))?;
            Step::Await(text.to_owned(), command.to_owned())
        }
        ("cli", _) => Step::Cli(rest.to_owned()),
        ("stat", _) => {
            let (column, begin) = second.split_once(' ').unwrap_or((second, ""));
            Step::Stat(first.to_owned(), column.to_owned(), begin.to_owned())
        }
        _ => return Err(format!("`{line}` is no step")),
    };
    Ok(vec![step])
}

/// `PATH | Header: value | …` as a GET request.
fn request(text: &str) -> Vec<u8> {
    let (path, fields) = text.split_once(" | ").unwrap_or((text, ""));
    bytes(&format!("GET {path} HTTP/1.1\\r\\nhost: h.example\\r\\n{}\\r\\n", lines(fields)))
}

/// `BODY | Header: value | …` as an answer with status 200.
fn response(text: &str) -> Vec<u8> {
    let (body, fields) = text.split_once(" | ").unwrap_or((text, ""));
    let len = bytes(body).len();
    bytes(&format!("HTTP/1.1 200 OK\\r\\ncontent-length: {len}\\r\\n{}\\r\\n{body}", lines(fields)))
}

fn lines(fields: &str) -> String {
    fields.split(" | ").filter(|f| !f.is_empty()).map(|f| format!("{f}\\r\\n")).collect()
}

/// Resolves `\r \n \t \\ \xHH` and `{x*N}` (N times x).
fn bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        if c == '\\' {
            rest = escape(rest, &mut out);
        } else if let Some((one, times, after)) = run(c, rest) {
            out.extend(one.repeat(times));
            rest = after;
        } else {
            out.extend(c.to_string().bytes());
        }
    }
    out
}

fn escape<'a>(text: &'a str, out: &mut Vec<u8>) -> &'a str {
    let hex = text.strip_prefix('x').and_then(|t| t.get(..2)).and_then(|t| u8::from_str_radix(t, 16).ok());
    let plain = match text.as_bytes().first() {
        Some(b'r') => b'\r',
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(other) => *other,
        None => b'\\',
    };
    out.push(hex.unwrap_or(plain));
    text.get(if hex.is_some() { 3 } else { 1 }..).unwrap_or_default()
}

fn run(open: char, rest: &str) -> Option<(&[u8], usize, &str)> {
    let (inside, after) = rest.split_once('}').filter(|_| open == '{')?;
    let (one, times) = inside.split_once('*')?;
    Some((one.as_bytes(), times.parse().ok()?, after))
}

#[test]
fn scripts_are_read() {
    let check = |text: &str, steps: Vec<Step>| assert_eq!(parse(text), Ok(vec![steps]), "{text}");
    check("> a\n>> b\\x00{c*3}", vec![Step::Send(b"a\r\nb\0ccc".to_vec())]);
    check("ok hi | X: y", vec![Step::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX: y\r\n\r\nhi".to_vec())]);
    check("request head\nbytes 3", vec![Step::Read(Want::Head), Step::Read(Want::Count(3))]);
    check("on b to @FE2@", vec![Step::On("b".into(), "@FE2@".into())]);
    assert!(parse("dance").is_err());
}
