//! `server` and `default-server` lines (manual, section 5.2).

use crate::keyword::{
    address::{Address, Port},
    bind::Proto,
};
use source::Span;
use std::time::Duration;

/// One server of a backend.
#[derive(Debug, Clone)]
pub struct Server {
    pub name: Vec<u8>,
    /// `id`, or the number given in order, from 1.
    pub id: u32,
    pub span: Span,
    /// The port within is meaningful when `port` is `Fixed`.
    pub address: Address,
    pub port: Port,
    /// As written, when it is a name to resolve: `localhost`.
    pub hostname: Option<Vec<u8>>,
    /// 0 to 256.
    pub weight: u32,
    /// 0 = no limit.
    pub maxconn: u32,
    pub minconn: u32,
    pub maxqueue: u32,
    pub cookie: Option<Vec<u8>>,
    pub backup: bool,
    pub disabled: bool,
    pub check: Option<ServerCheck>,
    /// `track [backend/]server`: proxy and server index.
    pub track: Option<(usize, usize)>,
    pub slowstart: Duration,
    pub send_proxy: SendProxy,
    pub check_send_proxy: bool,
    pub proto: Option<Proto>,
    pub redirect_prefix: Option<Vec<u8>>,
    pub hash_key: HashKey,
    /// `pool-max-conn`: idle connections kept, `None` = unlimited; `pool-purge-delay`; `pool-low-conn`.
    pub pool_max_conn: Option<u32>,
    pub pool_purge_delay: Duration,
    pub max_reuse: Option<u32>,
    pub observe: Option<Observe>,
    pub on_error: OnError,
    pub error_limit: u32,
    pub on_marked_down_shutdown: bool,
    pub on_marked_up_shutdown_backup: bool,
    pub source: Option<Address>,
}

/// Parameters of a server's health check (manual, section 5.2, `check`).
#[derive(Debug, Clone)]
pub struct ServerCheck {
    pub inter: Duration,
    /// Default to `inter`.
    pub fastinter: Option<Duration>,
    pub downinter: Option<Duration>,
    pub rise: u32,
    pub fall: u32,
    /// `port` and `addr`, where the check goes elsewhere than the traffic.
    pub port: Option<u16>,
    pub addr: Option<Address>,
    /// `init-state`.
    pub init: InitState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InitState {
    Down,
    FullyDown,
    FullyUp,
    #[default]
    Up,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SendProxy {
    #[default]
    No,
    V1,
    V2,
}

/// What consistent hashing places a server by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HashKey {
    Addr,
    AddrPort,
    #[default]
    Id,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observe {
    Layer4,
    Layer7,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    #[default]
    FailCheck,
    FastInter,
    MarkDown,
    SuddenDeath,
}
