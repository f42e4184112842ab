//! `server` and `default-server` lines (manual, section 5.2).

use crate::{
    facts,
    keyword::{
        address::{Address, Port},
        bind::{self, Proto},
        proxy_protocol::{self, ProxyV2},
        server_line,
    },
    line::Line,
    row::{Dictionary, ServerRow},
    value::Unit,
};
use source::{Span, Word};
use std::{net::IpAddr, sync::LazyLock, time::Duration};

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
    pub init_state: InitState,
    /// `track [backend/]server`: proxy and server index.
    pub track: Option<(usize, usize)>,
    pub slowstart: Duration,
    pub send_proxy: SendProxy,
    pub proxy_v2: ProxyV2,
    pub check_send_proxy: bool,
    pub proto: Option<Proto>,
    /// `ws`: what websockets are asked for in; `None`: as all else.
    pub websockets: Option<Proto>,
    pub redirect_prefix: Option<Vec<u8>>,
    pub hash_key: HashKey,
    pub guid: Option<Vec<u8>>,
    /// `pool-low-conn`: idle connections that are kept however few are needed; `pool-max-conn`: that many at most,
    /// `None` = unlimited; `pool-purge-delay`.
    pub pool_low_conn: u32,
    pub pool_max_conn: Option<u32>,
    pub pool_purge_delay: Duration,
    pub max_reuse: Option<u32>,
    pub observe: Option<Observe>,
    pub on_error: OnError,
    pub error_limit: u32,
    pub on_marked_down_shutdown: bool,
    pub on_marked_up_shutdown_backup: bool,
    pub source: Option<Address>,
    /// `non-stick`: it is never stored in a stick table.
    pub non_stick: bool,
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
    /// `check-proto`, or what the traffic speaks.
    pub proto: Option<Proto>,
}

/// What a server is taken for at the start, and when it leaves maintenance (manual, section 5.2, `init-state`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InitState {
    Down,
    FullyDown,
    FullyUp,
    /// Up, but the first check that fails takes it down, and `rise` have to pass before it counts as fully up.
    #[default]
    None,
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
    /// Falls back to `Id` without a `guid`.
    Guid,
    #[default]
    Id,
    Id32,
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

/// The parameters of a server; `None` = not said.
#[derive(Debug, Clone, Default)]
pub struct ServerParams {
    pub addr: Option<Address>,
    pub backup: bool,
    pub check: bool,
    pub check_send_proxy: bool,
    pub cookie: Option<Vec<u8>>,
    pub disabled: bool,
    pub non_stick: bool,
    pub downinter: Option<Duration>,
    pub error_limit: Option<u32>,
    pub fall: Option<u32>,
    pub fastinter: Option<Duration>,
    pub guid: Option<Vec<u8>>,
    pub hash_key: HashKey,
    pub id: Option<u32>,
    pub init: InitState,
    /// `init-addr` with `none`: a server may start without an address.
    pub init_addr_none: bool,
    pub inter: Option<Duration>,
    pub max_reuse: Option<u32>,
    pub maxconn: u32,
    pub maxqueue: u32,
    pub minconn: u32,
    pub observe: Option<Observe>,
    pub on_error: OnError,
    pub on_marked_down_shutdown: bool,
    pub on_marked_up_shutdown_backup: bool,
    pub pool_low_conn: Option<u32>,
    pub pool_max_conn: Option<u32>,
    pub pool_purge_delay: Option<Duration>,
    pub port: Option<u16>,
    pub proto: Option<Proto>,
    pub websockets: Option<Proto>,
    /// Outer `None`: as the traffic.
    pub check_proto: Option<Option<Proto>>,
    pub redirect_prefix: Option<Vec<u8>>,
    pub rise: Option<u32>,
    pub send_proxy: SendProxy,
    pub proxy_v2: ProxyV2,
    pub slowstart: Option<Duration>,
    pub source: Option<Address>,
    /// `[backend/]server`.
    pub track: Option<Word>,
    pub weight: Option<u32>,
}

/// The parameters of `server` (manual, section 5.2).
pub static PARAMS: &[ServerRow] = &[
    ServerRow::full("addr", |line, p| {
        let word = line.need("'addr' : missing value")?;
        set(&mut p.addr, Some(server_line::known_address(line, word)?))
    }),
    ServerRow::full("backup", |_, p| set(&mut p.backup, true)),
    ServerRow::full("check", |_, p| set(&mut p.check, true)),
    ServerRow::full("check-proto", |line, p| set(&mut p.check_proto, Some(bind::proto_of(line)?))),
    ServerRow::full("check-send-proxy", |_, p| set(&mut p.check_send_proxy, true)),
    ServerRow::full("cookie", |line, p| set(&mut p.cookie, Some(line.bytes("'cookie' expects <value> as argument.")?))),
    ServerRow::full("disabled", |_, p| set(&mut p.disabled, true)),
    ServerRow::full("downinter", |line, p| set(&mut p.downinter, Some(delay(line)?))),
    ServerRow::full("enabled", |_, p| set(&mut p.disabled, false)),
    ServerRow::full("error-limit", |line, p| set(&mut p.error_limit, Some(count(line, 1)?))),
    ServerRow::full("fall", |line, p| set(&mut p.fall, Some(count(line, 1)?))),
    ServerRow::full("fastinter", |line, p| set(&mut p.fastinter, Some(delay(line)?))),
    ServerRow::full("guid", |line, p| set(&mut p.guid, Some(line.bytes("'guid' : expects an argument")?))),
    ServerRow::full("hash-key", hash_key),
    ServerRow::full("id", id),
    ServerRow::full("init-addr", init_addr),
    ServerRow::full("init-state", init_state),
    ServerRow::full("inter", |line, p| set(&mut p.inter, Some(delay(line)?))),
    ServerRow::full("max-reuse", |line, p| set(&mut p.max_reuse, unlimited(line)?)),
    ServerRow::full("maxconn", |line, p| set(&mut p.maxconn, count(line, 0)?)),
    ServerRow::full("maxqueue", |line, p| set(&mut p.maxqueue, count(line, 0)?)),
    ServerRow::full("minconn", |line, p| set(&mut p.minconn, count(line, 0)?)),
    ServerRow::full("no-backup", |_, p| set(&mut p.backup, false)),
    ServerRow::full("no-check", |_, p| set(&mut p.check, false)),
    ServerRow::full("no-check-send-proxy", |_, p| set(&mut p.check_send_proxy, false)),
    ServerRow::full("no-send-proxy", |_, p| set(&mut p.send_proxy, SendProxy::No)),
    ServerRow::full("no-send-proxy-v2", |_, p| set(&mut p.send_proxy, SendProxy::No)),
    ServerRow::full("no-send-proxy-v2-ssl", |_, p| proxy_protocol::ssl(p, false)),
    ServerRow::full("no-send-proxy-v2-ssl-cn", |_, p| proxy_protocol::ssl(p, false)),
    ServerRow::full("non-stick", |_, p| set(&mut p.non_stick, true)),
    ServerRow::full("observe", observe),
    ServerRow::full("on-error", on_error),
    ServerRow::full("on-marked-down", |line, p| {
        let names = [("shutdown-sessions", true)];
        set(&mut p.on_marked_down_shutdown, line.choice(&names, "'on-marked-down' expects 'shutdown-sessions'.")?)
    }),
    ServerRow::full("on-marked-up", |line, p| {
        let message = "'on-marked-up' expects 'shutdown-backup-sessions'.";
        set(&mut p.on_marked_up_shutdown_backup, line.choice(&[("shutdown-backup-sessions", true)], message)?)
    }),
    ServerRow::full("pool-low-conn", |line, p| {
        set(&mut p.pool_low_conn, Some(line.int(0, i64::from(u32::MAX), "'pool-low-conn' expects an integer.")?))
    }),
    ServerRow::full("pool-max-conn", |line, p| set(&mut p.pool_max_conn, unlimited(line)?)),
    ServerRow::full("pool-purge-delay", |line, p| set(&mut p.pool_purge_delay, Some(time(line)?))),
    ServerRow::full("port", |line, p| {
        set(&mut p.port, Some(line.int(0, 65535, "'port' expects a port number as argument.")?))
    }),
    ServerRow::full("proto", |line, p| set(&mut p.proto, bind::proto_of(line)?)),
    ServerRow::full("proxy-v2-options", proxy_protocol::options),
    ServerRow::full("redir", |line, p| {
        set(&mut p.redirect_prefix, Some(line.bytes("'redir' expects <prefix> as argument.")?))
    }),
    ServerRow::full("rise", |line, p| set(&mut p.rise, Some(count(line, 1)?))),
    ServerRow::full("send-proxy", |_, p| set(&mut p.send_proxy, SendProxy::V1)),
    ServerRow::full("send-proxy-v2", |_, p| set(&mut p.send_proxy, SendProxy::V2)),
    ServerRow::full("send-proxy-v2-ssl", |_, p| proxy_protocol::ssl(p, true)),
    ServerRow::full("send-proxy-v2-ssl-cn", |_, p| proxy_protocol::ssl(p, true)),
    ServerRow::full("set-proxy-v2-tlv-fmt", |line, p| {
        let name = line.word_before()?.bytes();
        proxy_protocol::tlv(line, p, name)
    }),
    ServerRow::full("slowstart", |line, p| set(&mut p.slowstart, Some(time(line)?))),
    ServerRow::full("source", |line, p| set(&mut p.source, Some(server_line::source(line)?))),
    ServerRow::full("stick", |_, p| set(&mut p.non_stick, false)),
    ServerRow::full("track", |line, p| {
        set(&mut p.track, Some(line.need("'track' expects [<proxy>/]<server> as argument.")?.clone()))
    }),
    ServerRow::full("usesrc", |line, _| line.fail("bad-argument", "'usesrc' only allowed after a 'source' statement.")),
    ServerRow::full("weight", weight),
    ServerRow::full("ws", |line, p| set(&mut p.websockets, websockets(line)?))
        .ok(&["ws auto", "ws h1", "ws h2"])
        .bad(&["ws", "ws h3"]),
    // How connections are kept and what the kernel does with them; what only agents or names need.
    ServerRow::parsed("agent-addr"),
    ServerRow::parsed("agent-inter"),
    ServerRow::parsed("agent-port"),
    ServerRow::parsed("agent-send"),
    ServerRow::parsed("cc"),
    ServerRow::parsed("check-pool-conn-name"),
    ServerRow::parsed("check-reuse-pool"),
    ServerRow::parsed("idle-ping"),
    ServerRow::parsed("pool-conn-name"),
    ServerRow::parsed("resolve-net"),
    ServerRow::parsed("resolve-opts"),
    ServerRow::parsed("resolve-prefer"),
    ServerRow::parsed("shard"),
    ServerRow::parsed("strict-maxconn"),
    ServerRow::parsed("tcp-ut"),
    ServerRow::parsed("tfo"),
    // Whether the server is up, where its traffic goes, and in what form.
    ServerRow::refused("agent-check"),
    ServerRow::refused("check-via-socks4"),
    ServerRow::refused("healthcheck"),
    ServerRow::refused("log-bufsize"),
    ServerRow::refused("log-proto"),
    ServerRow::refused("namespace"),
    ServerRow::refused("quic-cc-algo"),
    ServerRow::refused("resolvers"),
    ServerRow::refused("socks4"),
    ServerRow::refused("tcp-md5sig"),
    // TLS; what switches some of it off changes nothing while there is none.
    ServerRow::refused("allow-0rtt"),
    ServerRow::refused("alpn"),
    ServerRow::refused("ca-file"),
    ServerRow::refused("check-alpn"),
    ServerRow::refused("check-sni"),
    ServerRow::refused("check-sni-auto"),
    ServerRow::refused("check-ssl"),
    ServerRow::refused("ciphers"),
    ServerRow::refused("ciphersuites"),
    ServerRow::refused("client-sigalgs"),
    ServerRow::refused("crl-file"),
    ServerRow::refused("crt"),
    ServerRow::refused("curves"),
    ServerRow::refused("force-sslv3"),
    ServerRow::refused("force-tlsv10"),
    ServerRow::refused("force-tlsv11"),
    ServerRow::refused("force-tlsv12"),
    ServerRow::refused("force-tlsv13"),
    ServerRow::refused("ktls"),
    ServerRow::parsed("no-agent-check"),
    ServerRow::parsed("no-check-reuse-pool"),
    ServerRow::parsed("no-check-sni-auto"),
    ServerRow::parsed("no-check-ssl"),
    ServerRow::parsed("no-renegotiate"),
    ServerRow::parsed("no-sni-auto"),
    ServerRow::parsed("no-ssl"),
    ServerRow::parsed("no-ssl-reuse"),
    ServerRow::parsed("no-sslv3"),
    ServerRow::parsed("no-tfo"),
    ServerRow::parsed("no-tls-tickets"),
    ServerRow::parsed("no-tlsv10"),
    ServerRow::parsed("no-tlsv11"),
    ServerRow::parsed("no-tlsv12"),
    ServerRow::parsed("no-tlsv13"),
    ServerRow::refused("npn"),
    ServerRow::refused("renegotiate"),
    ServerRow::refused("sigalgs"),
    ServerRow::refused("sni"),
    ServerRow::refused("sni-auto"),
    ServerRow::refused("ssl"),
    ServerRow::refused("ssl-max-ver"),
    ServerRow::refused("ssl-min-ver"),
    ServerRow::refused("ssl-reuse"),
    ServerRow::refused("tls-tickets"),
    ServerRow::refused("verify"),
    ServerRow::refused("verifyhost"),
];

/// The words of [`PARAMS`].
pub static DICTIONARY: LazyLock<Dictionary<ServerParams>> =
    LazyLock::new(|| Dictionary::new(&[PARAMS], &facts::SERVER));

fn set<T>(field: &mut T, value: T) -> Option<()> {
    *field = value;
    Some(())
}

fn count(line: &mut Line<'_, '_>, low: i64) -> Option<u32> {
    let name = line.name;
    let number = line.lenient(&format!("'{name}' expects an integer argument."))?;
    match u32::try_from(number).ok().filter(|n| i64::from(*n) >= low) {
        Some(number) => Some(number),
        None => line.fail("bad-argument", format!("'{name}' has to be > {}.", low - 1)),
    }
}

/// A number where -1 is no limit.
fn unlimited(line: &mut Line<'_, '_>) -> Option<Option<u32>> {
    let name = line.name;
    let number = line.int::<i64>(-1, i64::from(i32::MAX), &format!("'{name}' expects <value> as argument"))?;
    Some(u32::try_from(number).ok())
}

fn websockets(line: &mut Line<'_, '_>) -> Option<Option<Proto>> {
    const WRONG: &str = "'ws' has to be 'auto', 'h1' or 'h2'.";
    match line.need(WRONG)?.bytes() {
        b"auto" => Some(None),
        b"h1" => Some(Some(Proto::H1)),
        b"h2" => Some(Some(Proto::H2)),
        _ => line.fail("bad-argument", WRONG),
    }
}

fn time(line: &mut Line<'_, '_>) -> Option<Duration> {
    let missing = format!("'{}' expects a delay as argument.", line.name);
    line.duration(Unit::Millis, &missing)
}

/// The time between two checks, which cannot be none.
fn delay(line: &mut Line<'_, '_>) -> Option<Duration> {
    let delay = time(line)?;
    if delay.is_zero() {
        return line.fail("bad-argument", format!("invalid value 0 for argument '{}'.", line.name));
    }
    Some(delay)
}

fn hash_key(line: &mut Line<'_, '_>, params: &mut ServerParams) -> Option<()> {
    let names = [
        ("addr", HashKey::Addr),
        ("addr-port", HashKey::AddrPort),
        ("guid", HashKey::Guid),
        ("id", HashKey::Id),
        ("id32", HashKey::Id32),
    ];
    let message = "'hash-key' expects 'id', 'id32', 'guid', 'addr', or 'addr-port'";
    set(&mut params.hash_key, line.choice(&names, message)?)
}

fn id(line: &mut Line<'_, '_>, params: &mut ServerParams) -> Option<()> {
    let id = line.lenient("'id' : 'id' expects an integer argument")?;
    match u32::try_from(id).ok().filter(|id| *id > 0) {
        Some(id) => set(&mut params.id, Some(id)),
        None => line.fail("bad-argument", "'id' : custom id has to be > 0."),
    }
}

fn weight(line: &mut Line<'_, '_>, params: &mut ServerParams) -> Option<()> {
    let weight = line.lenient("'weight' expects an integer argument.")?;
    match u32::try_from(weight).ok().filter(|weight| *weight <= 256) {
        Some(weight) => set(&mut params.weight, Some(weight)),
        None => line.fail("bad-argument", format!("weight is not within 0 and 256 ({weight}).")),
    }
}

fn init_addr(line: &mut Line<'_, '_>, params: &mut ServerParams) -> Option<()> {
    let word = line.need("'init-addr' expects a comma-separated list of methods")?;
    params.init_addr_none = false;
    for method in word.show().split(',') {
        match method {
            "last" | "libc" => {}
            "none" => params.init_addr_none = true,
            addr if addr.parse::<IpAddr>().is_ok() => line.not_supported("init-addr with an address")?,
            _ => {
                let message = format!("'init-addr' : unknown init-addr method '{method}', expects last, libc or none");
                return line.fail("bad-argument", message);
            }
        }
    }
    Some(())
}

fn init_state(line: &mut Line<'_, '_>, params: &mut ServerParams) -> Option<()> {
    let names = [
        ("down", InitState::Down),
        ("fully-down", InitState::FullyDown),
        ("fully-up", InitState::FullyUp),
        ("none", InitState::None),
        ("up", InitState::Up),
    ];
    let message = "'init-state' expects one of 'fully-up', 'up', 'down', 'fully-down' or 'none'";
    set(&mut params.init, line.choice(&names, message)?)
}

fn observe(line: &mut Line<'_, '_>, params: &mut ServerParams) -> Option<()> {
    let got = line.peek().map(|word| word.show().into_owned()).unwrap_or_default();
    let message = format!("'observe' expects one of 'none', 'layer4', 'layer7' but got '{got}'.");
    let names = [("none", None), ("layer4", Some(Observe::Layer4)), ("layer7", Some(Observe::Layer7))];
    set(&mut params.observe, line.choice(&names, &message)?)
}

fn on_error(line: &mut Line<'_, '_>, params: &mut ServerParams) -> Option<()> {
    let got = line.peek().map(|word| word.show().into_owned()).unwrap_or_default();
    let message =
        format!("'on-error' expects one of 'fastinter', 'fail-check', 'sudden-death' or 'mark-down' but got '{got}'.");
    let names = [
        ("fail-check", OnError::FailCheck),
        ("fastinter", OnError::FastInter),
        ("mark-down", OnError::MarkDown),
        ("sudden-death", OnError::SuddenDeath),
    ];
    set(&mut params.on_error, line.choice(&names, &message)?)
}
