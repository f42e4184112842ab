//! Connections to servers that carry many requests at once, shared as `http-reuse` lets them be (manual, section 4.2).

use super::pool::Announced;
use crate::{
    io::Io,
    session::h2::{mux::Mux, server::Owner},
    state::Process,
};
use config::{Config, keyword::options::Reuse};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Instant,
};

/// A connection, whether requests are on it or not.
#[derive(Debug)]
pub struct Line {
    pub mux: Rc<RefCell<Mux>>,
    pub io: Rc<Io>,
    /// The client that it was opened or taken for.
    pub owner: Cell<Owner>,
    pub announced: Announced,
}

/// What a request may have.
#[derive(Debug)]
pub struct Wanted<'a> {
    pub reuse: Reuse,
    /// It is its client's first.
    pub first: bool,
    pub owner: Owner,
    pub announced: &'a Announced,
    /// `max-reuse`: requests that a connection carries behind its first.
    pub limit: Option<u32>,
}

/// The connections of a thread by proxy and server.
#[derive(Debug)]
pub struct Lines {
    servers: Vec<Vec<RefCell<Vec<Rc<Line>>>>>,
}

impl Lines {
    pub fn new(config: &Config) -> Lines {
        let lists = |p: &config::Proxy| p.servers.iter().map(|_| RefCell::default()).collect();
        Lines { servers: config.proxies.iter().map(lists).collect() }
    }

    /// A connection with room for another request, that this one may have.
    pub fn find(&self, at: (usize, usize), wanted: &Wanted<'_>) -> Option<Rc<Line>> {
        let mut list = self.list(at)?.borrow_mut();
        if let Some(limit) = wanted.limit {
            list.iter().filter(|line| line.mux.borrow().receive.count > limit).for_each(|line| line.retire());
        }
        list.retain(|line| !line.mux.borrow().is_ending());
        let line = list.iter().find(|line| line.suits(wanted))?;
        line.owner.set(wanted.owner);
        Some(line.clone())
    }

    pub fn add(&self, at: (usize, usize), line: Rc<Line>) {
        if let Some(list) = self.list(at) {
            list.borrow_mut().push(line);
        }
    }

    /// Ends connections without requests that are idle for longer than `pool-purge-delay`, beyond what is kept anyway,
    /// and those to servers that are down. To be called about once a second.
    pub fn purge(&self, process: &Process, now: Instant) {
        for (p, proxy) in process.config.proxies.iter().enumerate() {
            for (s, server) in proxy.servers.iter().enumerate() {
                let Some(list) = self.list((p, s)) else { continue };
                let state = process.proxies.get(p).and_then(|p| p.servers.get(s));
                let running = state.is_some_and(|s| s.is_running());
                self.trim((p, s), server.pool_max_conn);
                let keep = if running { server.pool_low_conn as usize } else { 0 };
                let mut list = list.borrow_mut();
                let many = list.len().saturating_sub(keep);
                let old = |line: &&Rc<Line>| {
                    let mux = line.mux.borrow();
                    let idle = now.duration_since(mux.idle_since);
                    mux.running == 0 && (!running || idle > server.pool_purge_delay)
                };
                list.iter().filter(old).take(many).for_each(|line| line.retire());
                list.retain(|line| !line.mux.borrow().is_ending());
            }
        }
    }

    /// Ends connections without requests of which there are more than `pool-max-conn`.
    pub fn trim(&self, at: (usize, usize), limit: Option<u32>) {
        let (Some(list), Some(limit)) = (self.list(at), limit) else { return };
        let mut list = list.borrow_mut();
        let idle = list.iter().filter(|line| line.mux.borrow().running == 0);
        idle.skip(limit as usize).for_each(|line| line.retire());
        list.retain(|line| !line.mux.borrow().is_ending());
    }

    /// Lets every connection to a server end: it went down, or its address changed.
    pub fn clear(&self, at: (usize, usize)) {
        if let Some(list) = self.list(at) {
            list.borrow_mut().drain(..).for_each(|line| line.retire());
        }
    }

    fn list(&self, (proxy, server): (usize, usize)) -> Option<&RefCell<Vec<Rc<Line>>>> {
        self.servers.get(proxy).and_then(|p| p.get(server))
    }
}

impl Line {
    /// Whether a request may go here: on its client's own connection, on one that nobody uses, or beside others.
    fn suits(&self, wanted: &Wanted<'_>) -> bool {
        let mux = self.mux.borrow();
        let own = wanted.owner.is_some() && self.owner.get() == wanted.owner;
        let shared = match wanted.reuse {
            Reuse::Never => false,
            Reuse::Safe => !wanted.first && mux.running == 0,
            Reuse::Aggressive => !wanted.first || mux.receive.count > 1,
            Reuse::Always => true,
        };
        let worn = wanted.limit.is_some_and(|limit| mux.receive.count > limit);
        (own || shared) && !worn && mux.has_room() && self.announced == *wanted.announced
    }

    /// Takes no more requests: it ends once those on it have.
    pub fn retire(&self) {
        let mut mux = self.mux.borrow_mut();
        mux.retired = true;
        mux.wake();
    }
}
