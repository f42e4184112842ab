//! Load generator and origin: one thread, one epoll, sockets of both kinds in one table.

mod client;
mod multi;
mod origin;
mod plan;
mod response;

pub(crate) use origin::Reply;
pub(crate) use plan::{Ask, Plan, Style};

use anyhow::{Context, bail};
use client::{Client, Step};
use multi::{Calls, Multi};
use origin::{After, Next, Served};
use rustix::{
    event::{Timespec, epoll},
    fd::{AsFd, OwnedFd},
};
use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    rc::Rc,
    time::{Duration, Instant},
};

/// The whole side of the machine that is not a proxy.
pub(crate) struct Rig {
    epoll: OwnedFd,
    peers: Vec<Option<Peer>>,
    free: Vec<usize>,
    /// Clients between two runs: where they are connected to, and their place among the peers.
    idle: Vec<(SocketAddr, usize)>,
    events: Vec<epoll::Event>,
    scratch: Vec<u8>,
}

#[derive(Debug)]
enum Peer {
    Calls(Calls),
    Client(Client),
    Listener(TcpListener, Rc<Reply>),
    Multi(Box<Multi>),
    Served(Served),
}

/// What a run saw.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) elapsed: Duration,
    /// Nanoseconds from the request (from connecting, where it opens a connection) to the response's last byte; unsorted.
    pub(crate) latencies: Vec<u64>,
}

/// A run under way.
#[derive(Debug)]
struct Run<'a> {
    plan: &'a Plan,
    opened: usize,
    issued: u64,
    finished: u64,
    latencies: Vec<u64>,
    errors: u64,
    first_error: Option<String>,
}

/// A run with more errors than this is not worth finishing.
const MAX_ERRORS: u64 = 100;

impl Rig {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).context("epoll_create")?;
        let (peers, free, idle) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { epoll, peers, free, idle, events: Vec::with_capacity(256), scratch: vec![0; 256 * 1024] })
    }

    /// Opens a listener of the origin on a free port of 127.0.0.1.
    pub(crate) fn serve(&mut self, reply: Reply) -> anyhow::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").context("binding the origin")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        self.insert(Peer::Listener(listener, Rc::new(reply)))?;
        Ok(address)
    }

    /// Drives `plan` to its end. Any wrong, missing or late response is an error of the whole run.
    /// Connections that are still open then stay so; a later run of keep-alive to the same address goes on with them.
    pub(crate) fn run(&mut self, plan: &Plan) -> anyhow::Result<Outcome> {
        let outcome = self.drive(plan);
        if outcome.is_err() {
            self.release();
        }
        outcome
    }

    /// Serves origins and watches held connections for this long, without any load.
    pub(crate) fn settle(&mut self, plan: &Plan, time: Duration) -> anyhow::Result<()> {
        let mut run = Run { issued: plan.requests, finished: plan.requests, ..Run::new(plan) };
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            self.turn(&mut run, left)?;
        }
        run.verdict(time).map(drop)
    }

    /// Closes every client connection.
    pub(crate) fn release(&mut self) {
        self.idle.clear();
        for index in 0..self.peers.len() {
            if matches!(self.peers.get(index), Some(Some(Peer::Client(_) | Peer::Multi(_)))) {
                self.remove(index);
            }
        }
    }

    /// Sends so many requests a second on the connections of earlier runs, each when it is due, or as soon behind that as
    /// a connection is free. Latencies count from when a request was due.
    pub(crate) fn pace(&mut self, plan: &Plan, rate: f64) -> anyhow::Result<Outcome> {
        let mut run = Run { issued: plan.requests, ..Run::new(plan) };
        let (start, mut sent) = (Instant::now(), 0);
        while run.finished < plan.requests && run.errors == 0 && start.elapsed() < plan.limit {
            let due = start + Duration::from_secs_f64(sent as f64 / rate);
            let left = due.saturating_duration_since(Instant::now());
            let idle = self.idle.iter().rposition(|&(address, _)| address == plan.address);
            match idle.filter(|_| left.is_zero() && sent < plan.requests) {
                Some(at) => {
                    let (_, index) = self.idle.remove(at);
                    if let Some(Some(Peer::Client(client))) = self.peers.get_mut(index) {
                        client.resume_due(plan, due).context("sending when it was due")?;
                    }
                    sent += 1;
                }
                // Behind the last, or with nobody free, only answers are waited for.
                None if left.is_zero() => self.turn(&mut run, Duration::from_millis(10))?,
                // Sleeping takes longer than it says: what is due soon is waited for awake.
                None => self.turn(&mut run, left.saturating_sub(Duration::from_micros(100)))?,
            }
        }
        run.verdict(start.elapsed())
    }

    fn drive(&mut self, plan: &Plan) -> anyhow::Result<Outcome> {
        let mut run = Run::new(plan);
        let start = Instant::now();
        for _ in 0..plan.connections {
            self.resume_or_open(&mut run)?;
        }
        while run.finished < plan.requests && run.errors <= MAX_ERRORS && start.elapsed() < plan.limit {
            self.turn(&mut run, Duration::from_millis(100))?;
        }
        run.verdict(start.elapsed())
    }

    /// Waits for events once, at most `time`, and handles them.
    fn turn(&mut self, run: &mut Run<'_>, time: Duration) -> anyhow::Result<()> {
        let time = Timespec { tv_sec: time.as_secs() as i64, tv_nsec: i64::from(time.subsec_nanos()) };
        let mut events = std::mem::take(&mut self.events);
        events.clear();
        match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), Some(&time)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).context("epoll_wait"),
        }
        for event in &events {
            let data = event.data;
            self.handle(data.u64() as usize, run)?;
        }
        self.events = events;
        Ok(())
    }

    fn handle(&mut self, index: usize, run: &mut Run<'_>) -> anyhow::Result<()> {
        // A peer that was closed earlier in the same batch of events is gone; its place may have a new owner,
        // whose read then finds nothing yet.
        match self.peers.get_mut(index) {
            Some(Some(Peer::Listener(..))) => self.accept(index)?,
            Some(Some(Peer::Served(served))) => match served.ready(&mut self.scratch) {
                Ok(Next::Close) | Err(_) => self.remove(index),
                Ok(next) => watch(&self.epoll, served, index, next)?,
            },
            Some(Some(Peer::Calls(calls))) => {
                if calls.ready(&mut self.scratch).is_err() {
                    self.remove(index);
                }
            }
            Some(Some(Peer::Client(client))) => {
                let step = client.ready(run, &mut self.scratch);
                self.after_step(index, step, run)?;
            }
            Some(Some(Peer::Multi(multi))) => {
                let step = multi.ready(run, &mut self.scratch);
                self.after_step(index, step, run)?;
            }
            Some(None) | None => {}
        }
        Ok(())
    }

    fn after_step(&mut self, index: usize, step: Result<Step, String>, run: &mut Run<'_>) -> anyhow::Result<()> {
        match step {
            Ok(Step::Wait) => return Ok(()),
            Ok(Step::Idle) => self.idle.push((run.plan.address, index)),
            Ok(Step::Over) => self.remove(index),
            Err(error) => {
                run.failed(error);
                self.idle.retain(|&(_, idle)| idle != index);
                self.remove(index);
            }
        }
        self.open(run)
    }

    fn resume_or_open(&mut self, run: &mut Run<'_>) -> anyhow::Result<()> {
        let known = self.idle.iter().rposition(|&(address, _)| address == run.plan.address);
        let Some(known) = known.filter(|_| run.plan.style.goes_on()) else { return self.open(run) };
        if !run.issue() {
            return Ok(());
        }
        let (_, index) = self.idle.swap_remove(known);
        let sent = match self.peers.get_mut(index) {
            Some(Some(Peer::Client(client))) => client.resume(run.plan),
            Some(Some(Peer::Multi(multi))) => multi.resume(run),
            _ => Ok(()),
        };
        sent.context("sending on an idle connection")
    }

    /// Opens one more client connection, if the plan has a request left for it.
    fn open(&mut self, run: &mut Run<'_>) -> anyhow::Result<()> {
        if !run.issue() {
            return Ok(());
        }
        if matches!(run.plan.style, Style::Streams(_) | Style::Calls(..)) {
            let multi = Multi::open(run).with_context(|| format!("connecting to {}", run.plan.address))?;
            return self.insert(Peer::Multi(Box::new(multi)));
        }
        let client =
            Client::open(run.plan, run.opened).with_context(|| format!("connecting to {}", run.plan.address))?;
        run.opened += 1;
        self.insert(Peer::Client(client))
    }

    fn accept(&mut self, index: usize) -> anyhow::Result<()> {
        while let Some(Some(Peer::Listener(listener, reply))) = self.peers.get(index) {
            let stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("the origin cannot accept"),
            };
            let reply = Rc::clone(reply);
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            self.insert(match reply.after {
                After::Calls => Peer::Calls(Calls::new(stream)),
                _ => Peer::Served(Served::new(stream, reply)),
            })?;
        }
        Ok(())
    }

    fn insert(&mut self, peer: Peer) -> anyhow::Result<()> {
        let index = self.free.pop().unwrap_or(self.peers.len());
        let data = epoll::EventData::new_u64(index as u64);
        epoll::add(&self.epoll, peer.as_fd(), data, epoll::EventFlags::IN).context("epoll_ctl")?;
        match self.peers.get_mut(index) {
            Some(place) => *place = Some(peer),
            None => self.peers.push(Some(peer)),
        }
        Ok(())
    }

    fn remove(&mut self, index: usize) {
        if self.peers.get_mut(index).is_some_and(|place| place.take().is_some()) {
            self.free.push(index);
        }
    }
}

/// Has the epoll report what a connection of the origin waits for now.
fn watch(epoll: &OwnedFd, served: &mut Served, index: usize, next: Next) -> anyhow::Result<()> {
    if served.watched == next {
        return Ok(());
    }
    let flags = if next == Next::Write { epoll::EventFlags::OUT } else { epoll::EventFlags::IN };
    epoll::modify(epoll, &served.stream, epoll::EventData::new_u64(index as u64), flags).context("epoll_ctl")?;
    served.watched = next;
    Ok(())
}

impl Peer {
    fn as_fd(&self) -> rustix::fd::BorrowedFd<'_> {
        match self {
            Self::Calls(calls) => calls.stream.as_fd(),
            Self::Client(client) => client.stream.as_fd(),
            Self::Listener(listener, _) => listener.as_fd(),
            Self::Multi(multi) => multi.stream.as_fd(),
            Self::Served(served) => served.stream.as_fd(),
        }
    }
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan) -> Self {
        let latencies = Vec::with_capacity(plan.requests as usize);
        Self { plan, opened: 0, issued: 0, finished: 0, latencies, errors: 0, first_error: None }
    }

    /// Takes one of the plan's requests, if any is left.
    fn issue(&mut self) -> bool {
        let left = self.issued < self.plan.requests;
        self.issued += u64::from(left);
        left
    }

    fn failed(&mut self, error: String) {
        self.finished += 1;
        self.errors += 1;
        self.first_error.get_or_insert(error);
    }

    fn verdict(self, elapsed: Duration) -> anyhow::Result<Outcome> {
        let Self { plan, finished, latencies, errors, first_error, .. } = self;
        if let Some(first) = first_error {
            bail!("{errors} of {finished} requests failed; the first: {first}");
        }
        if finished < plan.requests {
            bail!("only {finished} of {} requests were answered within {elapsed:.1?}", plan.requests);
        }
        Ok(Outcome { elapsed, latencies })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs 100 requests of `ask` twice, without a proxy, against an origin that answers `reply`.
    fn check(reply: Reply, ask: Ask, style: Style) -> anyhow::Result<usize> {
        let mut rig = Rig::new()?;
        let address = rig.serve(reply)?;
        let limit = Duration::from_secs(20);
        let plan = Plan { address, connections: 8, requests: 100, asks: vec![ask], style, limit };
        rig.run(&plan)?;
        let outcome = rig.run(&plan)?;
        rig.settle(&plan, Duration::from_millis(1))?;
        Ok(outcome.latencies.len())
    }

    #[test]
    fn a_plan_is_driven_to_its_last_request() -> anyhow::Result<()> {
        assert_eq!(check(Reply::keep_alive(b"hi"), Ask::get("/", "", b"hi"), Style::KeepAlive)?, 100);
        assert_eq!(check(Reply::close(b"hi"), Ask::get("/", "", b"hi"), Style::Close)?, 100);
        assert_eq!(check(Reply::websocket(), Ask::upgrade("/"), Style::Hold)?, 100);
        assert_eq!(check(Reply::keep_alive(b"hi"), Ask::get("/", "", b"hi"), Style::Keep)?, 100);
        assert_eq!(check(Reply::calls(), Ask::get("/", "", b""), Style::Calls(4, 10))?, 100);
        let large = vec![b'x'; 1 << 20];
        assert_eq!(check(Reply::keep_alive(&large), Ask::get("/", "", &large), Style::KeepAlive)?, 100);
        Ok(())
    }

    #[test]
    fn a_wrong_response_fails_the_run() {
        let error =
            |reply, ask, style| check(reply, ask, style).err().map(|error| error.to_string()).unwrap_or_default();
        let told = error(Reply::keep_alive(b"hi"), Ask::get("/", "", b"ho"), Style::KeepAlive);
        assert_eq!(told, "100 of 100 requests failed; the first: another body: \"hi\"");
        let told = error(Reply::keep_alive(b"hi"), Ask::upgrade("/"), Style::Hold);
        assert!(told.ends_with("status 200 instead of 101"), "{told}");
        let told = error(Reply::close(b"hi"), Ask::get("/", "", b"hi"), Style::KeepAlive);
        assert!(told.contains("closed before the response was complete"), "{told}");
    }

    #[test]
    fn nobody_listening_fails_the_run() -> anyhow::Result<()> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let asks = vec![Ask::get("/", "", b"hi")];
        let limit = Duration::from_secs(20);
        let plan = Plan { address, connections: 8, requests: 100, asks, style: Style::KeepAlive, limit };
        assert!(Rig::new()?.run(&plan).is_err());
        Ok(())
    }
}
