//! Payload that the kernel moves by itself arrives as it was sent, is counted as by HAProxy, and leaves no pipe behind.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use crate::harness::binary::{self, Reference};
use crate::harness::peer::{Peer, Want};
use crate::harness::place::Place;
use crate::harness::proxy::Proxy;
use crate::harness::say;

/// Bodies that go up, and come back, on one connection; a boundary that is missed shows in the next.
const SIZES: [usize; 9] = [5, 16_384, 1, 65_536, 3_000_007, 0, 16_385, 1 << 20, 7];
const LIMIT: Duration = Duration::from_secs(20);

/// A proxy in front of an origin that sends every body back.
struct Played {
    proxy: Proxy,
    port: u16,
    _place: Place,
}

impl Played {
    fn start(program: &Path, global: &str, defaults: &str) -> Self {
        let mut place = Place::new().expect("a folder");
        let text = format!(
            "global\n nbthread 1\n maxconn 2000\n stats socket @SOCK@ level admin\n {global}\ndefaults\n {defaults}\n timeout connect 2s\n \
             timeout client 10s\n timeout server 10s\nfrontend fe\n bind @FE@\n default_backend be\nbackend be\n server s1 @S1@\n"
        );
        let config = place.fill(&text).expect("free ports");
        let socket = place.take("S1").expect("a reserved port");
        socket.listen(256).expect("it listens");
        std::thread::spawn(move || {
            for stream in TcpListener::from(socket).incoming().flatten() {
                std::thread::spawn(move || echo(stream));
            }
        });
        let port = place.port("FE").expect("a port");
        let proxy = Proxy::start(program, &place.dir, &config, &[port]).expect("the proxy runs");
        Self { proxy, port, _place: place }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).expect("it listens")
    }

    /// Sends every body and checks what comes back, then gives the bytes in and out that the proxy counted.
    fn exchange(&self) -> (String, String) {
        let mut peer = Peer::new(self.connect());
        for (n, size) in SIZES.into_iter().enumerate() {
            let body = body(n, size);
            let head = format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {size}\r\n\r\n");
            peer.send(&[head.as_bytes(), &body].concat()).expect("the proxy reads");
            let head = peer.take(&Want::Head, LIMIT).expect("a head");
            assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&head));
            let came = peer.take(&Want::Count(size), LIMIT).expect("a body");
            assert!(came == body, "body {n} of {size} bytes was changed");
        }
        drop(peer);
        self.proxy.settle().expect("the stats socket answers");
        (self.stat("fe,FRONTEND,", 8), self.stat("fe,FRONTEND,", 9))
    }

    fn stat(&self, row: &str, column: usize) -> String {
        let stat = self.proxy.cli("show stat").expect("the stats socket answers");
        let line = stat.lines().find(|l| l.starts_with(row)).unwrap_or_default();
        line.split(',').nth(column).unwrap_or_default().to_owned()
    }

    fn info(&self, name: &str) -> u64 {
        let info = self.proxy.cli("show info").expect("the stats socket answers");
        let line = info.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(": "));
        line.and_then(|v| v.parse().ok()).unwrap_or_else(|| panic!("no {name} in\n{info}"))
    }
}

fn body(n: usize, size: usize) -> Vec<u8> {
    (0..size).map(|at| ((at >> 8) ^ at ^ (n * 37)).to_le_bytes()[0]).collect()
}

/// Answers each request with its body.
fn echo(stream: TcpStream) {
    let mut peer = Peer::new(stream);
    while let Some(head) = peer.take(&Want::Head, LIMIT) {
        let text = String::from_utf8_lossy(&head);
        let size = text.lines().find_map(|l| l.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        let Some(body) = peer.take(&Want::Count(size), LIMIT) else { return };
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n");
        if peer.send(&[head.as_bytes(), &body].concat()).is_err() {
            return;
        }
    }
}

#[test]
fn bodies_arrive_and_are_counted_as_by_haproxy() {
    let ways = [
        ("", "mode http", true),
        ("", "mode http\n option splice-request\n option splice-response", true),
        ("tune.pipesize 4096", "mode http", true),
        ("nosplice", "mode http", false),
        ("maxpipes 0", "mode http", false),
        ("", "mode http\n no option splice-auto", false),
        ("", "mode tcp", true),
        ("", "mode tcp\n option splice-request\n option splice-response", true),
        ("nosplice", "mode tcp", false),
    ];
    for (global, defaults, splices) in ways {
        let wanted = Played::start(&Reference::V2_8.path(), global, defaults).exchange();
        let played = Played::start(&binary::evenkeel(), global, defaults);
        let seen = played.exchange();
        // HAProxy counts a head as it keeps it, in both versions, so that only equal texts weigh the same.
        assert_eq!(seen, wanted, "{global} {defaults}");
        let spliced = played.info("TotalSplicedBytesOut");
        assert_eq!(spliced > 0, splices, "{global} {defaults}: {spliced} bytes");
        assert_eq!(played.info("PipesUsed"), 0, "{global} {defaults}");
    }
    say(&format!("{} ways to move {} bodies up and down", ways.len(), SIZES.len()));
}

/// What waits in a pipe for a client that reads nothing goes with the client; the pipe is not used again.
#[test]
fn clients_that_leave_take_their_bytes_along() {
    let played = Played::start(&binary::evenkeel(), "maxpipes 8", "mode http");
    let size = 4 << 20;
    let head = format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {size}\r\n\r\n");
    let request = [head.as_bytes(), &vec![b'x'; size]].concat();
    let mut stalled: Vec<TcpStream> = (0..20).map(|_| played.connect()).collect();
    for stream in &mut stalled {
        let _ = stream.set_read_timeout(Some(LIMIT));
        stream.write_all(&request).expect("the proxy reads");
        stream.read_exact(&mut [0; 15]).expect("an answer begins");
    }
    assert!(played.info("PipesUsed") <= 8);
    drop(stalled);
    played.exchange();
    assert_eq!(played.info("PipesUsed"), 0);
    assert!(played.info("PipesFree") <= 8);
    // Bytes of those that left show in nobody's body.
    played.exchange();
}
