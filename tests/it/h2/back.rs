//! Servers that speak HTTP/2: the same requests from HAProxy and from evenkeel, the same answers to their clients.

use std::path::Path;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use regex::Regex;

use super::played::{Played, QUIET, answers, compare, speaks_h2};
use crate::harness::binary::{self, Reference};
use crate::harness::peer::Peer;
use crate::harness::say;

/// Its name, what the client says in HTTP/1, what the server answers to each request.
type Story = (&'static str, &'static [&'static str], &'static [&'static [&'static str]]);

const OK: &[&str] = &["@ head :status=200 content-length=2", "@ data! ok"];
const WEBSOCKET: &str = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const GET: &str = "GET /x?y HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n";

#[rustfmt::skip]
const STORIES: &[Story] = &[
    ("a request", &[GET], &[OK]),
    ("two in turn share a connection", &[GET, GET], &[OK]),
    ("a response without length", &[GET], &[&["@ head :status=200", "@ data a", "@ data! b"]]),
    ("a response without payload", &[GET], &[&["@ head! :status=204"]]),
    ("trailers", &[GET], &[&["@ head :status=200", "@ data a", "@ head! x-t=1"]]),
    ("an interim response", &[GET], &[&["@ head :status=103 link=x", "@ head :status=200 content-length=2", "@ data! ok"]]),
    ("a payload of known length", &["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"], &[OK]),
    ("a payload in chunks", &["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"], &[OK]),
    ("a payload with trailers", &["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n"], &[OK]),
    ("HEAD", &["HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"], &[&["@ head! :status=200 content-length=9"]]),
    ("fields of the connection", &["GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nTE: trailers\r\nKeep-Alive: x\r\n\r\n"], &[OK]),
    ("no host", &["GET / HTTP/1.0\r\n\r\n"], &[OK]),
    ("a stream that is reset", &[GET], &[&["@ reset 8"]]),
    ("a response cut short", &[GET], &[&["@ head :status=200 content-length=9", "@ data abc", "@ reset 8"]]),
    ("a response that ends with its head", &[GET], &[&["@ head! :status=200"]]),
    ("a websocket", &[WEBSOCKET], &[&["@ head :status=200", "@ data! hello"]]),
    ("a websocket that is known", &[WEBSOCKET], &[&["@ head :status=200", "@ data hello", "@ data! "]]),
    ("a websocket, refused, that is known", &[WEBSOCKET], &[&["@ head :status=403 content-length=2", "@ data! no"]]),
    ("another protocol that is known", &["GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"],
        &[&["@ head :status=200", "@ data! hello"]]),
    ("a tunnel", &["CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"], &[&["@ head :status=200", "@ data! hello"]]),

    ("a websocket by another protocol, that is known", &[WEBSOCKET], &[&["@ head :status=200", "@ data! hello"]]),
    ("connections that are used once", &[GET, GET, GET], &[OK]),
    ("connections that are used twice", &[GET, GET, GET], &[OK]),
    ("connections that nobody keeps", &[GET, GET, GET], &[OK]),

    ("a status that is none", &[GET], &[&["@ head! :status=2"]]),
    ("payload in front of the head", &[GET], &[&["@ data x"]]),
    ("a head without a status", &[GET], &[&["@ head! x=1"]]),
    ("two statuses", &[GET], &[&["@ head! :status=200 :status=200"]]),
    ("a method in a response", &[GET], &[&["@ head! :status=200 :method=GET"]]),
    ("a field of the connection in a response", &[GET], &[&["@ head! :status=200 connection=close"]]),
    ("two lengths in a response", &[GET], &[&["@ head :status=200 content-length=1 content-length=2"]]),
    ("more payload than the response said", &[GET], &[&["@ head :status=200 content-length=1", "@ data! ab"]]),
    ("less payload than the response said", &[GET], &[&["@ head :status=200 content-length=3", "@ data! ab"]]),
    ("a name in upper case in a response", &[GET], &[&["@ hex 1 5 880001580179"]]),
    ("a change of protocol", &[GET], &[&["@ head! :status=101"]]),
    ("a response in pieces", &[GET], &[&["@ hex 1 1 88", "@ hex 9 4 0f0d0130"]]),
    ("a field beyond the table in a response", &[GET], &[&["@ hex 1 5 88be"]]),
    ("a table too large in a response", &[GET], &[&["@ hex 1 5 3fe2ff0388"]]),
    ("padding beyond a response", &[GET], &[&["@ head :status=200", "@ hex 0 9 0561"]]),
    ("a response that is too large a frame", &[GET], &[&["@ head :status=200", "@ fill 0 1 16385"]]),
    ("a continuation of no response", &[GET], &[&["@ hex 9 4 88"]]),
    ("a push", &[GET], &[&["@ hex 5 4 0000000288", "@ head! :status=200"]]),
    ("a stream of the server's own", &[GET], &[&["2 head! :status=200", "@ head! :status=200"]]),
    ("a response to nothing", &[GET], &[&["99 head! :status=200", "@ head! :status=200"]]),
    ("payload for nothing", &[GET], &[&["99 data x", "@ head! :status=200"]]),
    ("a window of a server of nothing", &[GET], &[&["0 window 0", "@ head! :status=200"]]),
    ("a window of a server too large", &[GET], &[&["0 window 2147483647", "@ head! :status=200"]]),
    ("settings of a server that are none", &[GET], &[&["0 hex 4 0 000500000001", "@ head! :status=200"]]),
    ("a frame that nobody knows of a server", &[GET], &[&["@ hex 99 0 00", "@ head! :status=204"]]),
    ("many interim responses", &[GET], &[&["@ head :status=103 a=1", "@ head :status=103 a=2", "@ head :status=103 a=3", "@ head! :status=204"]]),

    ("a server that leaves", &[GET, GET], &[&["@ head :status=200 content-length=2", "@ data! ok", "0 goaway 1 0"], OK]),
    ("a payload that is refused early", &["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"], &[&["@ head! :status=413"]]),
];

static PHRASE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(HTTP/1\.1 \d+) [^|]*\|").expect("a valid pattern"));

/// What an old version does not survive, or passes on.
const NEWER: &[(&str, Reference)] =
    &[("payload in front of the head", Reference::V2_6), ("more payload than the response said", Reference::V2_6)];

#[test]
fn servers_are_asked_as_by_haproxy() {
    let compared = compare(STORIES, |story| story.0, NEWER, played);
    say(&format!("{} HTTP/2 servers: {compared} outcomes as with HAProxy", STORIES.len()));
}

fn played(program: &Path, (name, requests, answers): &Story, quiet: Duration) -> Vec<String> {
    let settings = if name.ends_with("that is known") { "0 settings 8=1" } else { "0 settings" };
    let words = match *name {
        "connections that are used once" => "proto h2 max-reuse 0",
        "connections that are used twice" => "proto h2 max-reuse 1",
        "connections that nobody keeps" => "proto h2 pool-max-conn 0",
        "a websocket by another protocol, that is known" => "ws h2",
        _ => "proto h2",
    };
    let played = Played::start(program, "", "", &format!("server s1 @S1@ {words}"), speaks_h2(answers, settings));
    let mut client = played.connect();
    for request in *requests {
        let _ = client.send(request.as_bytes());
        client.read_quiet(quiet * 2);
    }
    // Versions differ in the phrases that they know.
    let text = String::from_utf8_lossy(&client.seen).replace("\r\n", "|");
    let mut outcome = vec![PHRASE.replace_all(&text, "$1|").into_owned()];
    drop(client);
    outcome.extend(played.rest(quiet));
    outcome
}

/// `ws` says how a websocket is asked for, whatever other requests speak.
#[test]
fn websockets_have_a_protocol_of_their_own() {
    for (words, protocol) in [("proto h2 ws h1", "HTTP/1"), ("proto h2", "HTTP/2"), ("proto h2 ws auto", "HTTP/2")] {
        let [wanted, seen] = [Reference::V2_8.path(), binary::evenkeel()].map(|program| asked(&program, words));
        assert_eq!(seen, wanted, "{words}");
        let upgrade = seen.iter().find(|line| line.contains("/chat")).map(String::as_str).unwrap_or_default();
        assert_eq!(if upgrade.contains("GET /chat HTTP/1.1|") { "HTTP/1" } else { "HTTP/2" }, protocol, "{seen:#?}");
    }
}

/// What a server that speaks both protocols hears of a request and of a websocket, and what their clients do.
fn asked(program: &Path, words: &str) -> Vec<String> {
    const UPGRADED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    let (old, new) = (answers(UPGRADED), speaks_h2(&[OK], "0 settings 8=1"));
    let serve = move |mut peer: Peer, heard: &Mutex<Vec<String>>| {
        peer.read_quiet(QUIET);
        if peer.seen.starts_with(b"PRI") { new(peer, heard) } else { old(peer, heard) }
    };
    let played = Played::start(program, "", "", &format!("server s1 @S1@ {words}"), serve);
    let mut outcome = Vec::new();
    for request in [GET, WEBSOCKET] {
        let mut client = played.connect();
        let _ = client.send(request.as_bytes());
        client.read_quiet(QUIET * 3);
        let text = String::from_utf8_lossy(&client.seen).replace("\r\n", "|");
        outcome.push(PHRASE.replace_all(&text, "$1|").into_owned());
    }
    outcome.extend(played.rest(QUIET));
    outcome
}

/// Requests that a server has not looked at go out again, on another connection.
#[test]
fn refused_streams_go_out_again() {
    const ANSWERS: &[&[&str]] = &[&["@ reset 7"], OK];
    let played =
        Played::start(&binary::evenkeel(), "", "", "server s1 @S1@ proto h2", speaks_h2(ANSWERS, "0 settings"));
    let mut client = played.connect();
    let _ = client.send(GET.as_bytes());
    client.read_quiet(Duration::from_millis(300));
    assert!(client.seen.starts_with(b"HTTP/1.1 200 OK"), "{}", String::from_utf8_lossy(&client.seen));
    assert_eq!(played.heard.lock().unwrap().iter().filter(|line| line.contains(" head! ")).count(), 2);
}

/// `option httpchk` asks in the protocol of the traffic.
#[test]
fn checks_speak_h2() {
    let backend = "option httpchk GET /up\n server s1 @S1@ proto h2 check inter 100ms";
    let played = Played::start(&binary::evenkeel(), "", "", backend, speaks_h2(&[OK], "0 settings"));
    crate::harness::pace(Duration::from_millis(400));
    let stat = played.proxy.cli("show stat").expect("the stats socket answers");
    let line = stat.lines().find(|l| l.starts_with("be,s1")).unwrap_or_default();
    assert!(line.contains("L7OK"), "{line}");
    let heard = played.heard.lock().unwrap();
    assert!(heard.iter().any(|line| line.contains(":path=/up")), "{heard:?}");
}
