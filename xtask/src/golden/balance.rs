//! balance.jsonl: which server each input is given to.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpStream;
use std::sync::Arc;

use serde_json::{Value, json};

use super::cookies::servers;
use super::origin::Scripts;
use super::peer::{Peer, ms, pause};
use super::proxy::Binary;
use super::row::{Row, Verdict};
use super::stage::{self, Raised, Stage};
use super::step::{Kind, Step};
use super::text;

/// Plays one row.
pub(crate) fn play(row: &Row, binary: &Binary) -> anyhow::Result<Verdict> {
    let mode = row.text("origin_mode");
    let origins = servers(row).map(|name| (name.clone(), naming(&name.to_ascii_lowercase(), mode))).collect();
    let mut stage = match stage::raise(row, binary, origins, &[])? {
        Raised::Ready(stage) => stage,
        Raised::Judged(verdict) => return Ok(verdict),
    };
    pause(ms(row.value["wait_before_ms"].as_u64().unwrap_or(0)));
    let port = stage.place.port("FE")?;
    let inputs = row.value["inputs"].as_array().map_or(&[][..], |list| list);
    let picks = match row.text("input_kind") {
        "steps" => {
            Steps { stage: &stage, port, tcp: mode == "tcp", holds: mode == "hold", held: BTreeMap::new() }.run(inputs)
        }
        kind => by_kind(kind, inputs, port),
    };
    Ok(judge(&row.value["picks"], inputs, &picks))
}

/// An origin that answers with its name; `hold`: announces more than it sends; `tcp`: sends it upon accept.
fn naming(name: &str, mode: &str) -> Scripts {
    let len = if mode == "hold" { 1000 } else { name.len() };
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {len}\r\n\r\n{name}").into_bytes();
    let kinds = match mode {
        "tcp" => vec![Kind::Send(name.as_bytes().to_vec())],
        "hold" => vec![Kind::ReadMessage, Kind::Send(answer)],
        _ => vec![Kind::ReadMessage, Kind::Send(answer), Kind::Loop],
    };
    vec![kinds.into_iter().map(|kind| Step { conn: 0, kind }).collect()]
}

fn connect(port: u16) -> Option<Peer> {
    Some(Peer::new(TcpStream::connect(("127.0.0.1", port)).ok()?, Arc::default()))
}

fn by_kind(kind: &str, inputs: &[Value], port: u16) -> Vec<Value> {
    let inputs = inputs.iter().filter_map(Value::as_str);
    if kind == "source" || kind.starts_with("rdp-cookie") {
        let hello = |input: &str| if kind == "source" { announce(input) } else { rdp(kind, input) };
        return inputs.map(|input| named_by(port, &hello(input))).collect();
    }
    let request = |input: &str| match kind.split_once(':') {
        Some(("header", "Host")) => format!("GET / HTTP/1.1\r\nHost: {input}\r\n\r\n"),
        Some(("header", name)) => format!("GET / HTTP/1.1\r\nHost: a\r\n{name}: {input}\r\n\r\n"),
        _ if kind == "raw" => input.to_owned(),
        _ => format!("GET {input} HTTP/1.1\r\nHost: a\r\n\r\n"),
    };
    let mut kept = None;
    inputs.map(|input| ask(&mut kept, port, &text::expand(&request(input)))).collect()
}

/// The PROXY v1 line that announces a client.
fn announce(address: &str) -> Vec<u8> {
    let (family, to) = if address.contains(':') { ("TCP6", "::1") } else { ("TCP4", "127.0.0.1") };
    format!("PROXY {family} {address} {to} 4000 80\r\n").into_bytes()
}

/// An RDP connection request (TPKT, X.224) with a cookie.
fn rdp(kind: &str, user: &str) -> Vec<u8> {
    let name = kind.split_once(':').map_or("mstshash", |(_, name)| name);
    let cookie = format!("Cookie: {name}={user}\r\n").into_bytes();
    let low = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
    let head = [3, 0, 0, low(cookie.len() + 11), low(cookie.len() + 6), 0xe0, 0, 0, 0, 0, 0];
    [&head[..], &cookie].concat()
}

/// The name that a TCP origin says on a new connection that begins with `hello`.
fn named_by(port: u16, hello: &[u8]) -> Value {
    let Some(mut peer) = connect(port) else { return json!("refused") };
    peer.send(hello);
    let came = peer.read_n(1, ms(1000));
    let data = peer.seen().data;
    if came { json!(text::as_text(&data)) } else { json!("timeout") }
}

/// One request on the kept connection, opened anew when it has ended.
fn ask(kept: &mut Option<Peer>, port: u16, request: &[u8]) -> Value {
    if !kept.as_ref().is_some_and(Peer::is_open) {
        *kept = connect(port);
    }
    let Some(peer) = kept.as_mut() else { return json!("refused") };
    let before = peer.seen().data.len();
    peer.send(request);
    let whole = peer.read_message(ms(1000));
    answered(peer.seen().data.get(before..).unwrap_or_default(), whole)
}

/// A server's name, the status of an answer that names no server, or `timeout`.
fn answered(data: &[u8], whole: bool) -> Value {
    let answer = text::as_text(data);
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    let status = answer.split(' ').nth(1).unwrap_or_default();
    match status {
        "" => json!("timeout"),
        "200" if whole || !body.is_empty() => json!(body),
        status => json!(status),
    }
}

/// The scene of a row with steps: connections that are held by number.
struct Steps<'a> {
    stage: &'a Stage,
    port: u16,
    tcp: bool,
    holds: bool,
    held: BTreeMap<u64, Peer>,
}

impl Steps<'_> {
    fn run(&mut self, steps: &[Value]) -> Vec<Value> {
        steps.iter().map(|step| self.step(step)).collect()
    }

    fn step(&mut self, step: &Value) -> Value {
        if let Some(target) = step["get"].as_str() {
            let picked = ask(&mut None, self.port, &get(target));
            // The connection was just closed; a server that holds its answer must be free again.
            pause(ms(if self.holds { 40 } else { 0 }));
            return picked;
        }
        if let Some(n) = step["open"].as_u64() {
            return self.open(n, step);
        }
        if let Some(n) = step["pick"].as_u64() {
            return self.pick(n);
        }
        if let Some(command) = step["cli"].as_str() {
            drop(self.stage.proxy.cli(command));
        } else if let Some(n) = step["close"].as_u64() {
            self.held.remove(&n);
            pause(ms(40));
        } else if let Some(form) = step["loads"].as_str() {
            return self.loads(form);
        } else if let Some(n) = step["many"].as_u64() {
            let names: BTreeSet<String> = (0..n).map(|_| ask(&mut None, self.port, &get("/")).to_string()).collect();
            return json!(names.iter().map(|name| name.trim_matches('"')).collect::<Vec<_>>());
        }
        Value::Null
    }

    fn open(&mut self, n: u64, step: &Value) -> Value {
        let Some(mut peer) = connect(self.port) else { return json!("refused") };
        if !self.tcp {
            peer.send(&get(step["key"].as_str().unwrap_or("/")));
        }
        self.held.insert(n, peer);
        if step.get("nowait").is_some() {
            pause(ms(40));
            return Value::Null;
        }
        self.pick(n)
    }

    fn pick(&mut self, n: u64) -> Value {
        let Some(peer) = self.held.get_mut(&n) else { return Value::Null };
        if self.tcp {
            let came = peer.read_n(1, ms(1000));
            return if came { json!(text::as_text(&peer.seen().data)) } else { json!("timeout") };
        }
        peer.read_until(b"\r\n\r\n", ms(1000));
        peer.read_n(1, ms(300));
        answered(&peer.seen().data, false)
    }

    /// Open connections per server.
    fn loads(&self, form: &str) -> Value {
        pause(ms(20));
        let open = |origin: &super::origin::Origin| origin.accepted().iter().filter(|c| c.end() == "open").count();
        let loads = self.stage.origins.iter().map(|o| (o.name.to_ascii_lowercase(), open(o)));
        if form == "named" {
            return loads.map(|(name, n)| (name, json!(n))).collect();
        }
        let mut counts: Vec<usize> = loads.map(|(_, n)| n).collect();
        counts.sort_unstable();
        json!(counts)
    }
}

fn get(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes()
}

/// A pick that was recorded as null is not compared: it was not looked at.
fn judge(expected: &Value, inputs: &[Value], picks: &[Value]) -> Verdict {
    let empty = Vec::new();
    let expected = expected.as_array().unwrap_or(&empty);
    let differs = |(e, p): &(&Value, &Value)| !e.is_null() && !same(e, p);
    let wrong = expected.iter().zip(picks).filter(differs).count();
    if wrong == 0 && expected.len() == picks.len() {
        return Verdict::Passed;
    }
    let line = |at: usize, picks: &[Value]| format!("{} -> {}\n", inputs[at], picks.get(at).unwrap_or(&Value::Null));
    let shown = |picks: &[Value]| (0..inputs.len()).map(|at| line(at, picks)).collect::<String>();
    Verdict::failed(&format!("picks ({wrong} of {} differ)", expected.len()), &shown(expected), &shown(picks))
}

/// A status may be written as a number or as text.
fn same(expected: &Value, got: &Value) -> bool {
    expected == got || expected.to_string().trim_matches('"') == got.to_string().trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rdp_lengths_agree() {
        let hello = rdp("rdp-cookie", "u");
        assert_eq!(usize::from(hello[3]), hello.len());
        assert_eq!(usize::from(hello[4]) + 5, hello.len());
    }

    #[test]
    fn answers_name_servers() {
        assert_eq!(answered(b"HTTP/1.1 200 OK\r\n\r\ns12", true), json!("s12"));
        assert_eq!(answered(b"HTTP/1.1 503 x\r\n\r\n<html>", true), json!("503"));
    }
}
