//! One exchange of a README.md row: configuration, client, origin, and what all of them saw.

use std::collections::VecDeque;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::collector::Collector;
use super::origin::Origin;
use super::pattern::Known;
use super::peer::{End, Peer, ms, pause, request_length};
use super::place::Place;
use super::proxy::{self, Binary, Proxy, Start};
use super::row::{Row, Verdict};
use super::step::{Answers, Kind, Pieces, Step};
use super::{h2, response, text};

/// The lines that a kind of row adds to the configuration around it (README.md).
#[derive(Debug, Default)]
pub(crate) struct Lines {
    pub(crate) frontend: Vec<String>,
    pub(crate) backend: Vec<String>,
    pub(crate) tcp: bool,
}

/// How long to look at what comes after the last answer, and how long to wait for an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) after: u64,
    pub(crate) answer: u64,
}

/// What was seen.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What the client received on the last connection.
    pub(crate) last: Vec<u8>,
    /// The same on every connection.
    pub(crate) client: Vec<Vec<u8>>,
    /// The methods were `HEAD`.
    pub(crate) to_head: bool,
    pub(crate) connection: &'static str,
    pub(crate) closed: bool,
    /// Requests as the origin got them.
    pub(crate) origin: Vec<Vec<u8>>,
    pub(crate) known: Known,
    pub(crate) logs: Collector,
    pub(crate) proxy: Proxy,
    _origin: Origin,
    _place: Place,
}

/// Plays the traffic of a row; a verdict when that is already one.
pub(crate) fn run(
    row: &Row,
    binary: &Binary,
    lines: &Lines,
    patience: Patience,
) -> anyhow::Result<Result<Seen, Verdict>> {
    let mut place = Place::new(false)?;
    for (name, bytes) in row.value["files"].as_object().into_iter().flatten() {
        place.write(name, &text::latin1(bytes.as_str().unwrap_or_default()))?;
    }
    let (port, origin_port, log_port) = (place.port("FE")?, place.port("S1")?, place.port("LOG")?);
    let known = [("PORT", port), ("ORIGIN", origin_port), ("LOG", log_port)];
    let known: Known = known.map(|(name, port)| (name.to_owned(), port.to_string())).to_vec();
    let config = fill(&configuration(row, lines), &known);
    let logs = Collector::bind(log_port)?;
    let origin = origin(row, origin_port, lines.tcp)?;
    let proxy = match proxy::start(binary, &place.dir, &text::latin1(&config), &[port], &environment(row))? {
        Start::Running(proxy) => proxy,
        other => return Ok(Err(not_started(row, binary, other))),
    };
    let mut client = Client { port, tcp: lines.tcp, patience, received: Vec::new(), peer: None, to_head: false };
    client.play(row);
    let (closed, connection) = client.state();
    let mut known = known;
    if let (1, Some(peer)) = (client.received.len(), &client.peer) {
        known.push(("CPORT".to_owned(), peer.port.to_string()));
    }
    let requests = origin.accepted().iter().flat_map(|conn| messages(&conn.seen().data)).collect();
    Ok(Ok(Seen {
        last: client.received.last().cloned().unwrap_or_default(),
        to_head: client.to_head,
        client: client.received,
        connection,
        closed,
        origin: requests,
        known,
        logs,
        proxy,
        _origin: origin,
        _place: place,
    }))
}

/// A row that is to be rejected, or where HAProxy itself died, is content with a refusal.
fn not_started(row: &Row, binary: &Binary, start: Start) -> Verdict {
    let may_refuse = row.value["rejected"] == true || row.has("crash");
    match start {
        Start::Refused(said) if !may_refuse => Verdict::refused(binary, &said),
        Start::Refused(said) if binary.ours && said.contains("not supported by evenkeel") => Verdict::Unsupported(said),
        Start::Crashed(_) if row.has("crash") && !binary.ours => Verdict::Passed,
        Start::Crashed(said) => Verdict::failed("start", "alive", &format!("died\n{said}")),
        Start::Silent(said) => Verdict::failed("start", "listening", &format!("not listening\n{said}")),
        Start::Refused(_) | Start::Running(_) => Verdict::Passed,
    }
}

/// A word as it is written in a configuration.
pub(crate) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn configuration(row: &Row, lines: &Lines) -> String {
    let given = |part: &str| row.value["config"][part].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mode = if lines.tcp { "tcp" } else { row.value["mode"].as_str().unwrap_or("http") };
    let mut out = String::from("global\n    nbthread 1\n");
    let mut add = |line: &str| out.push_str(&format!("    {line}\n"));
    given("global").for_each(&mut add);
    out.push_str("defaults\n    timeout connect 2s\n    timeout client 4s\n    timeout server 4s\n");
    given("defaults").for_each(|line| out.push_str(&format!("    {line}\n")));
    given("sections").for_each(|line| out.push_str(&format!("{line}\n")));
    out.push_str(&format!("frontend fe\n    mode {mode}\n    bind 127.0.0.1:<PORT> {}\n", row.text("bind")));
    let frontend = given("frontend").chain(lines.frontend.iter().map(String::as_str));
    frontend.for_each(|line| out.push_str(&format!("    {line}\n")));
    out.push_str(&format!("    default_backend be\nbackend be\n    mode {mode}\n"));
    let backend = given("backend").chain(lines.backend.iter().map(String::as_str));
    backend.for_each(|line| out.push_str(&format!("    {line}\n")));
    if row.value["server"] != false {
        out.push_str(&format!("    server s1 127.0.0.1:<ORIGIN> {}\n", row.text("server_options")));
    }
    out
}

fn fill(config: &str, known: &Known) -> String {
    known.iter().fold(config.to_owned(), |text, (name, value)| text.replace(&format!("<{name}>"), value))
}

fn environment(row: &Row) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    row.value["env"].as_object().into_iter().flatten().map(|(k, v)| (k.clone(), text(v))).collect()
}

/// The origin that answers each request with the next response, then with an empty 200.
fn origin(row: &Row, port: u16, tcp: bool) -> anyhow::Result<Origin> {
    let field = |name: &str| row.value.get(name).or_else(|| row.value.get(format!("origin_{name}"))).cloned();
    let list = field("responses").and_then(|v| v.as_array().cloned());
    let list = list.or_else(|| field("response").map(|one| vec![one])).unwrap_or_default();
    let answers = Answers {
        queue: Mutex::new(list.iter().map(pieces).collect::<VecDeque<_>>()),
        last: if tcp { Vec::new() } else { b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec() },
        delay: seconds(&row.value["origin_delay_s"]),
        closes: row.value["origin_closes"] == true,
    };
    let kinds = [if tcp { Kind::ReadSome } else { Kind::ReadRequest }, Kind::Answer(Arc::new(answers)), Kind::Loop];
    let script = kinds.into_iter().map(|kind| Step { conn: 0, kind }).collect();
    let mut origin = Origin::new("s1", port, vec![script]);
    origin.listen()?;
    Ok(origin)
}

/// Text, or a list of texts and pauses in seconds.
fn pieces(value: &Value) -> Pieces {
    let one = |v: &Value| (v.as_str().map(text::latin1).unwrap_or_default(), seconds(v));
    value.as_array().map_or_else(|| vec![one(value)], |list| list.iter().map(one).collect())
}

fn seconds(value: &Value) -> Duration {
    value.as_f64().and_then(|s| Duration::try_from_secs_f64(s).ok()).unwrap_or_default()
}

/// The requests that an origin connection got; a piece without end is one too.
fn messages(mut data: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    while !data.is_empty() {
        let (message, rest) = data.split_at(request_length(data).unwrap_or(data.len()));
        out.push(message.to_vec());
        data = rest;
    }
    out
}

/// The client: one connection after the other.
struct Client {
    port: u16,
    tcp: bool,
    patience: Patience,
    received: Vec<Vec<u8>>,
    peer: Option<Peer>,
    to_head: bool,
}

impl Client {
    fn play(&mut self, row: &Row) {
        if let Some(request) = row.value.get("h2_request") {
            return self.connection(|client, peer| client.ask_h2(peer, request));
        }
        if let Some(parts) = row.value.get("request_parts") {
            return self.connection(|client, peer| client.ask(peer, &pieces(parts)));
        }
        if let Some(seconds) = row.value["client_gives_up_s"].as_f64() {
            return self.connection(|client, peer| client.give_up(peer, row.text("request"), seconds));
        }
        let one =
            row.value.get("request").cloned().unwrap_or_else(|| json!("GET / HTTP/1.1\r\nHost: h.example\r\n\r\n"));
        let connections = row.value.get("connections").cloned().unwrap_or_else(|| json!([[one]]));
        for requests in connections.as_array().into_iter().flatten() {
            let requests: Vec<_> = requests.as_array().into_iter().flatten().map(pieces).collect();
            self.connection(|client, peer| requests.iter().for_each(|request| client.ask(peer, request)));
        }
    }

    fn connection(&mut self, traffic: impl FnOnce(&mut Self, &mut Peer)) {
        // The one before is over.
        self.peer = None;
        let Ok(stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return };
        let mut peer = Peer::new(stream, Arc::default());
        traffic(self, &mut peer);
        if self.patience.after > 0 && !self.tcp {
            peer.read_quiet(ms(self.patience.after));
        }
        self.received.push(peer.seen().data);
        self.peer = Some(peer);
    }

    fn ask(&mut self, peer: &mut Peer, request: &[(Vec<u8>, Duration)]) {
        for (bytes, delay) in request {
            peer.send(bytes);
            pause(*delay);
        }
        let limit = ms(self.patience.answer);
        if self.tcp {
            peer.read_n(1, limit);
            peer.read_quiet(ms(30));
            peer.close();
            return;
        }
        self.to_head = request.first().is_some_and(|(bytes, _)| bytes.starts_with(b"HEAD "));
        let to_head = self.to_head;
        peer.read_with(limit, |data| response::is_answered(data, to_head));
    }

    fn ask_h2(&self, peer: &mut Peer, request: &Value) {
        let body = request["body"].as_str().unwrap_or_default();
        let flags = if body.is_empty() { json!(["END_HEADERS", "END_STREAM"]) } else { json!(["END_HEADERS"]) };
        let mut frames = vec![
            json!({"type": "SETTINGS"}),
            json!({"type": "HEADERS", "stream": 1, "flags": flags, "headers": request["headers"]}),
        ];
        if !body.is_empty() {
            frames.push(json!({"type": "DATA", "stream": 1, "flags": ["END_STREAM"], "data": body}));
        }
        peer.send(&h2::write(&Value::Array(frames), true));
        peer.read_with(ms(self.patience.answer), |data| h2::is_over(data).then_some(data.len()));
    }

    fn give_up(&self, peer: &mut Peer, request: &str, seconds: f64) {
        peer.send(&text::latin1(request));
        peer.read_close(Duration::try_from_secs_f64(seconds).unwrap_or_default());
        peer.close();
    }

    /// Whether the proxy ended the last connection, and the word of `connection`.
    fn state(&self) -> (bool, &'static str) {
        let Some(peer) = &self.peer else { return (true, "refused") };
        let seen = peer.seen();
        match seen.end {
            Some(End::Closed) => (true, "closed"),
            Some(End::Reset) => (true, "reset"),
            _ if seen.data.is_empty() => (false, "no-answer"),
            _ => (false, "open"),
        }
    }
}

impl Seen {
    /// The last response.
    pub(crate) fn answer(&self) -> Vec<u8> {
        if let Some((messages, _)) = h2::responses(&self.last) {
            return messages.concat();
        }
        let (messages, rest) = response::split(&self.last, self.to_head, self.closed);
        messages.last().copied().unwrap_or(rest).to_vec()
    }

    /// `wanted` log datagrams, and any more that come soon after.
    pub(crate) fn datagrams(&self, wanted: usize) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        loop {
            let limit = if out.len() < wanted { 3000 } else { 120 };
            match self.logs.datagram(Instant::now() + ms(limit)) {
                Some(datagram) => out.push(datagram),
                None => return out,
            }
        }
    }
}
