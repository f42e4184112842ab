//! A client on Python's `h2`, which is strict with a proxy, and frames made with `hyperframe` that mean harm.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use super::played::Played;
use crate::harness::binary::{self, Reference};
use crate::harness::http::head_len;
use crate::harness::peer::{Peer, Want};
use crate::harness::say;

/// Where HAProxy 2.8 says nothing yet: it resets no stream that its client has reset already, takes any number of empty
/// CONTINUATION frames and payload beyond its window, and cuts off a connection for a header block that is too large.
const MILDER: &[(&str, &str)] = &[
    ("rapid resets", "refused"),
    ("empty continuations", "cut off"),
    ("payload beyond the window", "refused"),
    ("a header bomb", "refused"),
];

#[test]
fn libraries_of_others_are_served_and_survived() {
    let [wanted, seen] = [Reference::V2_8.path(), binary::evenkeel()].map(|program| played(&program));
    let names: Vec<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, seen.iter().map(|(name, _)| name).collect::<Vec<_>>());
    for ((name, wanted), (_, seen)) in wanted.iter().zip(&seen) {
        assert!(seen.ends_with("| then 1 200 end 2; open"), "after {name} nobody is served: {seen}");
        match MILDER.iter().find(|(milder, _)| milder == name) {
            Some((_, ours)) => assert!(seen.starts_with(ours), "{name}: {seen}"),
            None => assert_eq!(seen, wanted, "{name}"),
        }
    }
    say(&format!("h2 and hyperframe: {} stories", seen.len()));
}

/// Each story and what it came to.
fn played(program: &Path) -> Vec<(String, String)> {
    let site = Played::start(program, "", "", "server s1 @S1@", serve);
    let out = binary::client("frames.py").arg(site.port.to_string()).output().expect("python runs");
    assert!(out.status.success(), "{}\n{}", String::from_utf8_lossy(&out.stderr), site.proxy.said());
    let out = String::from_utf8_lossy(&out.stdout);
    let stories = out.lines().filter_map(|line| line.split_once(" | "));
    stories.map(|(name, rest)| (name.to_owned(), rest.to_owned())).collect()
}

/// Answers `ok`, or what was sent.
fn serve(mut peer: Peer, _: &Mutex<Vec<String>>) {
    while let Some(message) = peer.take(&Want::Message, Duration::from_secs(20)) {
        let head = head_len(&message).unwrap_or(0);
        let (given, body) = message.split_at(head);
        let chunked = String::from_utf8_lossy(given).contains("chunked");
        let answer = match (given.starts_with(b"POST"), chunked) {
            (false, _) => [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", &b"ok"[..]].concat(),
            (true, true) => [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", body].concat(),
            (true, false) => {
                [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
            }
        };
        if peer.send(&answer).is_err() {
            return;
        }
    }
}
