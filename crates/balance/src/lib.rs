//! HAProxy's load-balancing algorithms over plain numbers: no sockets, no clock, no configuration.
//!
//! The caller keeps the servers' loads where it likes (atomics, say) and shows them through [`Loads`]. It
//! builds one [`Balancer`] a backend, tells it of every change of a server ([`Balancer::update`], rare) and
//! asks it for a server ([`Balancer::pick`], every request). `pick` takes `&self`: a `RwLock<Balancer>` read by
//! every thread and written upon changes is what it is made for. Hash picks only read; the rotating algorithms
//! hold a mutex of their own for some nanoseconds. No pick allocates or looks at more servers than it must.
//!
//! A hashing backend turns its key into a number first: [`key`] finds the bytes of the key in a request,
//! [`HashType::bytes`] and [`HashType::address`] make the number.

mod farm;
mod first;
pub mod hash;
pub mod key;
mod leastconn;
mod map;
mod random;
mod ring;
mod roundrobin;
pub mod sim;
mod sticky;
mod weight;

use std::fmt::Debug;

use farm::Farm;

pub use hash::{Function, HashType, Method};
pub use ring::NodeKey;
pub use weight::{SCALE, slowstart};

/// What the balancer has to know of a server. Its place in the list given to [`Balancer::new`] is its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Server {
    /// `id`: the order of `balance first`.
    pub id: u32,
    /// Where the server's nodes begin on the ring, made by [`NodeKey::seed`].
    pub seed: u32,
    /// Effective weight in sixteenths: `weight` times [`SCALE`], less while [`slowstart`] lasts. 0: draining.
    pub weight: u32,
    /// It may be given traffic: neither down, nor in maintenance, nor stopping.
    pub up: bool,
    pub backup: bool,
}

impl Server {
    /// A server that is up, of weight 1, no backup, known on the ring by its id.
    pub fn new(id: u32) -> Server {
        Server { id, seed: NodeKey::Id(id).seed(), weight: SCALE, up: true, backup: false }
    }

    /// The server with the configuration's `weight` (0..=256) at full speed.
    pub fn weight(self, weight: u32) -> Server {
        Server { weight: weight.min(256) * SCALE, ..self }
    }

    fn usable(&self) -> bool {
        self.up && self.weight > 0
    }
}

/// `balance`, in the words of the manual. `source`, `uri`, `url_param`, `hdr`, `rdp-cookie` and `hash` are all
/// [`Algorithm::Hash`]: they differ in the key only.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Algorithm {
    First,
    Hash,
    LeastConn,
    /// The number of draws; the manual's default is 2.
    Random(u32),
    RoundRobin,
    StaticRr,
    Sticky,
}

/// `hash-preserve-affinity`: when a full server is passed over by consistent hashing.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Affinity {
    #[default]
    Always,
    MaxConn,
    MaxQueue,
}

/// The lines of a backend that say how to balance.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Settings {
    pub algorithm: Algorithm,
    /// The method of `hash-type`. Its function was used by the caller to make the key.
    pub method: Method,
    /// `hash-balance-factor` in percent; 0: not bounded. Obeyed by consistent hashing and by `random`.
    pub factor: u32,
    pub affinity: Affinity,
    /// `option allbackups`
    pub allbackups: bool,
}

impl Settings {
    pub fn new(algorithm: Algorithm) -> Settings {
        Settings { algorithm, method: Method::MapBased, factor: 0, affinity: Affinity::Always, allbackups: false }
    }

    /// Weights may change while servers are up. A static algorithm takes a weight when the server comes up, has
    /// no `slowstart`, and `set weight` accepts nothing but `0%` and `100%` for it.
    pub fn dynamic(&self) -> bool {
        match self.algorithm {
            Algorithm::Hash => self.method == Method::Consistent,
            Algorithm::LeastConn | Algorithm::Random(_) | Algorithm::RoundRobin => true,
            Algorithm::First | Algorithm::StaticRr | Algorithm::Sticky => false,
        }
    }
}

/// The load of one server now.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Load {
    /// Requests (or connections) it is serving.
    pub served: u32,
    /// Requests in its own queue.
    pub queued: u32,
    /// The limit in force (`maxconn`, or what `minconn`, `fullconn` and `slowstart` make of it); 0: none.
    pub maxconn: u32,
    /// `maxqueue`; 0: none.
    pub maxqueue: u32,
    /// Requests in the last second, used by `random` between equals.
    pub rate: u32,
}

impl Load {
    /// One more request would have to wait.
    pub fn full(&self) -> bool {
        self.maxconn > 0 && (self.queued > 0 || self.served >= self.maxconn)
    }

    /// One more request would not even find room in the queue.
    fn queue_full(&self) -> bool {
        self.maxconn > 0 && self.maxqueue > 0 && self.full() && self.queued >= self.maxqueue
    }
}

/// The loads of a backend, as its owner counts them.
pub trait Loads {
    /// The load of the server at this place of the list.
    fn load(&self, server: usize) -> Load;

    /// Requests served by all servers together, those in queues not among them, for `hash-balance-factor`.
    fn total(&self) -> u32;
}

/// One question to the balancer.
struct Ask<'a> {
    key: Option<u32>,
    loads: &'a dyn Loads,
    rand: &'a mut dyn FnMut() -> u32,
    avoid: Option<usize>,
}

/// What an algorithm does. One file each.
trait Policy: Debug + Send + Sync {
    fn pick(&self, farm: &Farm, ask: &mut Ask<'_>) -> Option<usize>;

    /// The server changed; `farm` shows how it is now.
    fn update(&mut self, farm: &Farm, server: usize);

    /// The server's load changed.
    fn moved(&self, _server: usize, _load: Load) {}
}

/// Chooses servers for one backend.
#[derive(Debug)]
pub struct Balancer {
    farm: Farm,
    policy: Box<dyn Policy>,
}

impl Balancer {
    pub fn new(settings: Settings, servers: Vec<Server>) -> Balancer {
        let farm = Farm::new(servers, settings.allbackups);
        let policy: Box<dyn Policy> = match settings.algorithm {
            Algorithm::First => Box::new(first::First::new(&farm)),
            Algorithm::Hash if settings.method == Method::Consistent => {
                Box::new(ring::Consistent::new(&farm, settings))
            }
            Algorithm::Hash | Algorithm::StaticRr => Box::new(map::Map::new(&farm)),
            Algorithm::LeastConn => Box::new(leastconn::LeastConn::new(&farm)),
            Algorithm::Random(draws) => Box::new(random::Random::new(&farm, settings, draws)),
            Algorithm::RoundRobin => Box::new(roundrobin::RoundRobin::new(&farm)),
            Algorithm::Sticky => Box::new(sticky::Sticky::new(&farm)),
        };
        Balancer { farm, policy }
    }

    /// The server for a request, or `None` when the request has to wait in the backend's queue (every server
    /// the algorithm would take is full) or when [`Balancer::usable`] is 0.
    ///
    /// `key` is the hash of a hashing backend, `None` where the request has no key: those go round-robin. `avoid`
    /// is the server that has just failed the request; it is taken only when there is no other. `rand` gives 32
    /// random bits; only `random` calls it.
    pub fn pick(
        &self,
        key: Option<u32>,
        loads: &dyn Loads,
        rand: &mut dyn FnMut() -> u32,
        avoid: Option<usize>,
    ) -> Option<usize> {
        match self.farm.first_backup() {
            Some(server) => Some(server),
            None if self.farm.used().is_empty() => None,
            None => self.policy.pick(&self.farm, &mut Ask { key, loads, rand, avoid }),
        }
    }

    /// The server's state, weight or address changed.
    pub fn update(&mut self, server: usize, now: Server) {
        if self.farm.set(server, now) {
            self.policy.update(&self.farm, server);
        }
    }

    /// To be called after each change of a server's `served`: `leastconn` keeps its servers in order of load. (As in
    /// HAProxy, a change of `queued` counts when `served` changes next.) The other algorithms ignore it.
    pub fn moved(&self, server: usize, load: Load) {
        self.policy.moved(server, load);
    }

    /// How many servers share the traffic now: those up, or the backups that stand in for them.
    pub fn usable(&self) -> usize {
        self.farm.used().len()
    }

    /// The servers as they were last told.
    pub fn servers(&self) -> &[Server] {
        self.farm.servers()
    }
}
