//! Many clients that are idle between two requests: they weigh little, and are served, timed out and let go as a few are.

use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::binary::{self, Reference};
use crate::harness::peer::{End, Peer, Want};
use crate::harness::place::Place;
use crate::harness::proxy::Proxy;
use crate::harness::{pace, say};

/// More than evenkeel lets keep a task each.
const CLIENTS: usize = 600;

/// Long enough for evenkeel to see that they are idle.
const IDLE: Duration = Duration::from_millis(250);
const LIMIT: Duration = Duration::from_secs(10);
const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";

struct Crowd {
    proxy: Proxy,
    peers: Vec<Peer>,
    _place: Place,
}

impl Crowd {
    /// Connects all clients, and has each ask once.
    fn gather(program: &Path, keep_alive: &str) -> Self {
        let mut place = Place::new().expect("a folder");
        let text = format!(
            "global\n nbthread 1\n maxconn 2000\n stats socket @SOCK@ level admin\ndefaults\n mode http\n timeout connect 1s\n \
             timeout client 20s\n timeout server 1s\n timeout http-keep-alive {keep_alive}\nfrontend fe\n bind @FE@\n \
             http-request return status 200 content-type a/b lf-string %ci:%cp\n"
        );
        let config = place.fill(&text).expect("free ports");
        let port = place.port("FE").expect("a port");
        let proxy = Proxy::start(program, &place.dir, &config, &[port]).expect("the proxy runs");
        let connect = |_| Peer::new(TcpStream::connect(("127.0.0.1", port)).expect("it listens"));
        let mut crowd = Self { proxy, peers: (0..CLIENTS).map(connect).collect(), _place: place };
        crowd.ask();
        pace(IDLE);
        crowd
    }

    /// Has each client ask, and checks that it gets an answer of its own.
    fn ask(&mut self) {
        for peer in &mut self.peers {
            peer.send(GET).expect("the proxy reads");
        }
        for peer in &mut self.peers {
            let answer = peer.take(&Want::Message, LIMIT).expect("an answer");
            let body = format!("\r\n\r\n{}", peer.address());
            assert!(String::from_utf8_lossy(&answer).ends_with(&body), "{}", String::from_utf8_lossy(&answer));
        }
    }

    /// Until all clients have seen the end of their connections; how long that took.
    fn gone(&mut self) -> Duration {
        let began = Instant::now();
        for peer in &mut self.peers {
            assert!(peer.read(&Want::End, LIMIT), "a client is left behind");
            assert!(peer.seen.is_empty() && peer.end == End::Closed, "{:?}: {:?}", peer.end, peer.seen);
        }
        began.elapsed()
    }

    fn current(&self) -> usize {
        let stat = self.proxy.cli("show stat").expect("the stats socket answers");
        let line = stat.lines().find(|l| l.starts_with("fe,FRONTEND,")).unwrap_or_default();
        line.split(',').nth(4).and_then(|n| n.parse().ok()).expect("a number of sessions")
    }
}

#[test]
fn they_are_served_again_and_again() {
    let mut crowd = Crowd::gather(&binary::evenkeel(), "20s");
    assert_eq!(crowd.current(), CLIENTS);
    for _ in 0..3 {
        crowd.ask();
        pace(IDLE);
    }
    crowd.peers.truncate(CLIENTS / 2);
    pace(IDLE);
    assert_eq!(crowd.current(), CLIENTS / 2, "clients that left are counted");
    crowd.ask();
}

#[test]
fn they_are_timed_out_as_by_haproxy() {
    let [wanted, seen] = [Reference::V2_8.path(), binary::evenkeel()].map(|p| Crowd::gather(&p, "1s").gone());
    say(&format!("{CLIENTS} idle clients are closed in {seen:?}, by HAProxy in {wanted:?}"));
    assert!(seen < Duration::from_secs(3), "{seen:?}");
}

#[test]
fn they_are_let_go_by_a_soft_stop() {
    for program in [Reference::V2_8.path(), binary::evenkeel()] {
        let mut crowd = Crowd::gather(&program, "20s");
        crowd.proxy.signal(Signal::USR1);
        let took = crowd.gone();
        assert!(took < Duration::from_secs(3), "{}: {took:?}", program.display());
        assert!(crowd.proxy.drain(), "{} stays", program.display());
    }
}
