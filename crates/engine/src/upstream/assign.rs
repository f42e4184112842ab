//! A place on a server: which one, and waiting for it where it is full.

use crate::{
    fault::{Fault, Kind, Phase},
    state::{Process, ProxyState, queue::Waiter},
    worker::Worker,
};
use std::{
    rc::Rc,
    sync::{Arc, atomic::Ordering::Relaxed},
};

/// A request's place on a server, counted against `maxconn` until it is dropped.
#[derive(Debug)]
pub struct Slot {
    process: Arc<Process>,
    pub proxy: usize,
    pub server: usize,
}

impl Slot {
    /// Counts a place that [`crate::state::ServerState::take_slot`] has claimed.
    fn claimed(worker: &Worker, proxy: usize, server: usize) -> Slot {
        let slot = Slot { process: worker.process.clone(), proxy, server };
        if let Some(state) = slot.state() {
            state.back.served.up();
            if let Some(at) = state.servers.get(server) {
                at.demand.note(at.served.get());
            }
            state.moved(server);
        }
        slot
    }

    fn state(&self) -> Option<&ProxyState> {
        self.process.proxies.get(self.proxy)
    }
}

impl Drop for Slot {
    /// Gives the place to whoever has waited longest for it.
    fn drop(&mut self) {
        let Some(state) = self.state() else { return };
        state.back.served.down();
        give_back(state, self.server);
    }
}

/// Frees a claimed place of a server.
fn give_back(state: &ProxyState, server: usize) {
    let Some(at) = state.servers.get(server) else { return };
    at.served.down();
    if at.is_running() {
        state.queues.hand_over(server, || at.take_slot(state.back.sessions.get()));
    }
    state.moved(server);
}

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    /// The hash of the request's key.
    pub key: Option<u32>,
    /// The server that persistence, or `use-server`, names.
    pub pinned: Option<usize>,
    /// The server that has just failed: to be avoided if there is another.
    pub avoid: Option<usize>,
    /// Class and offset, where it has to wait: see [`crate::state::queue::Queues::join`].
    pub priority: (i16, i32),
}

/// What [`assign`] can say at once.
#[derive(Debug)]
pub enum Assigned {
    Slot(Slot),
    /// In line: [`Line::wait`] for it.
    Line(Line),
}

/// A place in a queue.
#[derive(Debug)]
pub struct Line {
    worker: Rc<Worker>,
    proxy: usize,
    server: Option<usize>,
    pub waiter: Arc<Waiter>,
    settled: bool,
}

/// Finds a server with a free place, or gets in line for one (manual, sections 2.1 and 4.2 `fullconn`, `timeout queue`).
pub fn assign(worker: &Rc<Worker>, proxy: usize, wish: Wish) -> Result<Assigned, Fault> {
    let none = Fault::new(Kind::NoServer, Phase::Connect);
    let state = worker.process.proxies.get(proxy).ok_or(none)?;
    let server = match wish.pinned {
        Some(server) => Some(server),
        None => state.pick(wish.key, &mut || worker.random(), wish.avoid),
    };
    let Some(server) = server else {
        return if state.usable() == 0 {
            Err(none)
        } else {
            Ok(Assigned::Line(line_up(worker, proxy, state, None, wish.priority)))
        };
    };
    let at = state.servers.get(server).ok_or(none)?;
    let limited = at.maxconn.load(Relaxed) > 0;
    if (!limited || at.queued.get() == 0) && at.take_slot(state.back.sessions.get()) {
        return Ok(Assigned::Slot(Slot::claimed(worker, proxy, server)));
    }
    let maxqueue =
        worker.process.config.proxies.get(proxy).and_then(|p| p.servers.get(server)).map_or(0, |s| s.maxqueue);
    if maxqueue > 0 && at.queued.get() >= maxqueue {
        return Err(Fault::new(Kind::NoServer, Phase::Queue));
    }
    Ok(Assigned::Line(line_up(worker, proxy, state, Some(server), wish.priority)))
}

fn line_up(worker: &Rc<Worker>, proxy: usize, state: &ProxyState, server: Option<usize>, priority: (i16, i32)) -> Line {
    let waiter = state.queues.join(server, priority, worker.ms());
    state.back.queued.up();
    if let Some(s) = server.and_then(|s| state.servers.get(s)) {
        s.queued.up();
    }
    // A place may have become free between the look and the queue: nobody else would hand it over.
    let backups = !state.servers.iter().any(|at| at.is_usable() && !at.backup);
    for (i, at) in state.servers.iter().enumerate() {
        if server.is_none_or(|s| s == i) && at.is_usable() && at.backup == backups {
            state.queues.hand_over(i, || at.take_slot(state.back.sessions.get()));
        }
    }
    Line { worker: worker.clone(), proxy, server, waiter, settled: false }
}

impl Line {
    /// The server this queue is of; `None` is the backend's own.
    pub fn server(&self) -> Option<usize> {
        self.server
    }

    /// Waits for the place; `None`: the server went down, and another one is to be found.
    pub async fn wait(mut self) -> Option<Slot> {
        let server = self.waiter.granted().await;
        self.settled = true;
        self.uncount();
        server.map(|server| Slot::claimed(&self.worker, self.proxy, server))
    }

    fn uncount(&self) {
        let Some(state) = self.worker.process.proxies.get(self.proxy) else { return };
        state.back.queued.down();
        if let Some(s) = self.server.and_then(|s| state.servers.get(s)) {
            s.queued.down();
        }
    }
}

impl Drop for Line {
    /// Leaves the queue; a place that was granted at the last moment goes on to the next.
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        self.uncount();
        let Some(state) = self.worker.process.proxies.get(self.proxy) else { return };
        if let Some(server) = state.queues.leave(self.server, &self.waiter) {
            give_back(state, server);
        }
    }
}
