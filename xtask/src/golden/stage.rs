//! Everything around the proxy of one PROTOCOL.md row: ports, files, origins, log receiver, the process itself.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use super::collector::Collector;
use super::origin::{Origin, Scripts};
use super::place::Place;
use super::proxy::{self, Binary, Proxy, Start};
use super::row::{Row, Verdict};
use super::{step, text};

/// A row ready to be played. The proxy is first, so that it ends before its origins do.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) proxy: Proxy,
    pub(crate) origins: Vec<Origin>,
    pub(crate) logs: Collector,
    pub(crate) place: Place,
    _hole: Option<Hole>,
}

/// The row is judged already when the proxy did not start.
#[derive(Debug)]
pub(crate) enum Raised {
    Ready(Box<Stage>),
    Judged(Verdict),
}

/// Sets the scene of a row: `origins` are the servers with their scripts, `off` those that do not listen at first.
pub(crate) fn raise(
    row: &Row,
    binary: &Binary,
    origins: Vec<(String, Scripts)>,
    off: &[&str],
) -> anyhow::Result<Raised> {
    let mut place = Place::new(needs_very_ports(row))?;
    let mut config = Vec::new();
    let mut ports = Vec::new();
    for line in row.lines("config") {
        let line = place.fill(line)?;
        ports.extend(bound_port(&line));
        config.extend(text::expand(&line));
        config.push(b'\n');
    }
    for (name, bytes) in row.value["files"].as_object().into_iter().flatten() {
        place.write(name, &text::expand(bytes.as_str().unwrap_or_default()))?;
    }
    let hole = if place.uses("HOLE") { Some(Hole::new(place.port("HOLE")?)?) } else { None };
    let logs = Collector::bind(place.port("LOG")?).context("log receiver")?;
    let origins = listen(origins, off, &mut place)?;
    Ok(match proxy::start(binary, &place.dir, &config, &ports, &[])? {
        Start::Running(proxy) => Raised::Ready(Box::new(Stage { proxy, origins, logs, place, _hole: hole })),
        Start::Refused(said) => Raised::Judged(Verdict::refused(binary, &said)),
        Start::Crashed(said) => Raised::Judged(Verdict::failed("start", "accepted", &format!("died\n{said}"))),
        Start::Silent(said) => Raised::Judged(Verdict::failed("start", "listening", &format!("not listening\n{said}"))),
    })
}

/// Rows whose result depends on the servers' port numbers, or that recorded a port number of their own.
pub(crate) fn needs_very_ports(row: &Row) -> bool {
    const RECORDED: [&str; 4] = ["log", "origin_received", "client_received", "check_received"];
    let shows = |field: &&str| has_own_port(&row.value[*field]);
    row.lines("config").any(|line| line.contains("hash-key addr-port"))
        || row.id.starts_with("cookies/dynamic/")
        || RECORDED.iter().any(shows)
}

/// 8080 or 9001 to 9020, as text or as the two bytes of a PROXY v2 header.
fn has_own_port(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            let server = |at: usize| text[at..].get(2..4).is_some_and(|n| matches!(n.parse(), Ok(1u8..=20)));
            text.contains("8080") || text.contains("\u{1f}\u{90}") || text.match_indices("90").any(|(at, _)| server(at))
        }
        Value::Array(list) => list.iter().any(has_own_port),
        Value::Object(map) => map.values().any(has_own_port),
        _ => false,
    }
}

fn bound_port(line: &str) -> Option<u16> {
    let mut words = line.split_ascii_whitespace();
    words.next().filter(|w| *w == "bind")?;
    words.next()?.rsplit_once(':')?.1.parse().ok()
}

fn listen(origins: Vec<(String, Scripts)>, off: &[&str], place: &mut Place) -> anyhow::Result<Vec<Origin>> {
    let mut out = Vec::new();
    for (name, scripts) in origins {
        let mut origin = Origin::new(&name, place.port(&name)?, scripts);
        if !off.contains(&name.as_str()) {
            origin.listen().with_context(|| format!("origin {name}"))?;
        }
        out.push(origin);
    }
    Ok(out)
}

/// The `origin` field of a row.
pub(crate) fn scripted(origins: &Value) -> anyhow::Result<Vec<(String, Scripts)>> {
    let one = |(name, scripts): (&String, &Value)| Ok((name.clone(), scripts_of(scripts)?));
    origins.as_object().into_iter().flatten().map(one).collect()
}

/// A list of scripts.
pub(crate) fn scripts_of(scripts: &Value) -> anyhow::Result<Scripts> {
    scripts.as_array().into_iter().flatten().map(step::script).collect()
}

/// A listener whose backlog is full: connection attempts get no answer.
#[derive(Debug)]
struct Hole {
    _listener: socket2::Socket,
    _queued: Vec<TcpStream>,
}

impl Hole {
    fn new(port: u16) -> io::Result<Self> {
        let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        listener.bind(&address.into())?;
        listener.listen(0)?;
        let mut queued = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(60)) {
            queued.push(stream);
            if queued.len() > 16 {
                break;
            }
        }
        Ok(Self { _listener: listener, _queued: queued })
    }
}
