//! What statistics are about: frontends, their listeners, servers and backends as they are now.

use crate::state::{
    ProxyState, ServerState,
    process::{BackState, FrontState, ListenerState, Process},
    server::Health,
};
use config::{
    Proxy,
    ir::Mode,
    keyword::{bind::Bind, server::Server},
};
use std::{sync::atomic::Ordering::Relaxed, time::Instant};

/// One line of the statistics.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a> {
    pub process: &'a Process,
    pub config: &'a Proxy,
    pub state: &'a ProxyState,
    pub what: What,
    /// Milliseconds since the process started.
    pub ms: u64,
    /// Servers that are down are left out, so that the backend says how many there are.
    pub filtered: bool,
}

/// Which side of a proxy a line is about; listeners and servers by their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Frontend,
    Backend,
    Server(usize),
    Listener(usize),
}

/// Which lines are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this proxy.
    pub iid: Option<u32>,
    /// Bits of [`What::bit`].
    pub types: Option<u32>,
    /// Only the object of this number within its proxy.
    pub sid: Option<u32>,
    /// `up`: no servers that are down or in maintenance.
    pub up: bool,
    /// `no-maint`: no servers in maintenance.
    pub no_maint: bool,
    /// Only these proxies, by index; `None` = all.
    pub only: Option<Vec<usize>>,
    /// Only proxies whose name holds this.
    pub scope: Vec<u8>,
}

impl What {
    /// The bit by which `show stat` filters, 1 << `type`.
    pub fn bit(self) -> u32 {
        1 << self.number()
    }

    /// The value of the column `type`.
    pub fn number(self) -> u32 {
        match self {
            What::Frontend => 0,
            What::Backend => 1,
            What::Server(_) => 2,
            What::Listener(_) => 3,
        }
    }

    /// How JSON names it.
    pub fn name(self) -> &'static str {
        ["Frontend", "Backend", "Server", "Listener"][self.number() as usize]
    }
}

impl<'a> Object<'a> {
    pub fn frontend(&self) -> Option<&'a FrontState> {
        (self.what == What::Frontend).then_some(&self.state.front)
    }

    pub fn backend(&self) -> Option<&'a BackState> {
        (self.what == What::Backend).then_some(&self.state.back)
    }

    pub fn server(&self) -> Option<(&'a Server, &'a ServerState)> {
        let What::Server(at) = self.what else { return None };
        self.config.servers.get(at).zip(self.state.servers.get(at))
    }

    pub fn listener(&self) -> Option<(&'a Bind, &'a ListenerState)> {
        let What::Listener(at) = self.what else { return None };
        self.config.binds.get(at).zip(self.state.front.listeners.get(at))
    }

    pub fn is_http(&self) -> bool {
        self.config.mode == Mode::Http
    }

    /// The number within the proxy; 0 for its two sides.
    pub fn sid(&self) -> u32 {
        match (self.server(), self.listener()) {
            (Some((server, _)), _) => server.id,
            (_, Some((bind, _))) => bind.id,
            _ => 0,
        }
    }

    /// The server that decides the health of this one: the one it tracks, else itself.
    pub fn judged_by(&self) -> Option<(&'a Server, &'a ServerState)> {
        let (server, state) = self.server()?;
        let Some((proxy, at)) = server.track else { return Some((server, state)) };
        let config = self.process.config.proxies.get(proxy)?.servers.get(at)?;
        Some((config, self.process.proxies.get(proxy)?.servers.get(at)?))
    }

    fn is_wanted(&self, filter: &Filter) -> bool {
        let sid = filter.sid.is_none_or(|sid| sid == self.sid());
        let server = self.server().is_none_or(|(_, s)| {
            !(filter.no_maint && s.in_maintenance() || filter.up && (s.in_maintenance() || s.health() == Health::Down))
        });
        sid && server && filter.types.is_none_or(|types| types & self.what.bit() != 0)
    }
}

impl Filter {
    fn takes(&self, index: usize, proxy: &Proxy) -> bool {
        let scope = &self.scope;
        !proxy.disabled
            && self.iid.is_none_or(|iid| iid == proxy.id)
            && self.only.as_ref().is_none_or(|only| only.contains(&index))
            && (scope.is_empty() || proxy.name.windows(scope.len()).any(|part| part == scope.as_slice()))
    }
}

/// The lines of a proxy: the frontend, its listeners, the servers in order, the backend.
pub fn of_proxy<'a>(process: &'a Process, index: usize, filter: &'a Filter) -> impl Iterator<Item = Object<'a>> {
    let both = process.config.proxies.get(index).zip(process.proxies.get(index));
    let ms = process.ms(Instant::now());
    let filtered = filter.up || filter.no_maint;
    both.into_iter().flat_map(move |(config, state)| {
        let listeners = if config.options.socket_stats { config.binds.len() } else { 0 };
        let front = config.kind.is_frontend().then_some(What::Frontend);
        let back = config.kind.is_backend().then_some(What::Backend);
        let servers = (0..config.servers.len()).map(What::Server);
        let all = front.into_iter().chain((0..listeners).map(What::Listener)).chain(servers).chain(back);
        let object = move |what| Object { process, config, state, what, ms, filtered };
        all.map(object).filter(move |object| object.is_wanted(filter))
    })
}

/// Indices of the proxies that a filter takes.
pub fn proxies<'a>(process: &'a Process, filter: &'a Filter) -> impl Iterator<Item = usize> + 'a {
    let all = process.config.proxies.iter().enumerate();
    all.filter(|(index, proxy)| filter.takes(*index, proxy)).map(|(index, _)| index)
}

/// Every line that a filter takes.
pub fn objects<'a>(process: &'a Process, filter: &'a Filter) -> impl Iterator<Item = Object<'a>> {
    proxies(process, filter).flat_map(move |index| of_proxy(process, index, filter))
}

/// Sessions that a frontend may have: its own limit, else that of the process.
pub fn session_limit(object: &Object<'_>, front: &FrontState) -> u32 {
    match front.maxconn.load(Relaxed) {
        0 => object.process.maxconn.load(Relaxed),
        limit => limit,
    }
}
