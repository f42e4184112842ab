//! The facts about one stream that samples, actions and logs read. Plain data: the engine fills it in.

use crate::{below::Below, env::Env, row::Places, table::Counters, value::Value};
use message::{Head, Line};
use source::Span;
use std::{
    borrow::Cow,
    cell::RefCell,
    net::SocketAddr,
    rc::{Rc, Weak},
    time::{Duration, Instant, SystemTime},
};

/// Everything known about one stream so far: a TCP session, or one HTTP exchange of a session.
#[derive(Debug)]
pub struct Stream {
    pub client: Conn,
    /// The connection to the server, once there is one.
    pub server: Conn,
    pub is_http: bool,
    /// The request as the rules see and change it. Empty in TCP mode.
    pub req: Head,
    /// Whether `req` holds a request.
    pub has_req: bool,
    /// Whether what has come so far may still become a request: rules on contents may wait for it.
    pub req_coming: bool,
    /// The response as the rules see and change it.
    pub res: Head,
    pub has_res: bool,
    pub req_body: Payload,
    pub res_body: Payload,
    pub vars: Vars,
    /// The entries of stick tables that it tracks.
    pub counters: Counters,
    /// Values captured by `capture request|response …`, by slot; `None` where nothing was captured.
    pub req_captures: Vec<Option<Vec<u8>>>,
    pub res_captures: Vec<Option<Vec<u8>>>,
    /// What `capture-req` and `capture-res` kept, which goes before those.
    pub late_captures: RefCell<Vec<LateCapture>>,
    /// `capture cookie` in the request and in the response.
    pub req_cookie: Option<Vec<u8>>,
    pub res_cookie: Option<Vec<u8>>,
    /// Index of the frontend in the configuration's proxies.
    pub frontend: usize,
    /// Index of the chosen backend in the configuration's proxies, and of the server within it.
    pub backend: Option<usize>,
    pub target: Option<usize>,
    /// The request line as received: `%r`, `%HM`, `%HU`, …; kept only when something logs or samples it.
    pub request_line: Vec<u8>,
    pub unique_id: Option<Vec<u8>>,
    /// Number of this stream in the process, from 0: `%rt`.
    pub number: u32,
    /// Whether an inspection delay is running: `wait_end` is true when it is over.
    pub inspecting: bool,
    /// Whether this is the first request of its connection: `http_first_req`.
    pub first_request: bool,
    pub times: Times,
    pub counts: Counts,
    /// Termination state, four characters: `%tsc` (manual, section 8.5).
    pub state: [u8; 4],
    pub status: u16,
    /// Status of the server's own answer; 0 where there was none: `server_status`.
    pub server_status: u16,
    /// The applet that answered, as logs name it: `<STATS>`, …
    pub applet: Option<&'static str>,
    /// Why a log line is being written: `%OG`.
    pub origin: Origin,
    /// Log level set by `set-log-level`; `None` = as usual, `Some(None)` = silent.
    pub log_level: Option<Option<u8>>,
    /// `set-timeout`; mostly there is none.
    pub timeouts: Option<Box<Timeouts>>,
    /// `set-priority-class` and `set-priority-offset` (milliseconds): lower ones leave a queue first.
    pub priority: (i16, i32),
    /// `set-bc-mark` and `set-bc-tos`: how packets to the server are to be treated.
    pub server_marks: Marks,
    /// `set-retries`.
    pub retries: Option<u32>,
    /// `disable-l7-retry`: once the request is out it is not sent again.
    pub no_l7_retry: bool,
    /// The last rule that ended a ruleset: `last_rule_line`.
    pub last_rule: Option<Span>,
    /// The rule that is waiting, or was when the stream broke off: `waiting_entity`.
    pub waiting: Option<Span>,
    /// `strict-mode off`: a rewriting that fails is skipped until the ruleset ends.
    pub lenient: bool,
}

/// A value that an expression put into a slot.
#[derive(Debug, Clone)]
pub struct LateCapture {
    pub response: bool,
    pub slot: usize,
    pub value: Vec<u8>,
}

/// What the kernel is told of the packets of a connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    pub mark: Option<u32>,
    /// Type of service, or traffic class.
    pub tos: Option<u8>,
}

/// Timeouts that a stream has in place of its proxies'.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timeouts {
    pub client: Option<Duration>,
    pub connect: Option<Duration>,
    pub queue: Option<Duration>,
    pub server: Option<Duration>,
    pub tarpit: Option<Duration>,
    pub tunnel: Option<Duration>,
}

/// The step at which a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    Accept,
    Close,
    Connect,
    Request,
    Response,
    SessionError,
    SessionKilled,
    #[default]
    Unspecified,
}

/// One connection's addresses; `None` for what is not an Internet address.
#[derive(Debug, Clone, Default)]
pub struct Conn {
    pub src: Option<SocketAddr>,
    pub dst: Option<SocketAddr>,
    /// Those of before a `set-src`, a PROXY header or the like, of which there is mostly none: `fc_src`, `fc_dst`.
    pub real_src: Option<Box<SocketAddr>>,
    pub real_dst: Option<Box<SocketAddr>>,
    /// Path of a unix socket, for logs.
    pub unix: bool,
    /// Index of the `bind` line, and its `name`/`id` for `%fp`-like samples.
    pub bind: usize,
    /// Whether TLS is spoken on it: `ssl_fc`, `ssl_bc`.
    pub tls: bool,
    /// Whether a PROXY header was received: `fc_rcvd_proxy`.
    pub proxied: bool,
    /// Bytes left over of a PROXY v2 header's TLVs.
    pub tlvs: Vec<u8>,
    /// 1 or 2 for HTTP, 0 in TCP mode: `fc_http_major`.
    pub http_major: u8,
    /// The connection itself, as long as it is there.
    pub below: Option<Weak<dyn Below>>,
    /// The number of the stream in its multiplexer; 0 where there is none: `fs.id`, `bs.id`.
    pub stream: u32,
    /// Why it failed, as [`crate::failure::ERRORS`] counts: `fc_err`, `bc_err`.
    pub failure: u8,
    /// Whether it has served another request before: `bc_reused`.
    pub reused: bool,
    /// Whether the peer has broken the stream off: `fs.aborted`, `bs.aborted`.
    pub aborted: bool,
}

impl Conn {
    /// Shows another source than the socket's.
    pub fn set_src(&mut self, src: SocketAddr) {
        let old = self.src.replace(src).map(Box::new);
        self.real_src = self.real_src.take().or(old);
    }

    /// Shows another destination than the socket's.
    pub fn set_dst(&mut self, dst: SocketAddr) {
        let old = self.dst.replace(dst).map(Box::new);
        self.real_dst = self.real_dst.take().or(old);
    }

    /// The source as the socket has it.
    pub fn real_src(&self) -> Option<SocketAddr> {
        self.real_src.as_deref().copied().or(self.src)
    }

    /// The destination as the socket has it.
    pub fn real_dst(&self) -> Option<SocketAddr> {
        self.real_dst.as_deref().copied().or(self.dst)
    }

    /// The connection itself, if it is still there.
    pub fn below(&self) -> Option<Rc<dyn Below>> {
        self.below.as_ref()?.upgrade()
    }
}

/// What has been received of a body and is still buffered.
#[derive(Debug, Default)]
pub struct Payload {
    pub bytes: Vec<u8>,
    /// Whether no more will come.
    pub complete: bool,
    /// Bytes announced, if known.
    pub announced: Option<u64>,
}

/// Instants of a stream's phases. A phase that was not reached is `None`.
#[derive(Debug, Clone)]
pub struct Times {
    /// Wall-clock time at which the session was accepted: `%t`.
    pub accept_date: SystemTime,
    pub accepted: Instant,
    /// Duration of the handshakes (PROXY, TLS): `%Th`.
    pub handshake: Duration,
    /// Idle time before the request's first byte: `%Ti`.
    pub idle: Duration,
    /// Wall-clock time of the request's first byte: `%tr`.
    pub request_date: SystemTime,
    /// When the request's head was whole: ends `%TR`.
    pub request: Option<Instant>,
    /// When a server slot was had: ends `%Tw`.
    pub queued: Option<Instant>,
    /// When the connection to the server was up: ends `%Tc`.
    pub connected: Option<Instant>,
    /// When the response's head was whole: ends `%Tr`.
    pub response: Option<Instant>,
    /// When the last byte was sent: ends `%Ta`/`%Tt`.
    pub closed: Option<Instant>,
    /// Whether the line is written before the end (`option logasap`): totals get a `+`.
    pub asap: bool,
}

/// Numbers that logs print.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Bytes received from the client (`%U`) and sent to it.
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// Bytes received from the server (`%B`; 0 for answers of our own) and sent to it.
    pub from_server: u64,
    pub to_server: u64,
    /// Bytes from the client, and from the server, that the kernel moved by itself.
    pub spliced_in: u64,
    pub spliced_out: u64,
    /// `%rc`, and its `+`.
    pub retries: u32,
    pub redispatched: bool,
    /// `%sq`, `%bq`: requests ahead in the queue when this one came.
    pub server_queue: u32,
    pub backend_queue: u32,
    /// `%ac %fc %bc %sc`: taken when the log line is made.
    pub active: u32,
    pub frontend: u32,
    pub backend: u32,
    pub server: u32,
    /// `%sc` as it was when the place on the server was given back.
    pub server_left: Option<u32>,
    /// Connections of the same `bind` line: `dst_conn`.
    pub listener: u32,
    /// `%lc`.
    pub log_counter: u32,
}

impl Stream {
    /// A stream of a session accepted now, with nothing known but its time.
    pub fn new(accepted: Instant, accept_date: SystemTime) -> Stream {
        Stream {
            client: Conn::default(),
            server: Conn::default(),
            is_http: false,
            req: Head::default(),
            has_req: false,
            req_coming: false,
            res: Head::default(),
            has_res: false,
            req_body: Payload::default(),
            res_body: Payload::default(),
            vars: Vars::default(),
            counters: Counters::default(),
            req_captures: Vec::new(),
            res_captures: Vec::new(),
            late_captures: RefCell::default(),
            req_cookie: None,
            res_cookie: None,
            frontend: 0,
            backend: None,
            target: None,
            request_line: Vec::new(),
            unique_id: None,
            number: 0,
            inspecting: false,
            first_request: true,
            times: Times::new(accepted, accept_date),
            counts: Counts::default(),
            state: *b"----",
            status: 0,
            server_status: 0,
            applet: None,
            origin: Origin::default(),
            log_level: None,
            timeouts: None,
            priority: (0, 0),
            server_marks: Marks::default(),
            retries: None,
            no_l7_retry: false,
            last_rule: None,
            waiting: None,
            lenient: false,
        }
    }
}

impl Stream {
    /// The captured values of the request or of the response, by slot.
    pub fn captures(&self, response: bool) -> Cow<'_, [Option<Vec<u8>>]> {
        let slots = if response { &self.res_captures } else { &self.req_captures };
        let late = self.late_captures.borrow();
        if !late.iter().any(|late| late.response == response) {
            return Cow::Borrowed(slots);
        }
        let mut slots = slots.clone();
        for late in late.iter().filter(|late| late.response == response) {
            if let Some(slot) = slots.get_mut(late.slot) {
                *slot = Some(late.value.clone());
            }
        }
        Cow::Owned(slots)
    }
}

impl Times {
    pub fn new(accepted: Instant, accept_date: SystemTime) -> Times {
        Times {
            accept_date,
            accepted,
            handshake: Duration::ZERO,
            idle: Duration::ZERO,
            request_date: accept_date,
            request: None,
            queued: None,
            connected: None,
            response: None,
            closed: None,
            asap: false,
        }
    }
}

/// The size that HAProxy counts for a head, in `req.len`, `%U`, `%B` and the statistics: not that of its text, but of
/// its own representation of the start line (twenty bytes more than its words), of names and values, and of their end.
pub fn counted(head: &Head) -> u64 {
    let line = match head.line() {
        Line::Request { method, target } => method.len() + target.len(),
        Line::Response { reason, .. } => 3 + reason.len(),
    };
    let fields: usize = head.fields().iter().map(|f| f.name.len() + f.value.len()).sum();
    (20 + line + "HTTP/1.1".len() + fields + 1) as u64
}

/// What a fetch, a converter or a format is evaluated in.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    pub stream: &'a Stream,
    pub env: &'a dyn Env,
    /// The one place of the processing that evaluates, as a mask of one bit.
    pub place: Places,
}

impl<'a> Cx<'a> {
    /// Sets or unsets a variable of any scope, from within an expression.
    pub fn set_var(&self, id: VarId, value: Option<Value<'static>>) {
        match id.scope {
            Scope::Proc => self.env.set_proc_var(id, value),
            _ => self.stream.vars.set_late(id, value),
        }
    }

    /// The value of a variable of any scope.
    pub fn var(&self, id: VarId) -> Option<Value<'a>> {
        match id.scope {
            Scope::Proc => self.env.proc_var(id),
            _ => self.stream.vars.get(id),
        }
    }
}

impl std::fmt::Debug for Cx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cx").field("place", &self.place).finish_non_exhaustive()
    }
}

/// Scope of a variable (manual, section 2.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    Check,
    Proc,
    Req,
    Res,
    Sess,
    Txn,
}

/// The name of a variable, interned when the configuration is read: equal names have equal numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId {
    pub scope: Scope,
    pub number: u32,
}

/// The variables of a stream. `proc` variables are the process's and live behind [`Env`].
///
/// A converter sets variables too, while others read them: what it sets waits in `late` and goes before what is in
/// `list`, into which it is moved as soon as somebody may change that.
#[derive(Debug, Default)]
pub struct Vars {
    list: Vec<(VarId, Value<'static>)>,
    late: RefCell<Vec<(VarId, Option<Value<'static>>)>>,
}

impl Vars {
    pub fn is_empty(&self) -> bool {
        self.list.is_empty() && self.late.borrow().is_empty()
    }

    pub fn get(&self, id: VarId) -> Option<Value<'_>> {
        let late = self.late.borrow();
        match late.iter().find(|(i, _)| *i == id) {
            Some((_, value)) => value.clone(),
            None => self.list.iter().find(|(i, _)| *i == id).map(|(_, v)| v.borrow()),
        }
    }

    pub fn set(&mut self, id: VarId, value: Value<'static>) {
        self.settle();
        self.write(id, Some(value));
    }

    pub fn unset(&mut self, id: VarId) {
        self.settle();
        self.write(id, None);
    }

    /// Sets or unsets a variable from within an expression.
    pub fn set_late(&self, id: VarId, value: Option<Value<'static>>) {
        let mut late = self.late.borrow_mut();
        late.retain(|(i, _)| *i != id);
        late.push((id, value));
    }

    /// Forgets every variable of a scope.
    pub fn end(&mut self, scope: Scope) {
        self.settle();
        self.list.retain(|(i, _)| i.scope != scope);
    }

    /// Visits every variable that is set, in no order.
    pub fn each(&self, visit: &mut dyn FnMut(VarId, &Value<'_>)) {
        let late = self.late.borrow();
        let old = self.list.iter().filter(|(id, _)| !late.iter().any(|(newer, _)| newer == id));
        old.for_each(|(id, value)| visit(*id, value));
        late.iter().for_each(|(id, value)| _ = value.as_ref().map(|value| visit(*id, value)));
    }

    fn settle(&mut self) {
        for (id, value) in std::mem::take(self.late.get_mut()) {
            self.write(id, value);
        }
    }

    fn write(&mut self, id: VarId, value: Option<Value<'static>>) {
        let known = self.list.iter().position(|(i, _)| *i == id);
        match (known.and_then(|at| self.list.get_mut(at)), value) {
            (Some((_, old)), Some(value)) => *old = value,
            (None, Some(value)) => self.list.push((id, value)),
            (_, None) => self.list.retain(|(i, _)| *i != id),
        }
    }
}
