//! The life of a session: accepted, judged, spoken with, logged.

pub mod accept;
pub mod answer;
pub mod checkcache;
pub mod client;
pub mod exchange;
pub mod forward;
pub mod forwarded;
pub mod h1;
pub mod h2;
pub mod health;
pub mod http;
pub mod introduction;
pub mod lounge;
pub mod opened;
pub mod opening;
pub mod persist;
pub mod relay;
pub mod respond;
pub mod retry;
pub mod route;
pub mod rulesets;
pub mod server;
pub mod tcp;
pub mod transport;
pub mod tunnel;
pub mod unique_id;
pub mod up;
pub mod upload;
pub mod websocket;

use crate::{deadline::Deadline, state::ProxyState, upstream::own::Own, worker::Worker};
use config::{Config, Proxy};
use rules::Protocol;
use sample::{
    Conn, Stream,
    stream::{Scope, Vars},
    table::Counters,
};
use std::{
    rc::Rc,
    sync::Arc,
    time::{Instant, SystemTime},
};

/// One accepted connection and what it carries from exchange to exchange.
#[derive(Debug)]
pub struct Session {
    pub worker: Rc<Worker>,
    pub config: Arc<Config>,
    /// Index of the frontend among the proxies.
    pub frontend: usize,
    /// Index of the `bind` line within it.
    pub bind: usize,
    pub client: Conn,
    pub accepted: Instant,
    pub accept_date: SystemTime,
    pub deadline: Deadline,
    /// Idle connections to servers that only this client may use again.
    pub private: Own,
    /// The server used last, for `option prefer-last-server` and after a 401.
    pub last_server: Option<(usize, usize)>,
    pub requests: u32,
    /// Variables of the `sess` scope, between two streams.
    pub vars: Vars,
    /// The entries of stick tables that its streams track.
    pub counters: Counters,
    /// How a session that began in TCP mode became one in HTTP.
    pub upgrade: Option<Upgrade>,
    /// It keeps its task while it is idle, since the lounge had no place for it.
    pub restless: bool,
}

/// A session in TCP mode goes on in HTTP: `switch-mode http`, or a backend in HTTP mode (manual, section 4).
#[derive(Debug, Clone, Copy)]
pub struct Upgrade {
    pub protocol: Protocol,
    /// The backend that was chosen before, for the request that comes next.
    pub backend: Option<usize>,
}

impl Session {
    pub fn proxy(&self) -> &Proxy {
        &self.config.proxies[self.frontend]
    }

    /// Whether it may be worth it to give up its task while it is idle: there are many, and it has nothing of its own to keep.
    pub fn may_rest(&self) -> bool {
        let process = &self.worker.process;
        let own = !self.private.is_empty() || !self.vars.is_empty() || !self.counters.is_empty();
        let plain = !own && self.upgrade.is_none();
        plain && !self.restless && process.connections.get() / process.threads.max(1) as u32 >= lounge::CROWD
    }

    pub fn state(&self) -> &ProxyState {
        &self.worker.process.proxies[self.frontend]
    }

    /// A stream of this session, with what is known from the connection.
    pub fn stream(&mut self) -> Stream {
        let mut stream = Stream::new(self.accepted, self.accept_date);
        stream.vars = std::mem::take(&mut self.vars);
        stream.counters = self.counters.for_stream();
        stream.client = self.client.clone();
        stream.frontend = self.frontend;
        stream.first_request = self.requests == 0;
        stream.number = self.worker.process.next_stream.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        stream
    }

    /// Goes on in HTTP: the variables and addresses that the rules have set by now are kept for the next stream, and
    /// so is what they track.
    fn upgraded(&mut self, upgrade: Upgrade, stream: &mut Stream) {
        self.upgrade = Some(upgrade);
        self.client = stream.client.clone();
        self.counters.keep(&mut stream.counters);
        self.vars = std::mem::take(&mut stream.vars);
    }

    /// Whether the content rules have seen the next request already: as raw bytes, before the session became HTTP.
    pub fn inspected(&self) -> bool {
        self.upgrade.is_some() && self.requests == 0
    }

    /// Takes back what the session keeps of a stream that is over.
    pub fn ended(&mut self, stream: &mut Stream) {
        for scope in [Scope::Txn, Scope::Req, Scope::Res] {
            stream.vars.end(scope);
        }
        self.vars = std::mem::take(&mut stream.vars);
        stream.counters.end();
    }
}
