//! One server as it is now: its health, its administrative state, its load.

use super::{
    count::{Average, Count, Gauge, PerThread, Rate},
    demand::Demand,
};
use crate::check::health::{self, Bounds};
use config::keyword::server::Server;
use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
};
use tokio::sync::Notify;

/// The mutable side of one `server` line.
#[derive(Debug)]
pub struct ServerState {
    /// Health as the checks see it, see [`Health`].
    health: AtomicU8,
    /// Administrative state: bits of [`admin`].
    admin: AtomicU8,
    /// `weight`, 0 to 256, as set by the configuration or since.
    pub weight: AtomicU32,
    pub initial_weight: u32,
    /// It serves only while no other server can.
    pub backup: bool,
    /// `minconn` and the backend's `fullconn`, where both are set.
    ramp: Option<(u32, u32)>,
    /// Consecutive check results, as HAProxy counts them: 0 to rise+fall-1; up from `rise` on.
    pub check_health: AtomicU32,
    /// Sixteenths of the weight in force while `slowstart` lasts; 0 = all of it.
    pub warm_steps: AtomicU32,
    /// Milliseconds since the process started at which the state last changed.
    pub changed: AtomicU64,
    /// Seconds spent down before the last change.
    pub downtime: AtomicU64,
    pub maxconn: AtomicU32,
    /// Requests and sessions that have a place on it: `scur`.
    pub served: Gauge,
    pub queued: Gauge,
    pub demand: Demand,
    /// Connections kept idle, by all threads.
    pub idle: Gauge,
    pub session_rate: Rate,
    pub counts: PerThread<ServerCounts>,
    pub times: ServerTimes,
    /// Seconds since the start of the last session given to it, plus one; 0 = none.
    pub last_session: AtomicU64,
    pub last_check: Mutex<LastCheck>,
    /// `disable health`: no more checks until further notice.
    pub checks_paused: AtomicBool,
    /// Consecutive errors of the traffic, as `observe` counts them; and the word that the next check is wanted soon.
    pub observed_errors: AtomicU32,
    pub check_soon: Notify,
    /// Given when its sessions are to end, with the first letter of their termination state.
    pub cut: Cut,
    /// The address in force; `None` = not an Internet address, or a name that does not resolve.
    addr: RwLock<Option<SocketAddr>>,
    /// The value that a `dynamic` cookie has for this server.
    cookie: RwLock<Option<Vec<u8>>>,
    /// Set when a run-time command changed the cookie-less name of the address's source.
    pub addr_changed: AtomicBool,
}

/// Counters of a server, one set a thread. The names are those of the statistics.
#[derive(Debug, Default)]
pub struct ServerCounts {
    pub stot: Count,
    pub bin: Count,
    pub bout: Count,
    pub dresp: Count,
    pub econ: Count,
    pub eresp: Count,
    pub eint: Count,
    pub wretr: Count,
    pub wredis: Count,
    pub wrew: Count,
    pub lbtot: Count,
    pub chkfail: Count,
    pub chkdown: Count,
    pub hanafail: Count,
    pub cli_abrt: Count,
    pub srv_abrt: Count,
    pub connect: Count,
    pub reuse: Count,
    pub req_tot: Count,
    /// Bytes of requests sent on, and of responses received.
    pub reqbout: Count,
    pub resbin: Count,
    /// Bytes that the kernel moved by itself, from the server and to it.
    pub spliced_in: Count,
    pub spliced_out: Count,
    /// `hrsp_1xx` to `hrsp_5xx`, then `hrsp_other`.
    pub responses: [Count; 6],
}

/// Averages of the phases, in milliseconds.
#[derive(Debug, Default)]
pub struct ServerTimes {
    pub queue: Average,
    pub connect: Average,
    pub response: Average,
    pub total: Average,
}

/// What the last health check found.
#[derive(Debug, Clone, Default)]
pub struct LastCheck {
    /// `L4OK`, `L7STS`, …; empty = never checked.
    pub status: &'static str,
    /// HTTP status or the like; 0 = none.
    pub code: u32,
    pub duration_ms: u64,
    /// What `last_chk` shows.
    pub text: String,
    /// Whether one is running now.
    pub running: bool,
}

/// Health, leaving aside what an administrator said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Down,
    Up,
    /// Answers, but asks for no new clients: `disable-on-404`.
    Stopping,
}

/// The end of all sessions of a server, where that is configured: `on-marked-down`, `on-marked-up`.
#[derive(Debug, Default)]
pub struct Cut {
    why: AtomicU8,
    notify: Notify,
}

impl Cut {
    /// Ends the sessions that are [awaiting](Cut::given) it.
    pub fn give(&self, why: u8) {
        self.why.store(why, Relaxed);
        self.notify.notify_waiters();
    }

    /// Ready when it is given, from the moment of this call on.
    pub fn given(&self) -> impl Future<Output = u8> {
        let notified = self.notify.notified();
        async {
            notified.await;
            self.why.load(Relaxed)
        }
    }
}

/// Bits of the administrative state.
pub mod admin {
    /// Maintenance asked for by a command or by `disabled`.
    pub const MAINT: u8 = 1;
    /// Maintenance because the server that it tracks is in maintenance.
    pub const TRACKED_MAINT: u8 = 2;
    /// Drain asked for by a command.
    pub const DRAIN: u8 = 4;
    /// Drain because the server that it tracks drains.
    pub const TRACKED_DRAIN: u8 = 8;
    /// `disabled` in the configuration; shows as such in `show servers state`.
    pub const CONFIG_MAINT: u8 = 16;
}

impl ServerState {
    pub fn new(server: &Server, fullconn: u32, threads: usize) -> ServerState {
        let addr = match server.address {
            config::keyword::address::Address::Ip(ip, port) => Some(SocketAddr::new(ip, port)),
            _ => None,
        };
        let disabled = if server.disabled { admin::MAINT | admin::CONFIG_MAINT } else { 0 };
        let start = server.check.as_ref().map_or(0, |check| Bounds::of(check).start(server.init_state));
        ServerState {
            health: AtomicU8::new(health::initial(server.init_state) as u8),
            admin: AtomicU8::new(disabled),
            weight: AtomicU32::new(server.weight),
            initial_weight: server.weight,
            backup: server.backup,
            ramp: Some((server.minconn, fullconn)).filter(|(min, full)| *min > 0 && *full > 0),
            check_health: AtomicU32::new(start),
            warm_steps: AtomicU32::new(0),
            changed: AtomicU64::new(0),
            downtime: AtomicU64::new(0),
            maxconn: AtomicU32::new(server.maxconn),
            served: Gauge::default(),
            queued: Gauge::default(),
            demand: Demand::default(),
            idle: Gauge::default(),
            session_rate: Rate::default(),
            counts: PerThread::new(threads),
            times: ServerTimes::default(),
            last_session: AtomicU64::new(0),
            last_check: Mutex::default(),
            checks_paused: AtomicBool::new(false),
            observed_errors: AtomicU32::new(0),
            check_soon: Notify::new(),
            cut: Cut::default(),
            addr: RwLock::new(addr),
            cookie: RwLock::new(None),
            addr_changed: AtomicBool::new(false),
        }
    }

    pub fn health(&self) -> Health {
        match self.health.load(Relaxed) {
            0 => Health::Down,
            1 => Health::Up,
            _ => Health::Stopping,
        }
    }

    /// Changes the health; says what it was.
    pub fn set_health(&self, to: Health) -> Health {
        let was = self.health();
        self.health.store(to as u8, Relaxed);
        was
    }

    pub fn admin(&self) -> u8 {
        self.admin.load(Relaxed)
    }

    /// Sets and clears bits of the administrative state; says what it was.
    pub fn set_admin(&self, set: u8, clear: u8) -> u8 {
        self.admin.fetch_update(Relaxed, Relaxed, |a| Some((a & !clear) | set)).unwrap_or_default()
    }

    pub fn in_maintenance(&self) -> bool {
        self.admin() & (admin::MAINT | admin::TRACKED_MAINT) != 0
    }

    pub fn is_draining(&self) -> bool {
        self.admin() & (admin::DRAIN | admin::TRACKED_DRAIN) != 0
    }

    /// Whether it answers at all: persistent clients may still go to it.
    pub fn is_running(&self) -> bool {
        self.health() != Health::Down && !self.in_maintenance()
    }

    /// Whether new clients may go to it, its weight aside.
    pub fn is_eligible(&self) -> bool {
        self.health() == Health::Up && !self.in_maintenance() && !self.is_draining()
    }

    /// Whether new clients may go to it.
    pub fn is_usable(&self) -> bool {
        self.is_eligible() && self.weight.load(Relaxed) > 0
    }

    pub fn addr(&self) -> Option<SocketAddr> {
        *self.addr.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set_addr(&self, ip: IpAddr, port: u16) {
        *self.addr.write().unwrap_or_else(PoisonError::into_inner) = Some(SocketAddr::new(ip, port));
    }

    /// The value of a `dynamic` cookie; a server with a `cookie` of its own has none.
    pub fn cookie(&self) -> Option<Vec<u8>> {
        self.cookie.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets what [`ServerState::cookie`] gives, from the secret and the address in force; without a secret it is nothing.
    pub fn make_cookie(&self, key: Option<&[u8]>) {
        let value = key.zip(self.addr()).map(|(key, addr)| crate::session::persist::dynamic_value(key, addr));
        *self.cookie.write().unwrap_or_else(PoisonError::into_inner) = value;
    }

    /// Whether one more request fits under [the limit](ServerState::limit), and if so counts it.
    pub fn take_slot(&self, load: u32) -> bool {
        self.served.up_to(self.limit(load))
    }

    /// Whether a request would have to wait for it.
    pub fn is_full(&self, load: u32) -> bool {
        let limit = self.limit(load);
        limit > 0 && (self.served.get() >= limit || self.queued.get() > 0)
    }

    /// The requests that it may have at the same time, 0 = no limit: `maxconn`, or what `minconn` makes of it as long as its
    /// backend has less `load` than `fullconn`. During a slow start less fits.
    pub fn limit(&self, load: u32) -> u32 {
        let maxconn = self.maxconn.load(Relaxed);
        let limit = match self.ramp {
            Some((minconn, fullconn)) if minconn < maxconn && load < fullconn => {
                let share = u64::from(load) * u64::from(maxconn) / u64::from(fullconn);
                (share as u32).max(minconn)
            }
            _ => maxconn,
        };
        match (limit, self.warm_steps.load(Relaxed)) {
            (0, _) | (_, 0) => limit,
            (limit, steps) => (limit * steps / balance::SCALE).max(1),
        }
    }

    /// The weight in force: less than `weight` during a slow start.
    pub fn weight_now(&self) -> u32 {
        let weight = self.weight.load(Relaxed);
        match self.warm_steps.load(Relaxed) {
            0 => weight,
            steps => (weight * steps).div_ceil(balance::SCALE),
        }
    }

    pub fn check_result(&self) -> LastCheck {
        self.last_check.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set_check_running(&self, running: bool) {
        self.last_check.lock().unwrap_or_else(PoisonError::into_inner).running = running;
    }

    pub fn set_check_result(&self, result: LastCheck) {
        *self.last_check.lock().unwrap_or_else(PoisonError::into_inner) = result;
    }
}
