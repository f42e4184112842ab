//! gRPC of others through cleartext HTTP/2 on both sides: every call ends through evenkeel as through HAProxy.

use std::path::Path;

use crate::harness::binary::{self, Reference};
use crate::harness::place::Place;
use crate::harness::proxy::Proxy;
use crate::harness::say;

const CONFIG: &str = "\
global
    nbthread 1
defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 10s
frontend fe
    bind @FE@ proto h2
    default_backend be
backend be
    server s1 @S1@ proto h2
";

#[test]
fn calls_end_as_through_haproxy() {
    let both = || [Reference::V2_8.path(), binary::evenkeel()].map(|program| played(&program));
    let [mut wanted, mut seen] = both();
    if seen != wanted {
        // A busy machine makes the libraries lose patience, in front of either.
        say("the calls are made once more");
        [wanted, seen] = both();
    }
    assert!(wanted.contains("to and fro | (200, [], 'OK')"), "calls do not even pass HAProxy:\n{wanted}");
    assert_eq!(seen, wanted);
    say(&format!("gRPC: {} calls as through HAProxy", seen.lines().count()));
}

/// What the calls came to.
fn played(program: &Path) -> String {
    let mut place = Place::new().expect("a folder");
    let config = place.fill(CONFIG).expect("free ports");
    let [front, back] = ["FE", "S1"].map(|name| place.port(name).expect("a port"));
    let proxy = Proxy::start(program, &place.dir, &config, &[front]).expect("the proxy runs");
    let out = binary::client("calls.py").args([front, back].map(|port| port.to_string())).output();
    let out = out.expect("python runs");
    assert!(out.status.success(), "{}\n{}", String::from_utf8_lossy(&out.stderr), proxy.said());
    String::from_utf8_lossy(&out.stdout).into_owned()
}
