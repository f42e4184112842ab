//! What samples can ask of the process. The engine implements it; tests bring their own.

use crate::{
    crypt::key::PublicKey,
    map::Map,
    row::Absent,
    stream::{Cx, VarId},
    table::Table,
    value::Value,
};
use source::{Place, Span};
use std::{net::IpAddr, sync::Arc, time::SystemTime};

/// The process around a stream. Every answer has a default, so that a test implements what it needs.
/// Proxies and servers are numbered as in the configuration: `proxies[i]`, `proxies[i].servers[j]`.
pub trait Env {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    /// Seconds that local time is ahead of UTC at a moment.
    fn utc_offset(&self, _at: SystemTime) -> i32 {
        0
    }

    /// A random number, uniform over 32 bits.
    fn random(&self) -> u32 {
        0
    }

    fn hostname(&self) -> &str {
        "localhost"
    }

    fn pid(&self) -> u32 {
        1
    }

    /// Name of a proxy; empty for a number that is none.
    fn proxy_name(&self, _proxy: usize) -> &str {
        ""
    }

    fn server_name(&self, _proxy: usize, _server: usize) -> &str {
        ""
    }

    /// Number of a proxy by its name: the backend where `backend` is set, else the frontend.
    fn find_proxy(&self, _name: &[u8], _backend: bool) -> Option<usize> {
        None
    }

    fn find_server(&self, _backend: usize, _name: &[u8]) -> Option<usize> {
        None
    }

    /// A number about a proxy; `None` where it does not exist.
    fn proxy(&self, _proxy: usize, _what: ProxyFact) -> Option<i64> {
        None
    }

    /// A number about a server; `None` where it does not exist.
    fn server(&self, _proxy: usize, _server: usize, _what: ServerFact) -> Option<i64> {
        None
    }

    /// Name and number of a `bind` line of a frontend: `so_name`, `so_id`.
    fn listener(&self, _proxy: usize, _bind: usize) -> Option<(&str, i64)> {
        None
    }

    /// A variable of the process's environment as it was when the configuration was read.
    fn variable(&self, _name: &[u8]) -> Option<&[u8]> {
        None
    }

    /// Whether a userlist has this user with this password.
    fn authenticate(&self, _userlist: usize, _user: &[u8], _password: &[u8]) -> bool {
        false
    }

    /// Whether a userlist's user is in a group: what ACLs on `http_auth_group` ask.
    fn in_group(&self, _userlist: usize, _user: &[u8], _group: &[u8]) -> bool {
        false
    }

    /// How many bytes a frontend's capture slot takes, in the request or in the response.
    fn capture_len(&self, _frontend: usize, _response: bool, _slot: usize) -> Option<usize> {
        None
    }

    /// A map by its number.
    fn map(&self, _map: usize) -> Option<&Map> {
        None
    }

    /// The patterns of ACLs that a rule may change, by their number.
    fn acl_set(&self, _set: usize) -> Option<&Map> {
        None
    }

    /// A stick table by its number.
    fn table(&self, _table: usize) -> Option<&Arc<Table>> {
        None
    }

    /// A public key by the name of its file.
    fn public_key(&self, _name: &[u8]) -> Option<&PublicKey> {
        None
    }

    /// A number about the process.
    fn process(&self, _what: ProcessFact) -> i64 {
        0
    }

    /// A variable of the `proc` scope.
    fn proc_var(&self, _id: VarId) -> Option<Value<'static>> {
        None
    }

    /// Visits every variable of the `proc` scope.
    fn proc_vars(&self, _visit: &mut dyn FnMut(VarId, &Value<'_>)) {}

    /// The name of a variable without its scope.
    fn var_name(&self, _id: VarId) -> Option<&[u8]> {
        None
    }

    /// File and line of what the configuration says.
    fn place(&self, _span: Span) -> Option<Place<'_>> {
        None
    }

    /// Whether an ACL holds, by its number.
    fn acl(&self, _acl: usize, _cx: &Cx<'_>) -> Result<bool, Absent> {
        Err(Absent::Missing)
    }

    /// Whether an address is one of this machine.
    fn is_local(&self, _address: IpAddr) -> bool {
        false
    }

    fn set_proc_var(&self, _id: VarId, _value: Option<Value<'static>>) {}

    /// How long the head of a message may become by rewriting: `tune.bufsize`.
    fn head_limit(&self) -> usize {
        16384
    }

    /// What a proxy answers with a status instead of the default page: `errorfile` and its like.
    fn error_page(&self, _proxy: usize, _status: u16) -> Option<ErrorPage<'_>> {
        None
    }
}

/// A replacement of one of HAProxy's own answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorPage<'a> {
    /// `errorfile`: a raw HTTP/1 message.
    File(&'a [u8]),
    /// `errorloc302`, `errorloc303`: status and URL.
    Location(u16, &'a [u8]),
}

/// What can be asked about a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyFact {
    /// Sessions per second: `be_sess_rate`, `fe_sess_rate`.
    SessionRate,
    /// `fe_req_rate`.
    RequestRate,
    /// Current sessions: `be_conn`, `fe_conn`.
    Connections,
    /// `be_conn_free`; -1 where a server has no limit.
    FreeConnections,
    /// Requests queued in the backend and its servers: `queue`.
    Queue,
    /// `avg_queue`.
    AverageQueue,
    /// Usable servers: `nbsrv`.
    UsableServers,
    /// `connslots`.
    ConnectionSlots,
    /// The numeric id: `be_id`, `fe_id`.
    Id,
    /// Index of the default backend: `fe_defbe`.
    DefaultBackend,
    /// Timeouts in milliseconds: `fe_client_timeout`, `be_connect_timeout`, …
    ClientTimeout,
    ConnectTimeout,
    QueueTimeout,
    ServerTimeout,
    TarpitTimeout,
    TunnelTimeout,
}

/// What can be asked about a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerFact {
    /// `srv_conn`.
    Connections,
    /// `srv_conn_free`; -1 without a limit.
    FreeConnections,
    Id,
    /// `srv_iweight`.
    InitialWeight,
    /// 1 up, 0 down: `srv_is_up`.
    IsUp,
    Queue,
    SessionRate,
    /// `srv_uweight`.
    UserWeight,
    /// `srv_weight`.
    Weight,
}

/// What can be asked about the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessFact {
    /// `act_conn`.
    ActiveConnections,
    /// How often the task that asks was called: `cpu_calls`.
    Calls,
    /// Percentage of the processors' time that the threads used in the last second: `cpu_usage_proc`.
    CpuUsage,
    /// `nbthread`.
    Threads,
    /// `stopping`.
    Stopping,
    /// `thread`.
    Thread,
    /// Seconds since the start: `uptime`-like.
    Uptime,
}
