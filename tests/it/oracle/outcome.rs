//! What everybody saw in a story, as a text that can be compared.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::harness::http::{head_len, message_len};
use crate::harness::peer::Peer;
use crate::harness::place::Place;

/// The parts of the text.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Title and bytes of each thing seen, in order.
    seen: Vec<(String, Vec<u8>)>,
    pub(crate) log: Vec<String>,
    pub(crate) drained: bool,
}

impl Outcome {
    pub(crate) fn client(&mut self, name: &str, peer: &Peer, end: &str) {
        self.seen.push((format!("client {name}, then {end}"), merged(&peer.seen)));
    }

    /// Connections on which nothing came are left out: some are health checks, some a proxy's own affair.
    pub(crate) fn server(&mut self, name: &str, connections: Vec<Vec<u8>>) {
        for (n, bytes) in connections.iter().filter(|c| !c.is_empty()).enumerate() {
            self.seen.push((format!("server {name}, connection {}", n + 1), merged(bytes)));
        }
    }

    pub(crate) fn cli(&mut self, command: &str, answer: &str) {
        let answer = ENTRY.replace_all(answer, "<ptr>: $1 exp=<ms>");
        self.seen.push((format!("answer to {command}"), answer.as_bytes().to_vec()));
    }

    /// Keeps the wanted columns of `show stat`.
    pub(crate) fn stats(&mut self, csv: &str, wanted: &[(String, String)]) {
        for (row, name) in wanted {
            self.seen.push((format!("{row} {name} {}", column(csv, row, name)), Vec::new()));
        }
    }

    /// The whole as text, ports replaced by the names that they have in the case.
    pub(crate) fn render(&self, place: &Place) -> String {
        let mut text = String::new();
        for (title, bytes) in &self.seen {
            text += &format!("{title}\n{}", shown(bytes));
        }
        for line in &self.log {
            text += &format!("log {line}\n");
        }
        if !self.drained {
            text += "the proxy does not leave when asked to\n";
        }
        for (name, port) in place.names() {
            text = text.replace(&format!("127.0.0.1:{port}"), &format!("@{name}@"));
            text = text.replace(&port.to_string(), &format!("@P{name}@"));
        }
        PORT.replace_all(&text, "127.0.0.1:<port>").into_owned()
    }
}

static PORT: LazyLock<Regex> = LazyLock::new(|| pattern(r"127\.0\.0\.1:\d+"));
/// An entry of a stick table: its address, what is left of its life, its shard.
static ENTRY: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^0x[0-9a-f]+: (key=.* use=\d+) exp=\d+(?: shard=\d+)?"));
static DATE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?mi)^(\s*\| (?:date|last-modified): ).*$"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern is valid")
}

/// A column of `show stat`, of the row `proxy/server`; a proxy alone means its FRONTEND or else its BACKEND row.
pub(crate) fn column(csv: &str, row: &str, name: &str) -> String {
    let mut lines = csv.lines();
    let header = lines.next().unwrap_or_default().trim_start_matches("# ");
    let Some(at) = header.split(',').position(|h| h == name) else { return "no such column".to_owned() };
    let (proxy, server) = row.split_once('/').unwrap_or((row, ""));
    let named = |want: &str| {
        let mut rows = csv.lines().map(|l| l.split(',').collect::<Vec<_>>());
        rows.find(|r| r.first() == Some(&proxy) && r.get(1) == Some(&want))
    };
    let found = if server.is_empty() { named("FRONTEND").or_else(|| named("BACKEND")) } else { named(server) };
    found.and_then(|r| r.get(at).map(|v| (*v).to_owned())).unwrap_or_else(|| "no such row".to_owned())
}

/// Indented lines; bytes that do not print are escaped, long runs shortened, dates masked.
fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        text += &format!("  | {}\n", shortened(&line.escape_ascii().to_string()));
    }
    DATE.replace_all(&text, |c: &Captures<'_>| format!("{}<date>", &c[1])).into_owned()
}

/// Runs of 40 and more of a character become `{c*N}`.
fn shortened(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let len = rest.chars().take_while(|d| *d == c).count();
        out += &if len >= 40 { format!("{{{c}*{len}}}") } else { c.to_string().repeat(len) };
        rest = rest.get(len * c.len_utf8()..).unwrap_or_default();
    }
    out
}

/// The same messages with every chunked body in one piece: how it is cut is an affair of timing.
fn merged(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), bytes);
    while let Some((head, len)) = head_len(rest).zip(message_len(rest)) {
        let (first, body) = (rest.get(..head).unwrap_or_default(), rest.get(head..len).unwrap_or_default());
        out.extend_from_slice(first);
        let chunked = String::from_utf8_lossy(first).to_ascii_lowercase().contains("transfer-encoding: chunked");
        if chunked && !body.is_empty() {
            out.extend(unchunked(body));
        } else {
            out.extend_from_slice(body);
        }
        if !body.is_empty() && !out.ends_with(b"\n") {
            out.push(b'\n');
        }
        rest = rest.get(len..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

fn unchunked(body: &[u8]) -> Vec<u8> {
    let (mut data, mut rest) = (b"<chunks> ".to_vec(), body);
    while let Some(line) = rest.windows(2).position(|w| w == b"\r\n") {
        let size = String::from_utf8_lossy(rest.get(..line).unwrap_or_default()).into_owned();
        let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16).unwrap_or_default();
        rest = rest.get(line + 2..).unwrap_or_default();
        if size == 0 {
            break;
        }
        data.extend_from_slice(rest.get(..size).unwrap_or_default());
        rest = rest.get(size + 2..).unwrap_or_default();
    }
    data.extend_from_slice(b"\n");
    data.extend_from_slice(rest);
    data
}

/// Both texts line by line, with a mark where they part.
pub(crate) fn difference(wanted: &str, seen: &str) -> String {
    let (wanted, seen): (Vec<_>, Vec<_>) = (wanted.lines().collect(), seen.lines().collect());
    let same = wanted.iter().zip(&seen).take_while(|(w, s)| w == s).count();
    let tail = wanted.iter().rev().zip(seen.iter().rev()).take_while(|(w, s)| w == s).count();
    let tail = tail.min(wanted.len().min(seen.len()) - same);
    let part = |lines: &[&str], mark| {
        let inner = lines.get(same..lines.len() - tail).unwrap_or_default().iter();
        inner.map(|l| format!("{mark} {l}\n")).collect::<String>()
    };
    let before = wanted.get(same.saturating_sub(3)..same).unwrap_or_default().iter();
    let before: String = before.map(|l| format!("      {l}\n")).collect();
    format!("{before}{}{}", part(&wanted, "haproxy "), part(&seen, "evenkeel"))
}

#[test]
fn chunks_are_merged() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let text = format!("{head}2\r\nab\r\n1\r\nc\r\n0\r\nx: y\r\n\r\n");
    assert_eq!(merged(text.as_bytes()), format!("{head}<chunks> abc\nx: y\r\n\r\n").into_bytes());
}
