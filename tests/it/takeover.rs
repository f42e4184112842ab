//! Processes take over from each other under load: nothing that a client asks for is lost.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::harness::binary::{self, Reference};
use super::harness::http::message_len;
use super::harness::place::Place;
use super::harness::{pace, say};

const CONFIG: &str = "global
    stats socket @SOCK@ level admin expose-fd listeners
    nbthread 2
    maxconn 500
defaults
    mode http
    timeout client 10s
    timeout server 10s
    timeout connect 10s
frontend fe
    bind @FE@
    http-request return status 200 content-type text/plain string served
";

/// How long one process may take to take over, and the older one to leave.
const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn addresses_are_bound_beside_the_older_process() {
    takeovers(false);
}

#[test]
fn listeners_are_handed_over() {
    takeovers(true);
}

/// evenkeel from itself, HAProxy from evenkeel, HAProxy from itself, evenkeel from HAProxy, and again.
fn takeovers(handed: bool) {
    let turns = std::env::var("TAKEOVERS").ok().and_then(|n| n.parse().ok()).unwrap_or(10);
    let mut place = Place::new().expect("a folder");
    let config = place.fill(CONFIG).expect("ports");
    std::fs::write(place.dir.join("cfg"), config).expect("a file");
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, place.port("FE").expect("a port")));
    let programs = [binary::evenkeel(), binary::evenkeel(), Reference::V2_6.path(), Reference::V2_6.path()];
    let load = Load::default();
    std::thread::scope(|scope| {
        // However this ends, the clients end too.
        let _end = End(&load.over);
        let mut serving = Process::start(&programs[0], &place.dir, None, handed).expect("it starts");
        wait("the first one listens", || TcpStream::connect(address).is_ok());
        for client in 0..6 {
            let load = &load;
            scope.spawn(move || load.run(address, client % 2 == 0));
        }
        for turn in 1..=turns {
            let program = &programs[turn % programs.len()];
            let newer = Process::start(program, &place.dir, Some(serving.0.id()), handed).expect("it starts");
            wait(&format!("turn {turn}: the older one leaves"), || serving.has_ended());
            serving = newer;
            assert_eq!(*load.failures.lock().expect("no panic"), [""; 0], "turn {turn}: {}", program.display());
            let before = load.served.load(Relaxed);
            wait("the newer one serves", || load.served.load(Relaxed) > before + 20);
        }
    });
    let how = if handed { "handed listeners" } else { "bound addresses" };
    say(&format!("{turns} takeovers with {how}: {} requests, none failed", load.served.load(Relaxed)));
}

struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// A proxy, killed with the value.
struct Process(Child);

impl Process {
    fn start(program: &Path, dir: &Path, old: Option<u32>, handed: bool) -> io::Result<Process> {
        let mut command = Command::new(program);
        command.args(["-db", "-f", "cfg"]).current_dir(dir).stdin(Stdio::null());
        if let Some(old) = old {
            command.args(["-sf", &old.to_string()]);
            if handed {
                command.args(["-x", "sock"]);
            }
        }
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(Process)
    }

    fn has_ended(&mut self) -> bool {
        self.0.try_wait().is_ok_and(|status| status.is_some())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait(what: &str, mut so: impl FnMut() -> bool) {
    let limit = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < limit, "not within {PATIENCE:?}: {what}");
        pace(Duration::from_millis(2));
    }
}

/// Clients that never rest.
#[derive(Default)]
struct Load {
    over: AtomicBool,
    served: AtomicU64,
    failures: Mutex<Vec<String>>,
}

impl Load {
    /// Requests on connections that are kept, or on one each.
    fn run(&self, address: SocketAddr, kept: bool) {
        let mut connection: Option<TcpStream> = None;
        while !self.over.load(Relaxed) {
            let reused = connection.is_some();
            let outcome = match connection.take().map_or_else(|| connect(address), Ok) {
                Ok(mut stream) => ask(&mut stream, kept).map(|stays| (stream, stays)),
                Err(e) => Err((e, false)),
            };
            match outcome {
                Ok((stream, stays)) => {
                    self.served.fetch_add(1, Relaxed);
                    connection = Some(stream).filter(|_| kept && stays);
                }
                // A kept connection may be closed while the next request is on its way; clients ask again elsewhere.
                Err((_, false)) if reused => {}
                Err((e, _)) => {
                    if let Ok(mut failures) = self.failures.lock() {
                        failures.push(format!("kept {kept}: {e}"));
                    }
                }
            }
            // The load must leave time for those who serve it.
            pace(Duration::from_micros(300));
        }
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// One request; whether the connection stays, or the fault and whether an answer had begun.
fn ask(stream: &mut TcpStream, keep: bool) -> Result<bool, (io::Error, bool)> {
    let connection = if keep { "keep-alive" } else { "close" };
    let request = format!("GET / HTTP/1.1\r\nhost: t\r\nconnection: {connection}\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(|e| (e, false))?;
    let (mut answer, mut buffer) = (Vec::new(), [0; 1024]);
    while message_len(&answer).is_none() {
        let n = stream.read(&mut buffer).map_err(|e| (e, !answer.is_empty()))?;
        if n == 0 {
            return Err((io::ErrorKind::UnexpectedEof.into(), !answer.is_empty()));
        }
        answer.extend_from_slice(&buffer[..n]);
    }
    let text = String::from_utf8_lossy(&answer);
    if !text.starts_with("HTTP/1.1 200 ") || !text.ends_with("served") {
        return Err((io::Error::other(text.into_owned()), true));
    }
    Ok(!text.to_ascii_lowercase().contains("connection: close"))
}
