//! A process that is told to finish, as its clients on idle connections see it.

use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::harness::binary::{self, Reference};
use crate::harness::peer::{End, Peer};
use crate::harness::place::Place;
use crate::harness::proxy::Proxy;

/// How long nothing comes before a client has seen all.
const QUIET: Duration = Duration::from_millis(300);

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";

/// What two clients see: one that is idle behind a response when the end begins, and asks again; one that never asked.
fn seen(program: &Path, option: &str) -> [String; 2] {
    let mut place = Place::new().expect("a folder");
    let text = format!(
        "global\n stats socket @SOCK@ level admin\ndefaults\n mode http\n {option}\n timeout connect 1s\n timeout client 2s\n \
         timeout server 1s\nfrontend fe\n bind @FE@\n http-request return status 200 content-type a/b string hi\n"
    );
    let config = place.fill(&text).expect("free ports");
    let port = place.port("FE").expect("a port");
    let proxy = Proxy::start(program, &place.dir, &config, &[port]).expect("the proxy runs");
    let connect = || Peer::new(TcpStream::connect(("127.0.0.1", port)).expect("it listens"));
    let (mut idle, mut fresh) = (connect(), connect());
    idle.send(GET).expect("the proxy reads");
    idle.read_quiet(QUIET);
    proxy.signal(Signal::USR1);
    [&mut idle, &mut fresh].map(|peer| {
        peer.read_quiet(QUIET);
        let left = peer.end != End::Open;
        if !left {
            let _ = peer.send(GET);
            peer.read_quiet(QUIET);
        }
        format!("left {left}, then {:?}: {}", peer.end, String::from_utf8_lossy(&peer.seen))
    })
}

#[test]
fn idle_clients_are_let_go_as_by_haproxy() {
    for option in ["", "option idle-close-on-response"] {
        let ours = seen(&binary::evenkeel(), option);
        for reference in [Reference::V2_6, Reference::V2_8] {
            assert_eq!(ours, seen(&reference.path(), option), "{option} ({reference:?})");
        }
        assert_eq!(ours[0].starts_with("left true"), option.is_empty(), "{ours:?}");
    }
}
