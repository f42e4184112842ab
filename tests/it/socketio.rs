//! The article's site: socket.io's own server and client, with the article's configuration between them.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::harness::place::Place;
use crate::harness::proxy::Proxy;
use crate::harness::{binary, root, say};

/// What `clients.js` reports of forty clients when it killed one of three servers.
const WANTED: [(&str, u32); 5] =
    [("stuck", 40), ("early", 0), ("moved", HIT_AT_LEAST), ("stuckAgain", HIT_AT_LEAST), ("undisturbed", 26)];
const HIT_AT_LEAST: u32 = 13;

#[test]
fn clients_stick_to_their_servers() {
    let servers: Vec<Server> = ["s1", "s2", "s3"].map(Server::start).into();
    let place = Place::new().expect("a folder");
    let (config, port) = article(&servers);
    let proxy = Proxy::start(&binary::evenkeel(), &place.dir, &config, &[port]).expect("the article's file runs");
    let out = Command::new(binary::needed("node"))
        .arg(folder().join("clients.js"))
        .arg(format!("http://localhost:{port}"))
        .args(servers.iter().map(|s| s.child.id().to_string()))
        .output()
        .expect("node runs");
    let (report, complaint) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    say(&format!("socket.io: {}", report.trim()));
    assert!(out.status.success(), "{complaint}\n{}", proxy.said());
    judge(&report);
}

/// All stick; 40 are spread 13/13/14; those of the killed server stick again elsewhere; the others notice nothing.
fn judge(report: &str) {
    for (name, least) in WANTED {
        let seen = number(report, name);
        assert!(if least == 0 { seen == 0 } else { seen >= least }, "{name} is {seen}: {report}");
    }
    let hit = number(report, "hit");
    assert_eq!((number(report, "moved"), number(report, "stuckAgain")), (hit, hit), "{report}");
    let others = 40 - hit;
    assert_eq!((number(report, "undisturbed"), number(report, "othersStuck")), (others, others), "{report}");
    let mut spread = ["s1", "s2", "s3"].map(|server| number(report, server));
    spread.sort_unstable();
    assert_eq!(spread, [13, 13, 14], "{report}");
}

/// The first number of that name in a line of JSON.
fn number(report: &str, name: &str) -> u32 {
    let (_, value) = report.split_once(&format!("\"{name}\":")).unwrap_or_default();
    let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no {name} in {report}"))
}

/// The article's configuration, verbatim but for its ports, and the port of its frontend.
fn article(servers: &[Server]) -> (String, u16) {
    let text = std::fs::read_to_string(root().join("haproxy-configs/article.cfg")).expect("the article's file");
    let port = TcpListener::bind("localhost:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let olds = ["localhost:8200", "localhost:8400", "localhost:8600"];
    let filled = olds.iter().zip(servers).fold(text, |text, (old, server)| {
        assert!(text.contains(old), "the article's file has no {old}");
        text.replace(old, &format!("localhost:{}", server.port))
    });
    assert!(filled.contains("bind localhost:80\n"), "the article's file binds localhost:80");
    (filled.replace("bind localhost:80\n", &format!("bind localhost:{port}\n")), port)
}

fn folder() -> PathBuf {
    let folder = root().join("tests/socketio");
    assert!(folder.join("node_modules").is_dir(), "socket.io is not installed: run `cargo xtask oracle-tools`");
    folder
}

/// One of the article's servers, killed when dropped.
#[derive(Debug)]
struct Server {
    child: Child,
    port: u16,
    /// Kept open, so that the server can go on writing.
    _said: BufReader<ChildStdout>,
}

impl Server {
    fn start(name: &str) -> Self {
        let mut child = Command::new(binary::needed("node"))
            .arg(folder().join("server.js"))
            .arg(name)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let mut said = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let mut line = String::new();
        said.by_ref().take(16).read_line(&mut line).expect("it says its port");
        let port = line.trim().parse().expect("it says its port");
        Self { child, port, _said: said }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
