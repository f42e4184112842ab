//! What one thread of the engine has for itself.

use crate::{
    log::Log,
    session::lounge::Lounge,
    state::Process,
    upstream::{live::Live, multi::Lines, pool::Pool},
};
use config::ir::ErrorAnswer;
use sample::{
    Absent, Cx, Env, Value,
    env::{ErrorPage, ProcessFact, ProxyFact, ServerFact},
    stream::VarId,
};
use source::{Place, Span};
use std::{
    cell::Cell,
    net::IpAddr,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Instant, SystemTime},
};
use wire::http1::Limits;

/// A thread's own state. Connections of the thread share it through an `Rc`.
#[derive(Debug)]
pub struct Worker {
    pub process: Arc<Process>,
    pub number: usize,
    pub pool: Pool,
    pub lines: Lines,
    pub live: Live,
    pub lounge: Lounge,
    pub log: Log,
    random: Cell<u64>,
}

impl Worker {
    pub fn new(process: Arc<Process>, number: usize, log: Log) -> Worker {
        let seed = process.started_at.duration_since(SystemTime::UNIX_EPOCH).map_or(1, |d| d.as_nanos() as u64);
        let (pool, live) = (Pool::new(&process.config), Live::new(&process.config));
        let lines = Lines::new(&process.config);
        Worker {
            process,
            number,
            pool,
            lines,
            live,
            lounge: Lounge::default(),
            log,
            random: Cell::new(seed ^ (number as u64 + 1).wrapping_mul(MIX)),
        }
    }

    /// A pseudo-random number, good enough to spread load.
    pub fn random(&self) -> u32 {
        let x = self.random.get().wrapping_add(MIX);
        self.random.set(x);
        let mixed = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed >> 32) as u32
    }

    /// The limits of HTTP/1 heads, from the configuration.
    pub fn limits(&self, accept_unsafe_violations: bool) -> Limits {
        let tune = &self.process.config.global.tune;
        Limits {
            buffer: tune.bufsize,
            reserve: tune.maxrewrite,
            fields: tune.http_maxhdr,
            accept_unsafe_violations,
            ..Limits::default()
        }
    }

    /// Milliseconds since the process started.
    pub fn ms(&self) -> u64 {
        self.process.ms(Instant::now())
    }
}

/// Step of the generator: the odd number nearest to 2^64 divided by the golden ratio.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

impl Env for Worker {
    fn random(&self) -> u32 {
        Worker::random(self)
    }

    fn utc_offset(&self, at: SystemTime) -> i32 {
        let seconds = at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64);
        self.log.zone.offset(seconds)
    }

    fn hostname(&self) -> &str {
        &self.process.hostname
    }

    fn pid(&self) -> u32 {
        self.process.pid
    }

    fn proxy_name(&self, proxy: usize) -> &str {
        let proxy = self.process.config.proxies.get(proxy);
        proxy.and_then(|p| std::str::from_utf8(&p.name).ok()).unwrap_or("")
    }

    fn server_name(&self, proxy: usize, server: usize) -> &str {
        let servers = self.process.config.proxies.get(proxy).map(|p| &p.servers);
        servers.and_then(|s| s.get(server)).and_then(|s| std::str::from_utf8(&s.name).ok()).unwrap_or("")
    }

    fn find_proxy(&self, name: &[u8], backend: bool) -> Option<usize> {
        let fits = |p: &config::Proxy| if backend { p.kind.is_backend() } else { p.kind.is_frontend() };
        self.process.config.proxies.iter().position(|p| fits(p) && p.name == name)
    }

    fn find_server(&self, backend: usize, name: &[u8]) -> Option<usize> {
        self.process.config.proxies.get(backend)?.servers.iter().position(|s| s.name == name)
    }

    fn capture_len(&self, frontend: usize, response: bool, slot: usize) -> Option<usize> {
        let proxy = self.process.config.proxies.get(frontend)?;
        let slots = if response { &proxy.res_captures } else { &proxy.req_captures };
        slots.get(slot).map(|capture| capture.len)
    }

    fn map(&self, map: usize) -> Option<&sample::map::Map> {
        self.process.config.maps.get(map)
    }

    fn variable(&self, name: &[u8]) -> Option<&[u8]> {
        self.process.environment().get(name).map(Vec::as_slice)
    }

    fn acl_set(&self, set: usize) -> Option<&sample::map::Map> {
        self.process.config.acl_sets.get(set).map(|set| &*set.map)
    }

    fn table(&self, table: usize) -> Option<&Arc<sample::table::Table>> {
        self.process.config.tables.get(table)
    }

    fn public_key(&self, name: &[u8]) -> Option<&sample::crypt::key::PublicKey> {
        self.process.config.keys.iter().find(|key| key.name == name)
    }

    fn head_limit(&self) -> usize {
        self.process.config.global.tune.bufsize
    }

    fn proxy(&self, proxy: usize, what: ProxyFact) -> Option<i64> {
        let state = self.process.proxies.get(proxy)?;
        let config = self.process.config.proxies.get(proxy)?;
        let ms = self.ms();
        Some(match what {
            ProxyFact::SessionRate if config.kind.is_frontend() => state.front.session_rate.get(ms).into(),
            ProxyFact::SessionRate => state.back.session_rate.get(ms).into(),
            ProxyFact::RequestRate => state.front.request_rate.get(ms).into(),
            ProxyFact::Connections if config.kind.is_frontend() => state.front.sessions.get().into(),
            ProxyFact::Connections => state.back.sessions.get().into(),
            ProxyFact::FreeConnections => free_connections(state),
            ProxyFact::Queue => state.queues.total().into(),
            ProxyFact::AverageQueue => average_queue(state),
            ProxyFact::UsableServers => state.usable() as i64,
            ProxyFact::ConnectionSlots => connection_slots(state, config),
            ProxyFact::Id => config.id.into(),
            ProxyFact::DefaultBackend => config.default_backend? as i64,
            ProxyFact::ClientTimeout => millis(config.timeouts.client)?,
            ProxyFact::ConnectTimeout => millis(config.timeouts.connect)?,
            ProxyFact::QueueTimeout => millis(config.timeouts.queue)?,
            ProxyFact::ServerTimeout => millis(config.timeouts.server)?,
            ProxyFact::TarpitTimeout => millis(config.timeouts.tarpit)?,
            ProxyFact::TunnelTimeout => millis(config.timeouts.tunnel)?,
        })
    }

    fn server(&self, proxy: usize, server: usize, what: ServerFact) -> Option<i64> {
        let state = self.process.proxies.get(proxy)?.servers.get(server)?;
        let config = self.process.config.proxies.get(proxy)?.servers.get(server)?;
        Some(match what {
            ServerFact::Connections => state.served.get().into(),
            ServerFact::FreeConnections => match state.maxconn.load(Relaxed) {
                0 => -1,
                max => i64::from(max.saturating_sub(state.served.get())),
            },
            ServerFact::Id => config.id.into(),
            ServerFact::InitialWeight => state.initial_weight.into(),
            ServerFact::IsUp => state.is_usable().into(),
            ServerFact::Queue => state.queued.get().into(),
            ServerFact::SessionRate => state.session_rate.get(self.ms()).into(),
            ServerFact::UserWeight | ServerFact::Weight => state.weight.load(Relaxed).into(),
        })
    }

    fn process(&self, what: ProcessFact) -> i64 {
        let process = &self.process;
        match what {
            ProcessFact::ActiveConnections => process.connections.get().into(),
            ProcessFact::Calls => crate::contain::calls().into(),
            ProcessFact::CpuUsage => (100 - process.meter.idle_pct.load(Relaxed).min(100)).into(),
            ProcessFact::Threads => process.threads as i64,
            ProcessFact::Stopping => (process.told.load(Relaxed) || process.is_stopping()).into(),
            ProcessFact::Thread => self.number as i64,
            ProcessFact::Uptime => process.uptime().as_secs() as i64,
        }
    }

    fn listener(&self, proxy: usize, bind: usize) -> Option<(&str, i64)> {
        let bind = self.process.config.proxies.get(proxy)?.binds.get(bind)?;
        let name = bind.name.as_deref().and_then(|n| std::str::from_utf8(n).ok()).unwrap_or("");
        Some((name, bind.id.into()))
    }

    fn authenticate(&self, userlist: usize, user: &[u8], password: &[u8]) -> bool {
        self.process.config.userlists.get(userlist).is_some_and(|list| list.check(user, password))
    }

    fn in_group(&self, userlist: usize, user: &[u8], group: &[u8]) -> bool {
        self.process.config.userlists.get(userlist).is_some_and(|list| list.in_group(user, group))
    }

    fn error_page(&self, proxy: usize, status: u16) -> Option<ErrorPage<'_>> {
        let errors = &self.process.config.proxies.get(proxy)?.errors;
        let (_, answer) = errors.iter().rev().find(|(s, _)| *s == status)?;
        Some(match &**answer {
            ErrorAnswer::File(raw) => ErrorPage::File(raw),
            ErrorAnswer::Location(code, url) => ErrorPage::Location(*code, url),
        })
    }

    fn proc_var(&self, id: VarId) -> Option<Value<'static>> {
        self.process.proc_vars.get(&id).map(|v| v.clone())
    }

    fn proc_vars(&self, visit: &mut dyn FnMut(VarId, &Value<'_>)) {
        self.process.proc_vars.iter().for_each(|entry| visit(*entry.key(), entry.value()));
    }

    fn var_name(&self, id: VarId) -> Option<&[u8]> {
        self.process.config.vars.name(id)
    }

    fn place(&self, span: Span) -> Option<Place<'_>> {
        Some(self.process.config.files.place(span))
    }

    fn acl(&self, acl: usize, cx: &Cx<'_>) -> Result<bool, Absent> {
        let acl = self.process.config.acls.get(acl).ok_or(Absent::Missing)?;
        acl.eval(cx, false).map_err(|_| Absent::NotYet)
    }

    /// The kernel lets a socket be bound to addresses of its own alone.
    fn is_local(&self, address: IpAddr) -> bool {
        std::net::UdpSocket::bind((address, 0)).is_ok()
    }

    fn set_proc_var(&self, id: VarId, value: Option<Value<'static>>) {
        match value {
            Some(value) => drop(self.process.proc_vars.insert(id, value)),
            None => drop(self.process.proc_vars.remove(&id)),
        }
    }
}

fn millis(timeout: Option<std::time::Duration>) -> Option<i64> {
    timeout.map(|t| t.as_millis() as i64)
}

/// `be_conn_free`: -1 where any usable server has no limit.
fn free_connections(state: &crate::state::ProxyState) -> i64 {
    let mut free = 0;
    for server in state.servers.iter().filter(|s| s.is_usable()) {
        match server.maxconn.load(Relaxed) {
            0 => return -1,
            max => free += i64::from(max.saturating_sub(server.served.get())),
        }
    }
    free
}

/// `avg_queue`: queued requests for each usable server, rounded up.
fn average_queue(state: &crate::state::ProxyState) -> i64 {
    match state.usable() as i64 {
        0 => i64::from(state.queues.total()) * 2,
        servers => (i64::from(state.queues.total()) + servers - 1) / servers,
    }
}

/// `connslots`: free connections and free places in the queues of all usable servers; -1 = no limit.
fn connection_slots(state: &crate::state::ProxyState, config: &config::Proxy) -> i64 {
    let mut slots = 0;
    for (server, said) in state.servers.iter().zip(&config.servers).filter(|(s, _)| s.is_usable()) {
        let max = server.maxconn.load(Relaxed);
        if max == 0 || said.maxqueue == 0 {
            return -1;
        }
        slots += i64::from(max.saturating_sub(server.served.get()));
        slots += i64::from(said.maxqueue.saturating_sub(server.queued.get()));
    }
    slots
}
