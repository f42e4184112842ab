//! Scripted servers, and the signals by which scripts wait for each other.

use std::collections::HashMap;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::script::Step;
use crate::harness::peer::{End, Peer, Want};

/// What a step waits at most.
pub(crate) const LIMIT: Duration = Duration::from_secs(6);

/// Named counters: `signal` adds one, `wait` takes one.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    given: Mutex<HashMap<String, u32>>,
    changed: Condvar,
}

impl Signals {
    pub(crate) fn give(&self, name: &str) {
        *self.given.lock().expect("no script panics").entry(name.to_owned()).or_default() += 1;
        self.changed.notify_all();
    }

    /// False when the signal does not come in time.
    pub(crate) fn take(&self, name: &str) -> bool {
        let given = self.given.lock().expect("no script panics");
        let none = |given: &mut HashMap<String, u32>| given.get(name).is_none_or(|n| *n == 0);
        let (mut given, waited) = self.changed.wait_timeout_while(given, LIMIT, none).expect("no script panics");
        if let Some(n) = given.get_mut(name).filter(|_| !waited.timed_out()) {
            *n -= 1;
        }
        !waited.timed_out()
    }
}

/// What came on each connection of a server, in the order in which they were opened.
type Received = Arc<Mutex<Vec<Vec<u8>>>>;

/// A server that plays its scripts until it is ended.
#[derive(Debug)]
pub(crate) struct Server {
    port: u16,
    stop: Arc<AtomicBool>,
    received: Received,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `listener` with `scripts`, one for each connection, the last for all later ones.
    pub(crate) fn start(
        listener: TcpListener,
        scripts: Vec<Vec<Step>>,
        signals: Arc<Signals>,
    ) -> std::io::Result<Self> {
        let port = listener.local_addr()?.port();
        let (stop, received) = (Arc::new(AtomicBool::new(false)), Received::default());
        let (stopped, seen) = (stop.clone(), received.clone());
        let accepting = std::thread::spawn(move || {
            let mut serving = Vec::new();
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let script = scripts.get(serving.len().min(scripts.len() - 1)).cloned().unwrap_or_default();
                let (signals, seen) = (signals.clone(), seen.clone());
                let number = serving.len();
                serving.push(std::thread::spawn(move || serve(Peer::new(stream), &script, &signals, number, &seen)));
            }
            serving.into_iter().for_each(|t| drop(t.join()));
        });
        Ok(Self { port, stop, received, accepting: Some(accepting) })
    }

    /// Ends the server once its connections are closed, and gives what came on each.
    pub(crate) fn finish(mut self) -> Vec<Vec<u8>> {
        self.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        self.accepting.take().map(JoinHandle::join);
        std::mem::take(&mut *self.received.lock().expect("no script panics"))
    }
}

fn serve(mut peer: Peer, script: &[Step], signals: &Signals, number: usize, received: &Received) {
    if run(&mut peer, script, signals) {
        peer.read_quiet(LIMIT);
    }
    let mut all = received.lock().expect("no script panics");
    if all.len() <= number {
        all.resize(number + 1, Vec::new());
    }
    if let Some(place) = all.get_mut(number) {
        *place = peer.seen;
    }
}

/// Plays a script; false when it closes the connection itself.
fn run(peer: &mut Peer, script: &[Step], signals: &Signals) -> bool {
    loop {
        for step in script {
            match step {
                Step::Send(bytes) => drop(peer.send(bytes)),
                Step::Read(want) => {
                    if !peer.read(want, LIMIT) {
                        return true;
                    }
                    if *want == Want::End {
                        peer.seen.extend(ending(peer.end));
                    }
                }
                Step::HalfClose => peer.half_close(),
                Step::Close => return false,
                Step::Reset => {
                    peer.reset();
                    return false;
                }
                Step::Signal(name) => signals.give(name),
                Step::Wait(name) => drop(signals.take(name)),
                Step::Loop => break,
                Step::Await(..) | Step::Cli(_) | Step::On(..) | Step::Stat(..) => {}
            }
        }
        if script.last() != Some(&Step::Loop) {
            return true;
        }
    }
}

/// How the end of a connection is shown among its bytes.
pub(crate) fn ending(end: End) -> &'static [u8] {
    match end {
        End::Closed => b"\n<closed>",
        End::Open => b"\n<open>",
        End::Reset => b"\n<reset>",
    }
}
