//! Plays a case through one proxy.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::case::Case;
use super::outcome::Outcome;
use super::script::{self, Step};
use super::server::{LIMIT, Server, Signals};
use crate::harness::logs::Collector;
use crate::harness::peer::{End, Peer};
use crate::harness::place::Place;
use crate::harness::proxy::Proxy;

/// How long a connection must stay silent to count as left open.
const QUIET: Duration = Duration::from_millis(150);

/// Plays `case` through the proxy `binary`, and tells what everybody saw.
///
/// # Errors
/// The proxy refuses the configuration or does not start; the story cannot be played to its end.
pub(crate) fn play(case: &Case, binary: &Path) -> anyhow::Result<String> {
    let mut place = Place::new()?;
    let (collector, signals) = (Collector::new()?, Arc::new(Signals::default()));
    let config = place.fill(&whole(case).replace("@LOG@", &format!("127.0.0.1:{}", collector.port)))?;
    for (name, text) in &case.files {
        std::fs::write(place.dir.join(name), text.replace('\n', "\r\n"))?;
    }
    let servers = start_servers(case, &mut place, &signals)?;
    let hole = dig_hole(&mut place)?;
    let fronts: Vec<u16> = place.names().filter(|(n, _)| n.starts_with("FE")).map(|(_, p)| p).collect();
    let mut proxy = Proxy::start(binary, &place.dir, &config, &fronts)?;
    let mut stage = Stage { place: &mut place, proxy: &proxy, signals: &signals, outcome: Outcome::default() };
    stage.clients(&case.client)?;
    let mut outcome = stage.outcome;
    let settled = proxy.settle();
    if !case.stats.is_empty() {
        settled?;
        outcome.stats(&proxy.cli("show stat")?, &case.stats);
    }
    let drained = proxy.drain();
    drop(proxy);
    drop(hole);
    let checked = case.config.contains(" check");
    for (name, server) in servers {
        let mut connections = server.finish();
        if checked {
            connections.dedup();
        }
        outcome.server(&name, connections);
    }
    outcome.log = collector.lines();
    outcome.drained = drained;
    Ok(outcome.render(&place))
}

/// The configuration with the common sections before it.
fn whole(case: &Case) -> String {
    format!(
        "global\n    nbthread 1\n    stats socket @SOCK@ level admin\n    log @LOG@ local0\n{}\
         defaults\n    mode http\n    timeout connect 2s\n    timeout client 3s\n    timeout server 3s\n    log global\n    option httplog\n\
         {}\n{}",
        case.global, case.defaults, case.config
    )
}

/// A server for every `S` placeholder; the ones without a script answer with their own name.
fn start_servers(case: &Case, place: &mut Place, signals: &Arc<Signals>) -> anyhow::Result<BTreeMap<String, Server>> {
    let names: Vec<String> = place.names().map(|(n, _)| n.to_owned()).filter(|n| is_server(n)).collect();
    let mut servers = BTreeMap::new();
    for name in names {
        let default = || script::parse(&format!("request\nok {}\nloop", name.to_lowercase()));
        let scripts = case.servers.get(&name).cloned().map_or_else(default, Ok).map_err(anyhow::Error::msg)?;
        let socket = place.take(&name)?;
        socket.listen(64)?;
        servers.insert(name, Server::start(socket.into(), scripts, signals.clone())?);
    }
    Ok(servers)
}

fn is_server(name: &str) -> bool {
    name.strip_prefix('S').is_some_and(|n| n.parse::<u8>().is_ok())
}

/// An address (`@HOLE@`) whose queue is full: nothing answers a connection to it.
fn dig_hole(place: &mut Place) -> std::io::Result<Vec<socket2::Socket>> {
    let Some((_, port)) = place.names().find(|(n, _)| *n == "HOLE") else { return Ok(Vec::new()) };
    let listener = place.take("HOLE")?;
    listener.listen(0)?;
    let mut sockets = vec![listener];
    for _ in 0..2 {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        drop(socket.connect(&std::net::SocketAddr::from(([127, 0, 0, 1], port)).into()));
        sockets.push(socket);
    }
    Ok(sockets)
}

/// A running proxy and what its clients saw so far.
struct Stage<'a> {
    place: &'a mut Place,
    proxy: &'a Proxy,
    signals: &'a Signals,
    outcome: Outcome,
}

impl Stage<'_> {
    /// Plays the clients' script, then looks how each connection stands.
    fn clients(&mut self, script: &[Step]) -> anyhow::Result<()> {
        let mut open: BTreeMap<String, Peer> = BTreeMap::new();
        let mut current = ("client".to_owned(), "@FE@".to_owned());
        for step in script {
            if let Step::On(name, to) = step {
                current = (name.clone(), to.clone());
                continue;
            }
            if self.apart(step)? {
                continue;
            }
            let mut peer = match open.remove(&current.0) {
                Some(peer) => peer,
                None => Peer::new(TcpStream::connect(self.place.fill(&current.1)?)?),
            };
            if act(&mut peer, step) {
                open.insert(current.0.clone(), peer);
            } else {
                self.outcome.client(&current.0, &peer, "closed by the client");
            }
        }
        for (name, mut peer) in open {
            peer.read_quiet(QUIET);
            let end = match peer.end {
                End::Closed => "closed",
                End::Open => "open",
                End::Reset => "reset",
            };
            self.outcome.client(&name, &peer, end);
        }
        Ok(())
    }

    /// Steps that do not touch a connection; false for all others.
    fn apart(&mut self, step: &Step) -> anyhow::Result<bool> {
        match step {
            Step::Signal(name) => self.signals.give(name),
            Step::Wait(name) => anyhow::ensure!(self.signals.take(name), "no signal `{name}`"),
            Step::Cli(command) => self.outcome.cli(command, &self.proxy.cli(&self.place.fill(command)?)?),
            Step::Stat(row, column, begin) => {
                let seen = || Ok(super::outcome::column(&self.proxy.cli("show stat")?, row, column));
                until(seen, |seen| seen.starts_with(begin)).with_context(|| format!("{column} of {row}"))?;
            }
            Step::Await(text, command) => {
                let command = self.place.fill(command)?;
                until(|| Ok(self.proxy.cli(&command)?), |answer| answer.contains(text)).context(command)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Looks again and again, until what is seen will do.
fn until(look: impl Fn() -> anyhow::Result<String>, enough: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    let deadline = Instant::now() + LIMIT;
    loop {
        let seen = look()?;
        if enough(&seen) {
            return Ok(());
        }
        anyhow::ensure!(Instant::now() < deadline, "still {seen}");
        crate::harness::pace(Duration::from_millis(5));
    }
}

/// Does a step on a connection; false when that closes it.
fn act(peer: &mut Peer, step: &Step) -> bool {
    match step {
        Step::Send(bytes) => drop(peer.send(bytes)),
        Step::Read(want) => drop(peer.read(want, LIMIT)),
        Step::HalfClose => peer.half_close(),
        Step::Close => return false,
        Step::Reset => {
            peer.reset();
            return false;
        }
        _ => {}
    }
    true
}
