//! The running process: its configuration, the state of its proxies, its counters.

use super::{
    count::{Average, Count, Gauge, PerThread, Rate},
    meter::Meter,
    queue::Queues,
    server::{ServerCounts, ServerState},
};
use crate::{
    handover::Handed,
    listener::{self, Listener},
    session::accept::Entry,
    steer,
    upstream::{farm, live::Kills},
};
use balance::{Balancer, Load, Loads};
use config::{
    Config, Proxy,
    ir::{EnvStep, Mode},
    keyword::{address::Address, life::Spread},
};
use socket2::Socket;
use std::{
    collections::HashMap,
    io,
    net::Shutdown,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock,
        atomic::{
            AtomicBool, AtomicU32, AtomicU64,
            Ordering::{Relaxed, SeqCst},
        },
    },
    time::{Duration, Instant, SystemTime},
};
use wire::http1::CaseMap;

/// Everything the threads share.
#[derive(Debug)]
pub struct Process {
    pub config: Arc<Config>,
    /// In the order of `config.proxies`.
    pub proxies: Vec<ProxyState>,
    /// `h1-case-adjust`; `None` = every name is written in lower case.
    pub case: Option<Arc<CaseMap>>,
    pub threads: usize,
    pub started: Instant,
    pub started_at: SystemTime,
    pub hostname: String,
    pub pid: u32,
    /// Connections of all frontends, limited by the global `maxconn`.
    pub connections: Gauge,
    pub maxconn: AtomicU32,
    /// What `maxconn` was at the start.
    pub hard_maxconn: u32,
    /// How often that limit was met.
    pub maxconn_reached: AtomicU32,
    pub connection_rate: Rate,
    pub session_rate: Rate,
    /// `set rate-limit`; 0 = none.
    pub connection_rate_limit: AtomicU32,
    pub session_rate_limit: AtomicU32,
    pub ssl_rate_limit: AtomicU32,
    pub compression_rate_limit: AtomicU32,
    pub meter: Meter,
    pub counts: PerThread<ProcessCounts>,
    /// It was told to finish, but goes on for the time of `grace`.
    pub told: AtomicBool,
    /// The drain has begun: no new connections, and idle ones are closed.
    pub stopping: AtomicBool,
    /// When that was.
    stopped_at: OnceLock<Instant>,
    /// Number of the next stream.
    pub next_stream: AtomicU32,
    /// Values of the variables of the `proc` scope.
    pub proc_vars: dashmap::DashMap<sample::stream::VarId, sample::Value<'static>>,
    /// Woken when a connection ends, for listeners that wait at a limit.
    pub free: tokio::sync::Notify,
    /// Woken when `stopping` changes.
    pub stop: tokio::sync::Notify,
    /// Tasks that accept connections; the last of them end in the drain.
    pub listening: Gauge,
    /// The listeners' sockets, which the threads have handles of too; empty once the drain has begun.
    listeners: Mutex<Vec<Listener>>,
    /// The sockets of `stats socket`, as long as they may be given away.
    pub controls: Mutex<Vec<Socket>>,
    /// The listeners' sockets were given to another process.
    given_away: AtomicBool,
    environment: OnceLock<HashMap<Vec<u8>, Vec<u8>>>,
    /// `shutdown sessions server`.
    pub kills: Kills,
    /// The second in which it was last said that descriptors or memory are used up.
    pub exhausted: AtomicU64,
    pub log_samplers: crate::log::Samplers,
    pub dropped_logs: AtomicU64,
    /// How often listeners were [muted](Process::mute).
    pub mutes: AtomicU32,
}

#[derive(Debug, Default)]
pub struct ProcessCounts {
    pub connections: Count,
    pub requests: Count,
    pub bytes_out: Count,
    pub failed_checks: Count,
    pub recycled: Count,
    /// Bytes that the kernel moved by itself.
    pub spliced: Count,
}

/// One proxy as it is now; a `listen` section uses both sides.
#[derive(Debug)]
pub struct ProxyState {
    pub front: FrontState,
    pub back: BackState,
    pub servers: Vec<ServerState>,
    /// Chooses among `servers`; written when a server's state or weight changes.
    pub balancer: RwLock<Balancer>,
    pub queues: Queues,
    pub is_http: bool,
    /// `disable frontend`, or `disabled`.
    pub paused: AtomicBool,
    dynamic: Mutex<DynamicCookie>,
}

/// `cookie … dynamic` and `dynamic-cookie-key`, as set by the configuration or since.
#[derive(Debug)]
pub struct DynamicCookie {
    pub on: bool,
    pub key: Option<Vec<u8>>,
}

#[derive(Debug)]
pub struct FrontState {
    pub sessions: Gauge,
    pub session_rate: Rate,
    pub connection_rate: Rate,
    pub request_rate: Rate,
    pub maxconn: AtomicU32,
    pub counts: PerThread<FrontCounts>,
    pub listeners: Vec<ListenerState>,
    /// `shutdown frontend`: it will not listen again.
    pub shut_down: AtomicBool,
    /// Lines of its access log: `%lc`.
    pub logged: AtomicU32,
}

#[derive(Debug)]
pub struct ListenerState {
    pub sessions: Gauge,
    pub counts: PerThread<ListenerCounts>,
}

/// Counters of a listener, one set a thread.
#[derive(Debug, Default)]
pub struct ListenerCounts {
    pub stot: Count,
    pub bin: Count,
    pub bout: Count,
}

/// Counters of a frontend, one set a thread. The names are those of the statistics.
#[derive(Debug, Default)]
pub struct FrontCounts {
    pub stot: Count,
    pub conn_tot: Count,
    pub bin: Count,
    pub bout: Count,
    pub dreq: Count,
    pub dresp: Count,
    pub ereq: Count,
    pub dcon: Count,
    pub dses: Count,
    pub eint: Count,
    pub wrew: Count,
    pub req_tot: Count,
    /// Bytes of requests sent on to servers, and of their responses.
    pub reqbout: Count,
    pub resbin: Count,
    /// Bytes that the kernel moved by itself, from clients and to them.
    pub spliced_in: Count,
    pub spliced_out: Count,
    pub intercepted: Count,
    /// `hrsp_1xx` to `hrsp_5xx`, then `hrsp_other`.
    pub responses: [Count; 6],
    pub h1sess: Count,
    pub h2sess: Count,
    pub h1req: Count,
    pub h2req: Count,
    pub sess_other: Count,
    pub req_other: Count,
}

#[derive(Debug, Default)]
pub struct BackState {
    pub sessions: Gauge,
    /// Requests in all queues, kept for its maximum: `qmax`.
    pub queued: Gauge,
    /// Requests being served by any server.
    pub served: Gauge,
    pub session_rate: Rate,
    pub times: BackTimes,
    /// Seconds since the start of the last session, plus one; 0 = none.
    pub last_session: AtomicU64,
    /// Milliseconds since the process started at which it last went up or down, and seconds spent down before.
    pub changed: AtomicU64,
    pub downtime: AtomicU64,
    pub is_down: AtomicBool,
    /// The backend's own counters, those of its servers left aside.
    pub counts: Option<PerThread<BackCounts>>,
}

/// Counters of a backend, one set a thread.
#[derive(Debug, Default)]
pub struct BackCounts {
    /// Those that a backend shares with its servers.
    pub common: ServerCounts,
    pub dreq: Count,
    pub chkdown: Count,
}

#[derive(Debug, Default)]
pub struct BackTimes {
    pub queue: Average,
    pub connect: Average,
    pub response: Average,
    pub total: Average,
}

impl Process {
    pub fn new(config: Arc<Config>, threads: usize, maxconn: u32) -> Process {
        let proxies: Vec<_> = config.proxies.iter().map(|p| ProxyState::new(p, threads, maxconn)).collect();
        begin_tracking(&config, &proxies);
        let hostname = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let mut case = CaseMap::default();
        config.global.case_adjust.iter().for_each(|(from, to)| _ = case.insert(from, to));
        Process {
            proxies,
            case: (!case.is_empty()).then(|| Arc::new(case)),
            threads,
            started: Instant::now(),
            started_at: SystemTime::now(),
            hostname,
            pid: std::process::id(),
            connections: Gauge::default(),
            maxconn: AtomicU32::new(maxconn),
            hard_maxconn: maxconn,
            maxconn_reached: AtomicU32::new(0),
            connection_rate_limit: AtomicU32::new(0),
            session_rate_limit: AtomicU32::new(0),
            ssl_rate_limit: AtomicU32::new(0),
            compression_rate_limit: AtomicU32::new(0),
            meter: Meter::default(),
            connection_rate: Rate::default(),
            session_rate: Rate::default(),
            counts: PerThread::new(threads),
            told: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            stopped_at: OnceLock::new(),
            exhausted: AtomicU64::new(0),
            next_stream: AtomicU32::new(0),
            proc_vars: dashmap::DashMap::new(),
            free: tokio::sync::Notify::new(),
            stop: tokio::sync::Notify::new(),
            listening: Gauge::default(),
            listeners: Mutex::default(),
            controls: Mutex::default(),
            given_away: AtomicBool::new(false),
            environment: OnceLock::new(),
            kills: Kills::default(),
            log_samplers: crate::log::Samplers::new(&config),
            dropped_logs: AtomicU64::new(0),
            mutes: AtomicU32::new(0),
            config,
        }
    }

    /// The environment of the process, with what the configuration has set in it: read when it is first asked for.
    pub fn environment(&self) -> &HashMap<Vec<u8>, Vec<u8>> {
        use std::os::unix::ffi::OsStringExt;
        self.environment.get_or_init(|| {
            let all = std::env::vars_os().map(|(name, value)| (name.into_vec(), value.into_vec()));
            let mut all: HashMap<_, _> = all.collect();
            for step in &self.config.global.environment {
                match step {
                    EnvStep::Set(name, value) => drop(all.insert(name.clone(), value.clone())),
                    EnvStep::Preset(name, value) => drop(all.entry(name.clone()).or_insert_with(|| value.clone())),
                    EnvStep::Unset(names) => names.iter().for_each(|name| drop(all.remove(name))),
                    EnvStep::Reset(names) => all.retain(|name, _| names.contains(name)),
                }
            }
            all
        })
    }

    /// Milliseconds since the start, as rates and state changes count them.
    pub fn ms(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.started).as_millis() as u64
    }

    pub fn ms_now(&self) -> u64 {
        self.ms(Instant::now())
    }

    pub fn listeners(&self) -> MutexGuard<'_, Vec<Listener>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops listening on the sockets of some frontends; their sessions go on. Inherited sockets go on listening, for
    /// they are not ours alone; their connections wait.
    pub fn mute(&self, of: impl Fn(usize) -> bool) {
        for listener in self.listeners().iter().filter(|l| of(l.entry.frontend) && !self.is_inherited(l.entry)) {
            if let Err(e) = listener.socket.shutdown(Shutdown::Both) {
                tracing::warn!("a listener could not be paused: {e}");
            }
        }
        // Who sees neither this nor the pause has not seen the socket closed either.
        self.mutes.fetch_add(1, SeqCst);
    }

    /// Listens again.
    ///
    /// # Errors
    /// The first of the listeners' errors; the others listen.
    pub fn unmute(&self, of: impl Fn(usize) -> bool) -> io::Result<()> {
        let mut result = Ok(());
        for listener in self.listeners().iter().filter(|l| of(l.entry.frontend) && !self.is_inherited(l.entry)) {
            let backlog = listener::backlog(&self.config, listener.entry).min(i32::MAX as u32);
            result = result.and(listener.socket.listen(backlog as i32));
        }
        result
    }

    fn is_inherited(&self, entry: Entry) -> bool {
        let bind = self.config.proxies.get(entry.frontend).and_then(|p| p.binds.get(entry.bind));
        bind.is_some_and(|bind| matches!(bind.address, Address::Fd(_)))
    }

    /// Bytes sent to clients since the start.
    pub fn bytes_out(&self) -> u64 {
        self.proxies.iter().map(|p| p.front.counts.sum(|c| &c.bout)).fold(0, u64::wrapping_add)
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Relaxed)
    }

    /// Whether another process has the same socket: what waits for it is not lost when this one closes it.
    pub fn is_shared(&self, entry: Entry) -> bool {
        self.given_away.load(Relaxed) || self.is_inherited(entry)
    }

    /// What this process listens with, to be given to a newer one.
    pub fn offered(&self) -> Vec<Handed> {
        self.given_away.store(true, Relaxed);
        let interface =
            |entry: Entry| self.config.proxies.get(entry.frontend)?.binds.get(entry.bind)?.interface.clone();
        let handed = |socket: &Socket, interface: Option<Vec<u8>>| {
            Some(Handed { socket: socket.try_clone().ok()?, interface: interface.unwrap_or_default() })
        };
        let listeners =
            self.listeners().iter().filter_map(|l| handed(&l.socket, interface(l.entry))).collect::<Vec<_>>();
        let controls = self.controls.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.into_iter().chain(controls.iter().filter_map(|socket| handed(socket, None))).collect()
    }

    /// Leads new connections to a socket that listens to the same address: see [`steer`].
    pub fn steer(&self, place: u32) {
        let listeners = self.listeners();
        listeners.iter().filter(|l| listener::local(l).is_some()).for_each(|l| steer::to(&l.socket, place));
    }

    /// Whether a connection is to be closed for the drain's sake, behind what it carries now. `draw` spreads the
    /// connections over `close-spread-time`.
    pub fn parts(&self, draw: u32) -> bool {
        let Some(since) = self.stopped_at.get() else { return false };
        match self.config.global.close_spread {
            None => true,
            Some(Spread::Never) => false,
            Some(Spread::Over(time)) => since.elapsed() >= share(time, draw),
        }
    }

    /// Waits until an idle connection is to be closed for the drain's sake.
    pub async fn parting(&self, draw: u32) {
        let stop = self.stop.notified();
        if !self.is_stopping() {
            stop.await;
        }
        match self.config.global.close_spread {
            None => {}
            Some(Spread::Never) => std::future::pending().await,
            Some(Spread::Over(time)) => tokio::time::sleep(share(time, draw)).await,
        }
    }

    /// Begins the drain.
    pub fn stop(&self) {
        self.steer(steer::NEXT);
        self.listeners().clear();
        self.controls.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.stopped_at.get_or_init(Instant::now);
        self.stopping.store(true, Relaxed);
        self.stop.notify_waiters();
    }

    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }
}

/// The part of a time that a draw stands for.
fn share(time: Duration, draw: u32) -> Duration {
    time.mul_f64(f64::from(draw) / f64::from(u32::MAX))
}

impl ListenerState {
    fn new(threads: usize) -> ListenerState {
        ListenerState { sessions: Gauge::default(), counts: PerThread::new(threads) }
    }
}

impl ProxyState {
    pub fn new(proxy: &Proxy, threads: usize, maxconn: u32) -> ProxyState {
        let fullconn = if proxy.fullconn > 0 { proxy.fullconn } else { maxconn.div_ceil(10) };
        let servers: Vec<_> = proxy.servers.iter().map(|s| ServerState::new(s, fullconn, threads)).collect();
        let balancer = farm::balancer(proxy, &servers);
        let state = ProxyState {
            front: FrontState {
                sessions: Gauge::default(),
                session_rate: Rate::default(),
                connection_rate: Rate::default(),
                request_rate: Rate::default(),
                maxconn: AtomicU32::new(proxy.maxconn),
                counts: PerThread::new(threads),
                listeners: proxy.binds.iter().map(|_| ListenerState::new(threads)).collect(),
                shut_down: AtomicBool::new(false),
                logged: AtomicU32::new(0),
            },
            back: BackState { counts: Some(PerThread::new(threads)), ..BackState::default() },
            servers,
            balancer: RwLock::new(balancer),
            queues: Queues::default(),
            is_http: proxy.mode == Mode::Http,
            paused: AtomicBool::new(proxy.disabled),
            dynamic: Mutex::new(DynamicCookie {
                on: proxy.cookie.as_ref().is_some_and(|cookie| cookie.dynamic),
                key: proxy.cookie.as_ref().and_then(|cookie| cookie.dynamic_key.clone()),
            }),
        };
        state.change_dynamic(proxy, |_| {});
        state
    }

    /// Changes how dynamic cookies are made, and makes those of the servers anew that have none of their own.
    pub fn change_dynamic(&self, proxy: &Proxy, change: impl FnOnce(&mut DynamicCookie)) {
        let mut dynamic = self.dynamic.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut dynamic);
        let key = dynamic.key.as_deref().filter(|_| dynamic.on);
        let without = proxy.servers.iter().zip(&self.servers).filter(|(said, _)| said.cookie.is_none());
        without.for_each(|(_, state)| state.make_cookie(key));
    }

    /// Tells the balancer how a server is now; to be called after each change of its state or weight.
    pub fn server_changed(&self, proxy: &Proxy, server: usize) {
        let (Some(configured), Some(state)) = (proxy.servers.get(server), self.servers.get(server)) else { return };
        let seen = farm::seen(configured, state);
        self.balancer.write().unwrap_or_else(PoisonError::into_inner).update(server, seen);
    }

    /// Asks the balancer; see [`Balancer::pick`].
    pub fn pick(&self, key: Option<u32>, rand: &mut dyn FnMut() -> u32, avoid: Option<usize>) -> Option<usize> {
        self.balancer.read().unwrap_or_else(PoisonError::into_inner).pick(key, self, rand, avoid)
    }

    /// Number of servers that traffic is spread over.
    pub fn usable(&self) -> usize {
        self.balancer.read().unwrap_or_else(PoisonError::into_inner).usable()
    }

    /// Tells the balancer that a server's load changed.
    pub fn moved(&self, server: usize) {
        let load = self.load(server);
        self.balancer.read().unwrap_or_else(PoisonError::into_inner).moved(server, load);
    }
}

/// Gives servers that track another one the state in which that one starts.
fn begin_tracking(config: &Config, proxies: &[ProxyState]) {
    let at = |(p, s): (usize, usize)| Some((config.proxies.get(p)?.servers.get(s)?, proxies.get(p)?.servers.get(s)?));
    for (proxy, now) in config.proxies.iter().zip(proxies) {
        for (s, (said, state)) in
            proxy.servers.iter().zip(&now.servers).enumerate().filter(|(_, (s, _))| s.track.is_some())
        {
            let Some((_, root)) =
                std::iter::successors(said.track.and_then(at), |(said, _)| said.track.and_then(at)).last()
            else {
                continue;
            };
            state.set_health(root.health());
            if root.in_maintenance() {
                state.set_admin(super::server::admin::TRACKED_MAINT, 0);
            }
            now.server_changed(proxy, s);
        }
    }
}

impl Loads for ProxyState {
    fn load(&self, server: usize) -> Load {
        let Some(state) = self.servers.get(server) else { return Load::default() };
        Load {
            served: state.served.get(),
            queued: state.queued.get(),
            maxconn: state.limit(self.back.sessions.get()),
            maxqueue: 0,
            rate: 0,
        }
    }

    fn total(&self) -> u32 {
        self.back.served.get()
    }
}
