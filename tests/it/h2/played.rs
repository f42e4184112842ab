//! A proxy between two ends of a test.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::frames::{self, Reader};
use crate::harness::binary::{self, Reference};
use crate::harness::logs::{Collector, renewed};
use crate::harness::peer::{End, Peer, Want};
use crate::harness::place::Place;
use crate::harness::proxy::Proxy;
use crate::harness::say;

pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How long nothing comes before an end has said all, where the machine has nothing else to do.
pub(crate) const QUIET: Duration = Duration::from_millis(120);

/// Stories played at the same time; most of their time is waiting.
const AT_ONCE: usize = 4;

/// What a story shows through one program when an end is given so long to go on.
pub(crate) type Play<S> = fn(&Path, &S, Duration) -> Vec<String>;

/// Plays each story through HAProxy's versions, but for those in `newer`, and through evenkeel; gives the number of
/// outcomes compared. Panics with the differences.
pub(crate) fn compare<S: Sync>(
    stories: &[S],
    name: fn(&S) -> &'static str,
    newer: &[(&str, Reference)],
    play: Play<S>,
) -> usize {
    let (next, compared, differ) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(story) = stories.get(next.fetch_add(1, Ordering::Relaxed)) {
            for reference in [Reference::V2_6, Reference::V2_8] {
                if newer.contains(&(name(story), reference)) {
                    continue;
                }
                compared.fetch_add(1, Ordering::Relaxed);
                let both = |quiet| (play(&reference.path(), story, quiet), play(&binary::evenkeel(), story, quiet));
                let (mut wanted, mut seen) = both(QUIET);
                if seen != wanted {
                    // A busy machine may cut a story short: the second time everyone has longer.
                    say(&format!("{} is played once more", name(story)));
                    (wanted, seen) = both(QUIET * 6);
                }
                if seen != wanted {
                    let why = format!("{} ({reference:?})\n  haproxy  {wanted:#?}\n  evenkeel {seen:#?}", name(story));
                    differ.lock().expect("no worker panics").push(why);
                }
            }
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    let (compared, differ) = (compared.into_inner(), differ.into_inner().expect("no worker panics"));
    assert!(differ.is_empty(), "{} of {compared}:\n{}", differ.len(), differ.join("\n"));
    compared
}

/// A running proxy, and what the server behind it hears.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) proxy: Proxy,
    pub(crate) port: u16,
    pub(crate) heard: Arc<Mutex<Vec<String>>>,
    logs: Collector,
    _place: Place,
}

impl Played {
    /// `frontend` and `backend` are lines for these sections, `serve` answers one connection.
    pub(crate) fn start(
        program: &Path,
        global: &str,
        frontend: &str,
        backend: &str,
        serve: impl Fn(Peer, &Mutex<Vec<String>>) + Send + Sync + 'static,
    ) -> Self {
        let mut place = Place::new().expect("a folder");
        let logs = Collector::new().expect("a port for logs");
        let text = format!(
            "global\n nbthread 1\n stats socket @SOCK@ level admin\n log 127.0.0.1:{} len 8192 local0\n {global}\ndefaults\n mode http\n \
             log global\n option httplog\n timeout connect 2s\n timeout client 3s\n timeout server 3s\nfrontend fe\n \
             bind @FE@\n {frontend}\n default_backend be\nbackend be\n {backend}\n",
            logs.port
        );
        let config = place.fill(&text).expect("free ports");
        let socket = place.take("S1").expect("a reserved port");
        socket.listen(256).expect("it listens");
        let (heard, serve) = (Arc::new(Mutex::new(Vec::new())), Arc::new(serve));
        let log = heard.clone();
        std::thread::spawn(move || {
            for stream in TcpListener::from(socket).incoming().flatten() {
                let (serve, log) = (serve.clone(), log.clone());
                std::thread::spawn(move || serve(Peer::new(stream), &log));
            }
        });
        let port = place.port("FE").expect("a port");
        let proxy = Proxy::start(program, &place.dir, &config, &[port]).expect("the proxy runs");
        Self { proxy, port, heard, logs, _place: place }
    }

    pub(crate) fn connect(&self) -> Peer {
        Peer::new(TcpStream::connect(("127.0.0.1", self.port)).expect("it listens"))
    }

    /// Says `lines` in HTTP/2, a `wait` being a pause until nothing comes, and gives all that came.
    pub(crate) fn h2(&self, lines: &[&str], quiet: Duration) -> Vec<String> {
        let mut peer = self.connect();
        let mut out = [PREFACE, &frames::write("0 settings")].concat();
        for line in lines {
            if *line == "wait" {
                let _ = peer.send(&std::mem::take(&mut out));
                peer.read_quiet(quiet);
            } else {
                out.extend(frames::write(line));
            }
        }
        let _ = peer.send(&out);
        peer.read_quiet(quiet);
        seen(&mut peer)
    }

    /// What the server heard and what was logged.
    pub(crate) fn rest(&self, quiet: Duration) -> Vec<String> {
        let settled = self.proxy.settle();
        // A server hears the end of it a little later.
        crate::harness::pace(quiet);
        let mut rest = self.heard.lock().map(|heard| heard.clone()).unwrap_or_default();
        let lines = self.logs.lines().into_iter().map(|line| {
            let line = renewed(&line);
            format!("log {}", line.split_once("] ").map_or(line.as_str(), |(_, l)| l))
        });
        rest.extend(lines);
        rest.extend(settled.err().map(|error| format!("the stats socket does not answer: {error}")));
        rest
    }
}

/// The frames that came, and whether the connection is still open.
pub(crate) fn seen(peer: &mut Peer) -> Vec<String> {
    let (mut reader, mut lines) = (Reader::default(), Vec::new());
    while let Some(line) = reader.next(&mut peer.seen) {
        lines.extend(line);
    }
    let mut lines = frames::tidy(lines);
    if !peer.seen.is_empty() {
        lines.push(String::from_utf8_lossy(&peer.seen).into_owned());
    }
    lines.push(if peer.end == End::Open { "open" } else { "closed" }.to_owned());
    lines
}

/// Answers every request of HTTP/1 with `answer`; an answer without an end closes.
pub(crate) fn answers(answer: &'static str) -> impl Fn(Peer, &Mutex<Vec<String>>) + Send + Sync + 'static {
    move |mut peer, heard| {
        while let Some(message) = peer.take(&Want::Message, Duration::from_secs(5)) {
            if let Ok(mut heard) = heard.lock() {
                heard.push(format!("server {}", String::from_utf8_lossy(&message).replace("\r\n", "|")));
            }
            let _ = peer.send(answer.as_bytes());
            if answer.contains("HTTP/1.0") || !answer.contains("\r\n\r\n") {
                return;
            }
        }
    }
}

/// Answers requests of HTTP/2: the nth with the nth of `answers`, then with the last. `@` stands for the stream.
pub(crate) fn speaks_h2(
    answers: &'static [&'static [&'static str]],
    settings: &'static str,
) -> impl Fn(Peer, &Mutex<Vec<String>>) + Send + Sync + 'static {
    let count = AtomicUsize::new(0);
    move |mut peer, heard| {
        let _ = peer.send(&frames::write(settings));
        if peer.take(&Want::Count(PREFACE.len()), Duration::from_secs(5)).as_deref() != Some(PREFACE) {
            return;
        }
        let mut reader = Reader::default();
        let (mut silent, mut answered) = (0, 0);
        while peer.end == End::Open && silent < 40 {
            peer.read_quiet(Duration::from_millis(30));
            silent += 1;
            let mut lines = Vec::new();
            while let Some(line) = reader.next(&mut peer.seen) {
                lines.extend(line);
            }
            for line in frames::tidy(lines) {
                silent = 0;
                if let Ok(mut heard) = heard.lock() {
                    heard.push(format!("server {line}"));
                }
                let (stream, rest) = line.split_once(' ').unwrap_or_default();
                // A request for a tunnel does not end.
                let asks = rest.starts_with("head!") || rest.starts_with("data!") || rest.contains(":method=CONNECT");
                let number = stream.parse().unwrap_or(0);
                if asks && number > answered {
                    answered = number;
                    let turn = count.fetch_add(1, Ordering::Relaxed);
                    let answer = answers.get(turn).or(answers.last()).copied().unwrap_or_default();
                    let bytes = answer.iter().flat_map(|line| frames::write(&line.replace('@', stream)));
                    let _ = peer.send(&bytes.collect::<Vec<u8>>());
                }
            }
        }
    }
}

/// Follows a script: when something that begins so is heard, the next line of it is said. `close` closes.
pub(crate) fn follows(
    script: &'static [(&'static str, &'static [&'static str])],
    settings: &'static str,
) -> impl Fn(Peer, &Mutex<Vec<String>>) + Send + Sync + 'static {
    move |mut peer, heard| {
        let _ = peer.send(&frames::write(settings));
        if peer.take(&Want::Count(PREFACE.len()), Duration::from_secs(5)).as_deref() != Some(PREFACE) {
            return;
        }
        let (mut reader, mut silent, mut script) = (Reader::default(), 0, script.iter());
        while peer.end == End::Open && silent < 400 {
            peer.read_quiet(Duration::from_millis(30));
            silent += 1;
            let mut lines = Vec::new();
            while let Some(line) = reader.next(&mut peer.seen) {
                lines.extend(line);
            }
            for line in frames::tidy(lines) {
                silent = 0;
                if let Some((_, said)) = script.as_slice().first().filter(|(cue, _)| line.starts_with(cue)) {
                    script.next();
                    let bytes = said.iter().filter(|said| **said != "close").flat_map(|said| frames::write(said));
                    let _ = peer.send(&bytes.collect::<Vec<u8>>());
                    if said.contains(&"close") {
                        return;
                    }
                }
                if let Ok(mut heard) = heard.lock() {
                    heard.push(format!("server {line}"));
                }
            }
        }
    }
}
