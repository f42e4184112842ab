//! The same server as HAProxy for every key: each way to name a key, each way to place it, each hash function.

use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::harness::binary::{self, Reference};
use crate::harness::origin::Origin;
use crate::harness::peer::{Peer, Want};
use crate::harness::place::Place;
use crate::harness::proxy::Proxy;
use crate::harness::say;

const KEYS: usize = 2000;
const LIMIT: Duration = Duration::from_secs(10);

const PLACES: [&str; 2] = ["map-based", "consistent"];
/// `none` is newer than the HAProxy to compare with; the golden rows have it.
const FUNCTIONS: [&str; 4] = ["sdbm", "djb2", "wt6", "crc32"];
const AVALANCHE: [&str; 2] = ["", " avalanche"];

/// What names the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Header,
    Source,
    Uri,
    UrlParam,
}

#[test]
fn sources_go_where_haproxy_sends_them() {
    check(Kind::Source, "source");
}

#[test]
fn targets_go_where_haproxy_sends_them() {
    check(Kind::Uri, "uri");
}

#[test]
fn headers_go_where_haproxy_sends_them() {
    check(Kind::Header, "hdr(x-key)");
}

#[test]
fn parameters_go_where_haproxy_sends_them() {
    check(Kind::UrlParam, "url_param key");
}

/// Sends every key through both proxies, once for each `hash-type`.
fn check(kind: Kind, balance: &str) {
    let lines = hash_types();
    let ask = |program: &Path| picks(program, kind, balance, &lines);
    let (wanted, seen) = (ask(&Reference::V2_8.path()), ask(&binary::evenkeel()));
    let mut wrong = 0;
    for ((line, wanted), seen) in lines.iter().zip(&wanted).zip(&seen) {
        assert!(wanted.len() == KEYS && !wanted.contains('?'), "HAProxy answers every key: {wanted}");
        let same = wanted.bytes().zip(seen.bytes()).filter(|(w, s)| w == s).count();
        say(&format!("balance {balance}, hash-type {line}: the same server for {same} of {KEYS} keys"));
        wrong += usize::from(wanted != seen);
    }
    assert_eq!(wrong, 0, "of {} ways to hash", lines.len());
}

/// Every `hash-type` there is, on its own line.
fn hash_types() -> Vec<String> {
    let each = |place: &'static str| {
        FUNCTIONS.iter().flat_map(move |f| AVALANCHE.iter().map(move |a| format!("{place} {f}{a}")))
    };
    PLACES.iter().flat_map(|place| each(place)).collect()
}

/// The server that each key gets, a letter for each key, by `hash-type` line.
fn picks(program: &Path, kind: Kind, balance: &str, lines: &[String]) -> Vec<String> {
    let mut place = Place::new().expect("a folder");
    let config = place.fill(&config(kind, balance, lines)).expect("free ports");
    let names: Vec<String> = (1..=5).map(|n| format!("S{n}")).collect();
    let origin = |name: &String| {
        let letter = name.replace('S', "");
        Origin::start(place.take(name).expect("a reserved port"), Arc::from(letter)).expect("an origin")
    };
    let origins: Vec<Origin> = names.iter().map(origin).collect();
    let ports: Vec<u16> = (0..lines.len()).map(|n| place.port(&format!("FE{n}")).expect("a port")).collect();
    let proxy = Proxy::start(program, &place.dir, &config, &ports).expect("the proxy runs");
    let picks = ports.iter().map(|port| if kind == Kind::Source { by_source(*port) } else { by_request(*port, kind) });
    let picks = picks.collect();
    drop(proxy);
    drop(origins);
    picks
}

fn config(kind: Kind, balance: &str, lines: &[String]) -> String {
    let accept = if kind == Kind::Source { " accept-proxy" } else { "" };
    let mut text = "global\n    nbthread 1\n    maxconn 500\ndefaults\n    mode http\n    http-reuse always\n\
        \x20   timeout connect 5s\n    timeout client 20s\n    timeout server 20s\n"
        .to_owned();
    for (n, line) in lines.iter().enumerate() {
        text += &format!("listen l{n}\n    bind @FE{n}@{accept}\n    balance {balance}\n    hash-type {line}\n");
        for s in 1..=5 {
            text += &format!("    server s{s} @S{s}@ id {s} weight {}\n", s * 3);
        }
    }
    text
}

fn key(n: usize) -> String {
    (n * 7919 + 11).to_string()
}

/// Keys sent in one go.
const BATCH: usize = 40;

/// All keys on one connection.
fn by_request(port: u16, kind: Kind) -> String {
    let mut client = Peer::new(TcpStream::connect(("127.0.0.1", port)).expect("it listens"));
    let ask = |n: usize| {
        let key = key(n);
        let (target, header) = match kind {
            Kind::Header => ("/".to_owned(), format!("x-key: {key}\r\n")),
            Kind::UrlParam => (format!("/?a=b&key={key}&c"), String::new()),
            Kind::Source | Kind::Uri => (format!("/{key}"), String::new()),
        };
        format!("GET {target} HTTP/1.1\r\nhost: h.example\r\n{header}\r\n")
    };
    let mut picks = String::new();
    for first in (0..KEYS).step_by(BATCH) {
        let batch: String = (first..first + BATCH).map(ask).collect();
        client.send(batch.as_bytes()).expect("it reads");
        picks.extend((0..BATCH).map(|_| last_letter(client.take(&Want::Message, LIMIT))));
    }
    picks
}

/// A connection for each key, its source told by the PROXY protocol.
fn by_source(port: u16) -> String {
    (0..KEYS)
        .map(|n| {
            let mut client = Peer::new(TcpStream::connect(("127.0.0.1", port)).expect("it listens"));
            let source = format!("10.{}.{}.{}", n % 7, n / 256, n % 256);
            let text = format!("PROXY TCP4 {source} 127.0.0.1 4000 80\r\nGET / HTTP/1.1\r\nhost: h\r\n\r\n");
            client.send(text.as_bytes()).expect("it reads");
            let answer = last_letter(client.take(&Want::Message, LIMIT));
            client.reset();
            answer
        })
        .collect()
}

/// The origin's letter, its whole body.
fn last_letter(answer: Option<Vec<u8>>) -> char {
    answer.and_then(|a| a.last().copied()).map_or('?', char::from)
}
