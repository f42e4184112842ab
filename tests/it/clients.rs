//! Programs of others that drive an HAProxy work with evenkeel unchanged, and see what they see of HAProxy.

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use crate::harness::binary::{self, Reference};
use crate::harness::origin::Origin;
use crate::harness::peer::{Peer, Want};
use crate::harness::place::Place;
use crate::harness::proxy::Proxy;
use crate::harness::say;

const CONFIG: &str = "\
global
    stats socket @SOCK@ level admin
    maxconn 200
    nbthread 1
defaults
    mode http
    timeout connect 2s
    timeout client 4s
    timeout server 4s
frontend fe
    bind @FE@
    default_backend be
backend be
    balance roundrobin
    server s1 @S1@ weight 10
    server s2 @S2@ weight 10
listen stats
    bind @FE2@
    stats enable
    stats uri /
";

#[test]
fn drivers_of_others_work() {
    let [wanted, seen] = [Reference::V2_8.path(), binary::evenkeel()].map(|program| Site::new(&program).driven());
    assert!(wanted.contains("weight 7 True 7"), "the driver does not even drive HAProxy:\n{wanted}");
    assert_eq!(seen, wanted);
    say(&format!("haproxyadmin and haproxy-stats: {} answers as from HAProxy", seen.lines().count()));
}

#[test]
fn curl_reads_the_csv() {
    let site = Site::new(&binary::evenkeel());
    let csv =
        output(Command::new(binary::needed("curl")).args(["-sf", &format!("http://127.0.0.1:{}/;csv", site.stats)]));
    let header = csv.lines().next().unwrap_or_default();
    assert!(header.starts_with("# pxname,svname,qcur,qmax,scur,smax,slim,stot,"), "{csv}");
    let columns = header.split(',').count();
    let rows: Vec<Vec<&str>> = csv.lines().skip(1).filter(|l| !l.is_empty()).map(|l| l.split(',').collect()).collect();
    assert!(rows.iter().all(|r| r.len() == columns), "every row has {columns} cells:\n{csv}");
    let names: Vec<(&str, &str)> = rows.iter().map(|r| (r[0], r[1])).collect();
    let wanted = [
        ("fe", "FRONTEND"),
        ("be", "s1"),
        ("be", "s2"),
        ("be", "BACKEND"),
        ("stats", "FRONTEND"),
        ("stats", "BACKEND"),
    ];
    assert_eq!(names, wanted);
    say(&format!("curl: {} rows of {columns} columns", rows.len()));
}

/// A proxy that has served four requests.
struct Site {
    proxy: Proxy,
    place: Place,
    _origins: [Origin; 2],
    /// Port of the page of counters.
    stats: u16,
}

impl Site {
    fn new(program: &Path) -> Self {
        let mut place = Place::new().expect("a folder");
        let config = place.fill(CONFIG).expect("free ports");
        let origins = ["S1", "S2"].map(|name| {
            let socket = place.take(name).expect("a reserved port");
            Origin::start(socket, Arc::from(name)).expect("an origin")
        });
        let (fe, stats) = (place.port("FE").expect("a port"), place.port("FE2").expect("a port"));
        let proxy = Proxy::start(program, &place.dir, &config, &[fe, stats]).expect("the proxy runs");
        let mut client = Peer::new(TcpStream::connect(("127.0.0.1", fe)).expect("it listens"));
        for _ in 0..4 {
            client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("it reads");
            assert!(client.read(&Want::Message, Duration::from_secs(5)), "it answers");
        }
        Self { proxy, place, _origins: origins, stats }
    }

    /// What the drivers say of it.
    fn driven(self) -> String {
        self.proxy.settle().expect("the stats socket answers");
        output(binary::client("drive.py").arg(&self.place.dir).arg(format!("127.0.0.1:{}", self.stats)))
    }
}

fn output(command: &mut Command) -> String {
    let out = command.output().expect("the program runs");
    let complaint = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{command:?} fails:\n{complaint}");
    String::from_utf8_lossy(&out.stdout).into_owned()
}
