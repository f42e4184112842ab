//! Connections to servers, kept by the thread for the next request: `http-reuse` (manual, section 4.2).

use crate::{session::h1::Conn, state::Process};
use config::{Config, keyword::options::Reuse};
use sample::stream::Marks;
use std::{
    cell::RefCell,
    net::SocketAddr,
    task::{Context, Waker},
    time::Instant,
};

/// A connection between two requests.
#[derive(Debug)]
pub struct Idle {
    pub conn: Conn,
    /// When it became idle.
    pub since: Instant,
    /// Requests it has carried.
    pub requests: u32,
    /// No other client may have it: see [`super::own`].
    pub private: bool,
    pub announced: Announced,
}

/// What makes a connection good for some requests only; mostly nothing does.
pub type Announced = Option<Box<Told>>;

/// What was said when a connection was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Whom the PROXY header at its start named, if there was one.
    pub proxied: Option<(Option<SocketAddr>, Option<SocketAddr>)>,
    pub marks: Marks,
}

impl Idle {
    /// Whether the server has said anything, or closed: either way the connection is of no use.
    pub fn is_spoilt(&self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        !self.conn.reader.buffered().is_empty() || self.conn.io().poll_read_ready(&mut cx).is_ready()
    }
}

/// Idle connections by proxy and server, the latest last.
#[derive(Debug)]
pub struct Pool {
    servers: Vec<Vec<RefCell<Vec<Idle>>>>,
}

impl Pool {
    pub fn new(config: &Config) -> Pool {
        let lists = |p: &config::Proxy| p.servers.iter().map(|_| RefCell::default()).collect();
        Pool { servers: config.proxies.iter().map(lists).collect() }
    }

    /// The connection used last that still lives and that `reuse` lets this request have. The first request of a
    /// client may only use a connection that has proven to survive being reused (`aggressive`), or any (`always`).
    pub fn take(
        &self,
        process: &Process,
        at: (usize, usize),
        (reuse, first): (Reuse, bool),
        announced: &Announced,
    ) -> Option<Idle> {
        let needed = match (reuse, first) {
            (Reuse::Never, _) | (Reuse::Safe, true) => return None,
            (Reuse::Aggressive, true) => 2,
            (Reuse::Always, _) | (_, false) => 1,
        };
        let mut list = self.list(at)?.borrow_mut();
        while let Some(from) = list.iter().rposition(|idle| idle.requests >= needed && idle.announced == *announced) {
            let idle = list.remove(from);
            counted(process, at, |gauge| _ = gauge.down());
            if !idle.is_spoilt() {
                return Some(idle);
            }
        }
        None
    }

    /// Keeps a connection, which its place on the server still counts for, unless there are enough: as many as were in use
    /// at the same time lately.
    pub fn put(&self, process: &Process, at: (usize, usize), mut idle: Idle) {
        let said = process.config.proxies.get(at.0).and_then(|p| p.servers.get(at.1));
        let state = process.proxies.get(at.0).and_then(|p| p.servers.get(at.1));
        let (Some(list), Some(said), Some(state)) = (self.list(at), said, state) else { return };
        let kept = state.idle.get();
        let needed = state.demand.needed().max(said.pool_low_conn);
        if said.pool_max_conn.is_some_and(|limit| kept >= limit) || kept + state.served.get() > needed {
            idle.conn.io().reset_on_close();
            return;
        }
        idle.conn.writer.rest();
        list.borrow_mut().push(idle);
        counted(process, at, |gauge| _ = gauge.up());
    }

    /// Closes connections that their servers have closed, those to servers that are down, and those idle for longer than `pool-purge-delay`: half of
    /// them a call, the oldest first. To be called about once a second.
    pub fn purge(&self, process: &Process, now: Instant) {
        for (p, proxy) in process.config.proxies.iter().enumerate() {
            for (s, server) in proxy.servers.iter().enumerate() {
                let Some(list) = self.list((p, s)) else { continue };
                if let Some(state) = process.proxies.get(p).and_then(|p| p.servers.get(s)) {
                    state.demand.age(state.served.get());
                }
                let mut list = list.borrow_mut();
                let before = list.len();
                let running = process.proxies.get(p).and_then(|p| p.servers.get(s)).is_some_and(|s| s.is_running());
                list.retain(|idle| running && !idle.is_spoilt());
                let old = list.iter().filter(|i| now.duration_since(i.since) > server.pool_purge_delay).count();
                list.drain(..old.div_ceil(2)).for_each(|idle| idle.conn.io().reset_on_close());
                (list.len()..before).for_each(|_| counted(process, (p, s), |gauge| _ = gauge.down()));
            }
        }
    }

    /// Closes every idle connection to a server: it went down, or its address changed.
    pub fn clear(&self, process: &Process, at: (usize, usize)) {
        let Some(list) = self.list(at) else { return };
        for idle in list.borrow_mut().drain(..) {
            idle.conn.io().reset_on_close();
            counted(process, at, |gauge| _ = gauge.down());
        }
    }

    fn list(&self, (proxy, server): (usize, usize)) -> Option<&RefCell<Vec<Idle>>> {
        self.servers.get(proxy).and_then(|p| p.get(server))
    }
}

fn counted(process: &Process, (proxy, server): (usize, usize), change: impl FnOnce(&crate::state::Gauge)) {
    if let Some(state) = process.proxies.get(proxy).and_then(|p| p.servers.get(server)) {
        change(&state.idle);
    }
}
