//! Maps and ACLs that change while they are in use: the runtime socket answers as HAProxy's, and requests see what it says.

use std::fs;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use regex::Regex;

use crate::harness::binary::{self, Reference};
use crate::harness::peer::{Peer, Want};
use crate::harness::place::Place;
use crate::harness::proxy::Proxy;
use crate::harness::say;

const CONFIG: &str = "\
global
    nbthread 1
    stats socket @SOCK@ level admin
    tune.bufsize 65536
defaults
    mode http
    timeout client 4s
frontend fe
    bind @FE@
    http-request return status 200 content-type text/plain lf-string %[path,map(@DIR@/map,none)]
";

/// A path is a request for it, the others are commands; `MAP` is the map's name.
const STEPS: &[&str] = &[
    "show map MAP",
    "/a",
    "/x",
    "get map MAP /a",
    "get map MAP /x",
    "set map MAP /a two",
    "/a",
    "set map MAP /x two",
    "add map MAP /x new",
    "/x",
    "add map MAP <<\n/p one\n/q two words\n",
    "/p",
    "/q",
    "del map MAP /p",
    "/p",
    "del map MAP /p",
    "show map MAP",
    "prepare map MAP",
    "add map @1 MAP /v later",
    "/v",
    "show map @1 MAP",
    "add map @9 MAP /v later",
    "commit map @1 MAP",
    "/v",
    "/a",
    "clear map MAP",
    "/v",
    "show map MAP",
    "show map nosuch",
    "set map MAP",
    "get map MAP",
];

#[test]
fn maps_change_as_in_haproxy() {
    let [wanted, seen] =
        [Reference::V2_8.path(), binary::evenkeel()].map(|program| Site::new(&program, CONFIG).play(STEPS));
    assert!(wanted.contains(&"/a -> two".to_owned()), "HAProxy itself does not change:\n{wanted:#?}");
    for (wanted, seen) in wanted.iter().zip(&seen) {
        assert_eq!(seen, wanted);
    }
    say(&format!("maps: {} answers as from HAProxy", seen.len()));
}

/// `one` is of a file that two ACLs share, `two` has patterns of its own, of a file and of two methods, the rest is of one
/// method each.
const ACLS: &str = "\
global
    nbthread 1
    stats socket @SOCK@ level admin
defaults
    mode http
    timeout client 4s
frontend fe
    bind @FE@
    acl one path -f @DIR@/map
    acl two path_beg -i /x /Y
    acl two path_end -i -f @DIR@/map .z
    acl net src 10.0.0.0/8
    acl long path_len ge 20
    acl method method POST
    acl expression path_reg ^/r[0-9]
    acl word path_dir w
    acl part path_sub -i Part
    acl number url_param(n) -m int 1:3 lt 0
    http-request add-acl(@DIR@/map) %[url_param(add)] if { url_param(add) -m found }
    http-request del-acl(@DIR@/map) %[url_param(del)] if { url_param(del) -m found }
    http-request return status 200 content-type text/plain string one if one
    http-request return status 200 content-type text/plain string two if two
    http-request return status 200 content-type text/plain string net if net
    http-request return status 200 content-type text/plain string long if long
    http-request return status 200 content-type text/plain string method if method
    http-request return status 200 content-type text/plain string expression if expression
    http-request return status 200 content-type text/plain string word if word
    http-request return status 200 content-type text/plain string part if part
    http-request return status 200 content-type text/plain string number if number
    http-request return status 200 content-type text/plain string none
";

/// What is asked of ACLs, as [`STEPS`] is of maps. `#2` to `#10` are the ACLs' own patterns, `#0` and `MAP` the file's.
const ACL_STEPS: &[&str] = &[
    "show acl MAP",
    "show acl #2",
    "/c",
    "/a one",
    "/X1",
    "/y",
    "/k.Z",
    "/q/a",
    "add acl MAP /added",
    "/added",
    "/q/ADDED",
    "add acl #2 /Begin",
    "/begins",
    "/x1",
    "del acl #2 /x",
    "/x1",
    "del acl #2 /x",
    "add acl #3 .zz",
    "/k.ZZ",
    "/127",
    "add acl #4 127.0.0.0/8",
    "/127",
    "add acl #4 nonsense",
    "del acl #4 127.0.0.0/8",
    "/12345678901234567890",
    "clear acl #5",
    "/12345678901234567890",
    "add acl #5 3:4",
    "/123",
    "/1234",
    "add acl #6 GET",
    "/some",
    "del acl #6 GET",
    "/some",
    "/r1",
    "add acl #7 ^/s+$",
    "/sss",
    "del acl #7 ^/r[0-9]",
    "/r1",
    "/k/w/k",
    "add acl #8 v",
    "/k/v",
    "/kPARTk",
    "add acl #9 other",
    "/kOTHERk",
    "/?n=2",
    "/?n=-1",
    "/?n=4",
    "add acl #10 4:9",
    "/?n=4",
    "/?n=2",
    "del acl #10 1:3",
    "/?n=2",
    "prepare acl MAP",
    "add acl @1 MAP /later",
    "/later",
    "show acl @1 MAP",
    "add acl @9 MAP /later",
    "commit acl @1 MAP",
    "/later",
    "/c",
    "/?add=/%61dded",
    "/added",
    "/?del=/added",
    "/added",
    "clear acl MAP",
    "/later",
    "show acl MAP",
    "get acl MAP /later",
    "show acl nosuch",
    "add acl MAP",
    "add acl nosuch /x",
    "del acl MAP",
    "del acl MAP /nosuch",
    "get acl MAP",
    "commit acl MAP",
    "clear acl",
];

#[test]
fn acls_change_as_in_haproxy() {
    let [wanted, seen] =
        [Reference::V2_8.path(), binary::evenkeel()].map(|program| Site::new(&program, ACLS).play(ACL_STEPS));
    assert!(wanted.contains(&"/added -> one".to_owned()), "HAProxy itself does not change:\n{wanted:#?}");
    for (wanted, seen) in wanted.iter().zip(&seen) {
        assert_eq!(seen, wanted);
    }
    say(&format!("acls: {} answers as from HAProxy", seen.len()));
}

/// A payload may end as its command says: HAProxy 2.8 cannot do that yet.
#[test]
fn payloads_end_as_they_say() {
    let site = Site::new(&binary::evenkeel(), CONFIG);
    assert_eq!(site.say("add map MAP <<%E%\n/r one\n\n/s two\n%E%\n"), "\n");
    assert_eq!([site.get("/r"), site.get("/s")], ["one", "two"]);
}

/// A payload that is too large, or whose end never comes, changes nothing.
#[test]
fn payloads_are_whole_or_nothing() {
    let lines: String = (0..20_000).map(|n| format!("/{n} many\n")).collect();
    let limited = CONFIG.replace("tune.bufsize 65536", "tune.cli.max-payload-size 1k");
    for (config, payload, answer) in [
        (CONFIG, format!("{lines}\n"), "The payload is too big for the maximum payload size."),
        (CONFIG, "/0 cut\n".to_owned(), ""),
        (&limited, format!("{}\n", &lines[..1024]), "The payload is too big"),
        (&limited, "/0 few\n\n".to_owned(), "\n"),
    ] {
        let site = Site::new(&binary::evenkeel(), config);
        let said = site.say(&format!("add map MAP <<\n{payload}"));
        assert!(said.starts_with(answer) && (said.is_empty() == answer.is_empty()), "{said:?} for {answer:?}");
        assert_eq!(site.get("/0"), if answer == "\n" { "few" } else { "none" });
    }
}

struct Site {
    proxy: Proxy,
    place: Place,
    port: u16,
}

impl Site {
    fn new(program: &Path, config: &str) -> Site {
        let mut place = Place::new().expect("a folder");
        fs::write(place.dir.join("map"), "/a one\n/b one # two\n# a comment\n\n/c  three\n").expect("a map");
        let config = place.fill(&config.replace("@DIR@", &place.dir.display().to_string())).expect("free ports");
        let port = place.port("FE").expect("a port");
        let proxy = Proxy::start(program, &place.dir, &config, &[port]).expect("the proxy runs");
        Site { proxy, place, port }
    }

    fn play(&self, steps: &[&str]) -> Vec<String> {
        let references = Regex::new("0x[0-9a-f]+").expect("a valid pattern");
        let answer = |step: &&str| match step.strip_prefix('/') {
            Some(_) => self.get(step),
            None => references.replace_all(&self.say(&format!("{step}\n")), "@").replace(self.map().as_str(), "MAP"),
        };
        steps.iter().map(|step| format!("{step} -> {}", answer(step))).collect()
    }

    fn map(&self) -> String {
        self.place.dir.join("map").display().to_string()
    }

    /// Says `text` to the runtime socket and no more; what it answers.
    fn say(&self, text: &str) -> String {
        let mut stream = UnixStream::connect(self.place.dir.join("sock")).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        // What is refused need not be read to its end.
        let _ = stream.write_all(text.replace("MAP", &self.map()).as_bytes());
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The body of the answer to a request for `path`.
    fn get(&self, path: &str) -> String {
        let mut client = Peer::new(std::net::TcpStream::connect(("127.0.0.1", self.port)).expect("it listens"));
        client.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).expect("it reads");
        let answer =
            client.take(&Want::Message, Duration::from_secs(5)).unwrap_or_else(|| panic!("{}", self.proxy.said()));
        let text = String::from_utf8_lossy(&answer).into_owned();
        text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or(text)
    }
}
