//! The IR: a configuration as the engine runs it. Every name is an index, every default is filled in.

use crate::keyword::{
    balance::{Balance, Hash},
    bind::Bind,
    check::Check,
    cookie::Cookie,
    life::{CpuMap, Spread},
    log::{LogFormats, LogTarget},
    options::{ForwardFor, HttpMode, Options, Reuse},
    server::Server,
    stats::{Stats, StatsSocket},
    stick::Stick,
    timeouts::Timeouts,
};
use rules::{Acl, Cond, Rule};
use sample::{VarNames, crypt::key::PublicKey, expr::Expr, map::Map, table::Table};
use source::{Files, Span};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// A whole configuration. Indices of proxies, servers, userlists and tables count in these vectors.
#[derive(Debug, Default)]
pub struct Config {
    pub global: Global,
    pub proxies: Vec<Proxy>,
    pub userlists: Vec<rules::Userlist>,
    /// What is in them changes while they are used.
    pub tables: Vec<Arc<Table>>,
    /// In the order in which they are named first. What is in them may change while they are used.
    pub maps: Vec<Map>,
    /// Public keys that signatures are verified with.
    pub keys: Vec<PublicKey>,
    /// ACLs that expressions name: `acl(name)`.
    pub acls: Vec<Arc<Acl>>,
    /// The patterns of ACLs, which may change while they are used.
    pub acl_sets: Vec<AclSet>,
    pub vars: VarNames,
    /// What the configuration was read from, to tell where a rule stands.
    pub files: Files,
}

/// Patterns of ACLs: of a file, or what one line says itself, which has no name.
#[derive(Debug)]
pub struct AclSet {
    pub map: Arc<Map>,
    /// What commands know it by; `None` before everything is numbered.
    pub number: Option<u32>,
    /// What it is: `pattern loaded from file 'f'`.
    pub text: String,
    /// By whom, and where: `by acl at file 'f' line 7`.
    pub used: Vec<String>,
    pub span: Span,
    /// Whether its patterns can be changed.
    pub changeable: bool,
}

/// What the configuration does to the environment of the process (manual, section 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvStep {
    Set(Vec<u8>, Vec<u8>),
    /// Unless there is one.
    Preset(Vec<u8>, Vec<u8>),
    Unset(Vec<Vec<u8>>),
    /// None is left but these.
    Reset(Vec<Vec<u8>>),
}

/// The global section (manual, section 3).
#[derive(Debug, Default)]
pub struct Global {
    pub nbthread: Option<u32>,
    /// Process-wide limit of connections; `None` = derived from the descriptors at hand.
    pub maxconn: Option<u32>,
    /// `h1-case-adjust`: names in lower case, and as they are written.
    pub case_adjust: Vec<(Vec<u8>, Vec<u8>)>,
    pub log: Vec<LogTarget>,
    pub log_tag: Option<Vec<u8>>,
    /// `log-send-hostname`: `Some(None)` = the machine's own name.
    pub log_send_hostname: Option<Option<Vec<u8>>>,
    pub sockets: Vec<StatsSocket>,
    pub stats_timeout: Option<Duration>,
    pub daemon: bool,
    pub quiet: bool,
    pub pidfile: Option<PathBuf>,
    /// `setenv` and its sisters, in their order.
    pub environment: Vec<EnvStep>,
    pub chroot: Option<PathBuf>,
    pub user: Option<Vec<u8>>,
    pub group: Option<Vec<u8>>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    pub node: Option<Vec<u8>>,
    pub description: Option<Vec<u8>>,
    /// A master process watches over this one.
    pub master_worker: bool,
    /// A worker that has crashed does not take the others along.
    pub no_exit_on_failure: bool,
    /// How many reloads an old worker may outlive.
    pub max_reloads: Option<u32>,
    /// Where threads may run; later lines win.
    pub cpu_maps: Vec<CpuMap>,
    /// How long it goes on listening once it was told to finish.
    pub grace: Duration,
    pub close_spread: Option<Spread>,
    pub hard_stop_after: Option<Duration>,
    pub ulimit_n: Option<u64>,
    pub maxpipes: Option<u32>,
    pub nosplice: bool,
    pub spread_checks: u32,
    pub tune: Tune,
}

/// The `tune.*` settings that the engine obeys (manual, section 3.2).
#[derive(Debug, Clone)]
pub struct Tune {
    pub bufsize: usize,
    /// Bytes that the payload of a command on the runtime socket may have, its last line included.
    pub cli_max_payload: usize,
    /// Bytes that a pipe for splicing holds; 0 = what the kernel thinks fit.
    pub pipesize: usize,
    pub maxrewrite: usize,
    pub http_maxhdr: usize,
    pub http_logurilen: usize,
    pub http_cookielen: usize,
    /// Connections that a listener accepts in a row; `None` = what the runtime finds fair. A few at a time stay in the
    /// processor's caches until they are served.
    pub maxaccept: Option<usize>,
    pub h2: crate::keyword::h2::H2,
}

impl Default for Tune {
    fn default() -> Tune {
        Tune {
            bufsize: 16384,
            cli_max_payload: 128 * 1024,
            pipesize: 0,
            maxrewrite: 1024,
            http_maxhdr: 101,
            http_logurilen: 1024,
            http_cookielen: 63,
            maxaccept: Some(4),
            h2: crate::keyword::h2::H2::default(),
        }
    }
}

/// What a section is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Backend,
    Frontend,
    Listen,
}

impl Kind {
    pub fn is_frontend(self) -> bool {
        self != Kind::Backend
    }

    pub fn is_backend(self) -> bool {
        self != Kind::Frontend
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    Http,
    #[default]
    Tcp,
}

/// A frontend, backend or listen section (manual, section 4).
#[derive(Debug)]
pub struct Proxy {
    pub name: Vec<u8>,
    /// `id`, or the number given in order, from 2 (as HAProxy counts), shown as `iid`.
    pub id: u32,
    pub span: Span,
    pub kind: Kind,
    pub mode: Mode,
    pub disabled: bool,
    pub description: Option<Vec<u8>>,
    pub timeouts: Timeouts,
    pub options: Options,
    pub log: Vec<LogTarget>,
    pub log_formats: LogFormats,
    pub log_tag: Option<Vec<u8>>,
    /// Replacements of HAProxy's own answers, by status: raw HTTP/1 messages.
    pub errors: Vec<(u16, Arc<ErrorAnswer>)>,
    pub rules: Rules,
    /// `monitor-uri` and `monitor fail`.
    pub monitor_uri: Option<Vec<u8>>,
    pub monitor_fail: Vec<Cond>,
    pub stats: Option<Stats>,
    pub forwarded: Option<crate::keyword::forwarded::Forwarded>,
    pub forward_for: Option<ForwardFor>,
    pub original_to: Option<ForwardFor>,
    pub unique_id_format: Option<sample::format::Format>,
    pub unique_id_header: Option<Vec<u8>>,
    pub http_mode: HttpMode,

    // Frontend side.
    pub binds: Vec<Bind>,
    /// Limit of concurrent sessions; 0 = the process's.
    pub maxconn: u32,
    pub backlog: u32,
    /// `rate-limit sessions`; 0 = none.
    pub session_rate_limit: u32,
    pub switching: Vec<Switch>,
    pub default_backend: Option<usize>,
    /// `capture request|response header NAME len N`, by slot.
    pub req_captures: Vec<Capture>,
    pub res_captures: Vec<Capture>,
    /// `capture cookie`: name prefix (without `=`) and whether it must match whole, and length.
    pub cookie_capture: Option<CookieCapture>,

    // Backend side.
    pub balance: Balance,
    pub hash: Hash,
    pub cookie: Option<Cookie>,
    pub servers: Vec<Server>,
    pub use_server: Vec<UseServer>,
    pub check: Check,
    pub retries: u32,
    pub retry_on: Vec<RetryOn>,
    /// `option redispatch [n]`: every n-th retry goes elsewhere; -1 is the last one, -2 the one before.
    pub redispatch: Option<i32>,
    /// `fullconn`, or derived from the limits of the frontends; 0 = it depends on the process's limit, not known here.
    pub fullconn: u32,
    pub reuse: Reuse,
    pub force_persist: Vec<Cond>,
    pub ignore_persist: Vec<Cond>,
    /// `stick on|match|store-request`, and `stick store-response`.
    pub stick_request: Vec<Stick>,
    pub stick_response: Vec<Stick>,
}

/// The rulesets, in the order of the manual's section 4.
#[derive(Debug, Default, Clone)]
pub struct Rules {
    pub tcp_request_connection: Vec<Arc<Rule>>,
    pub tcp_request_session: Vec<Arc<Rule>>,
    pub tcp_request_content: Vec<Arc<Rule>>,
    pub http_request: Vec<Arc<Rule>>,
    pub tcp_response_content: Vec<Arc<Rule>>,
    pub http_response: Vec<Arc<Rule>>,
    pub http_after_response: Vec<Arc<Rule>>,
    /// `tcp-request inspect-delay`, `tcp-response inspect-delay`.
    pub req_inspect_delay: Option<Duration>,
    pub res_inspect_delay: Option<Duration>,
}

/// `use_backend`.
#[derive(Debug)]
pub struct Switch {
    pub target: Target,
    pub cond: Option<Cond>,
    pub span: Span,
}

/// A name that may be computed for each stream.
#[derive(Debug)]
pub enum Target {
    Fixed(usize),
    /// An unknown name makes the rule no rule.
    Named(sample::format::Format),
}

/// `use-server`.
#[derive(Debug)]
pub struct UseServer {
    pub target: Target,
    pub cond: Option<Cond>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// Lower case; empty for `declare capture`.
    pub name: Vec<u8>,
    pub len: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieCapture {
    pub name: Vec<u8>,
    /// The cookie's name only has to begin so.
    pub prefix: bool,
    pub len: usize,
}

/// A replacement of one of HAProxy's own answers.
#[derive(Debug, Clone)]
pub enum ErrorAnswer {
    /// `errorfile`: a raw HTTP/1 message.
    File(Vec<u8>),
    /// `errorloc302|303`: status and URL.
    Location(u16, Vec<u8>),
}

/// `retry-on` (manual, section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryOn {
    ConnFailure,
    EmptyResponse,
    JunkResponse,
    ResponseTimeout,
    Status(u16),
    ZeroRttRejected,
}

/// An expression with the place it was written at, for hashing and the like.
pub type KeyExpr = Arc<Expr>;
