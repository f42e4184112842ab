//! `bind` lines (manual, section 5.1).

use crate::{
    draft::ProxyDraft,
    facts,
    keyword::{
        address::{self, Address, Fault, Ports, Written},
        stats::Level,
    },
    line::Line,
    row::{BindRow, Dictionary, ProxyRow},
    value::Unit,
};
use source::{Span, Word};
use std::{sync::LazyLock, time::Duration};

/// One listener: a `bind` line with several addresses or a port range becomes several.
#[derive(Debug, Clone)]
pub struct Bind {
    pub address: Address,
    /// `name`, or `sock-N` as HAProxy numbers them.
    pub name: Option<Vec<u8>>,
    pub id: u32,
    pub span: Span,
    /// 0 = the frontend's limit alone.
    pub maxconn: u32,
    pub backlog: u32,
    pub accept_proxy: bool,
    /// `accept-netscaler-cip`: the number that the header begins with.
    pub netscaler_magic: Option<u32>,
    /// `v4v6` / `v6only` on an IPv6 address.
    pub v6only: bool,
    pub v4v6: bool,
    pub transparent: bool,
    pub defer_accept: bool,
    pub tfo: bool,
    pub interface: Option<Vec<u8>>,
    pub mss: Option<i32>,
    pub tcp_ut: Option<Duration>,
    pub nice: i32,
    /// `mode`, `user`, `uid`, `group`, `gid` of a unix socket.
    pub unix: UnixAccess,
    /// `proto h1|h2`; `None` = found out from the first bytes.
    pub proto: Option<Proto>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnixAccess {
    pub mode: Option<u32>,
    pub user: Option<Vec<u8>>,
    pub uid: Option<u32>,
    pub group: Option<Vec<u8>>,
    pub gid: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proto {
    H1,
    H2,
}

/// A `bind` or `stats socket` line while its parameters are read.
#[derive(Debug)]
pub struct BindDraft {
    pub bind: Bind,
    pub level: Option<Level>,
    pub expose_fd_listeners: bool,
}

pub static TABLE: &[ProxyRow] = &[ProxyRow::full("bind", bind)
    .ok(&[
        "bind 127.0.0.1:18081,127.0.0.1:18082 name a maxconn 10",
        "bind :18083-18085",
        "bind unix@/tmp/x mode 600",
        "bind [::1]:18086 v6only",
        "bind abns@x accept-proxy",
        "bind :18087 accept-netscaler-cip 12345678",
        "bind fd@3",
    ])
    .bad(&[
        "bind",
        "bind 127.0.0.1",
        "bind foo.invalid:80",
        "bind :0",
        "bind :80 foo",
        "bind :80 maxconn",
        "bind :99999",
        "bind :80-",
        "bind 10.0.0.1:80 ssl crt x.pem",
        "bind quic4@:443",
    ])];

/// The parameters of `bind` (manual, section 5.1).
pub static PARAMS: &[BindRow] = &[
    BindRow::full("accept-netscaler-cip", |line, draft| {
        let missing = "'accept-netscaler-cip' : missing magic number";
        set(&mut draft.bind.netscaler_magic, Some(line.int(0, i64::from(u32::MAX), missing)?))
    }),
    BindRow::full("accept-proxy", |_, draft| set(&mut draft.bind.accept_proxy, true)),
    BindRow::full("backlog", |line, draft| number(line, &mut draft.bind.backlog)),
    BindRow::parsed("defer-accept").reads(|_, draft| set(&mut draft.bind.defer_accept, true)),
    BindRow::full("expose-fd", expose_fd),
    BindRow::full("gid", |line, draft| some_number(line, &mut draft.bind.unix.gid)),
    BindRow::full("group", |line, draft| text(line, &mut draft.bind.unix.group)),
    BindRow::full("id", |line, draft| {
        set(&mut draft.bind.id, line.int(1, i64::from(u32::MAX), "'id' : missing value")?)
    }),
    BindRow::full("interface", |line, draft| text(line, &mut draft.bind.interface)),
    BindRow::full("level", level),
    BindRow::full("maxconn", |line, draft| number(line, &mut draft.bind.maxconn)),
    BindRow::full("mode", mode),
    BindRow::full("mss", |line, draft| {
        set(&mut draft.bind.mss, Some(line.int(-65535, 65535, "'mss' : missing value")?))
    }),
    BindRow::full("name", |line, draft| {
        set(&mut draft.bind.name, Some(line.need("'name' : missing name")?.bytes().to_vec()))
    }),
    BindRow::parsed("nice")
        .reads(|line, draft| set(&mut draft.bind.nice, line.int(-1024, 1024, "'nice' : missing value")?)),
    BindRow::full("proto", proto),
    BindRow::full("tcp-ut", |line, draft| {
        set(&mut draft.bind.tcp_ut, Some(line.duration(Unit::Millis, "'tcp-ut' : missing TCP User Timeout value")?))
    }),
    BindRow::parsed("tfo").reads(|_, draft| set(&mut draft.bind.tfo, true)),
    BindRow::full("transparent", |_, draft| set(&mut draft.bind.transparent, true)),
    BindRow::full("uid", |line, draft| some_number(line, &mut draft.bind.unix.uid)),
    BindRow::full("user", |line, draft| text(line, &mut draft.bind.unix.user)),
    BindRow::full("v4v6", |_, draft| set(&mut draft.bind.v4v6, true)),
    BindRow::full("v6only", |_, draft| set(&mut draft.bind.v6only, true)),
    BindRow::full("process", |line, _| {
        line.fail("removed-keyword", "'process' is not supported any more; use 'thread' instead.")
    }),
    // How the work is spread over threads, what kernels do with packets, what statistics call the listener.
    BindRow::parsed("cc"),
    BindRow::parsed("guid-prefix"),
    BindRow::parsed("idle-ping"),
    BindRow::parsed("label"),
    BindRow::parsed("severity-output"),
    BindRow::parsed("shards"),
    BindRow::parsed("tcp-ss"),
    BindRow::parsed("thread"),
    // Who gets in.
    BindRow::refused("namespace"),
    BindRow::refused("nbconn"),
    BindRow::refused("tcp-md5sig"),
    // TLS.
    BindRow::refused("allow-0rtt"),
    BindRow::refused("alpn"),
    BindRow::refused("ca-file"),
    BindRow::refused("ca-ignore-err"),
    BindRow::refused("ca-sign-file"),
    BindRow::refused("ca-sign-pass"),
    BindRow::refused("ca-verify-file"),
    BindRow::refused("ciphers"),
    BindRow::refused("ciphersuites"),
    BindRow::refused("client-sigalgs"),
    BindRow::refused("crl-file"),
    BindRow::refused("crt"),
    BindRow::refused("crt-ignore-err"),
    BindRow::refused("crt-list"),
    BindRow::refused("curves"),
    BindRow::refused("default-crt"),
    BindRow::refused("ecdhe"),
    BindRow::refused("ech"),
    BindRow::refused("force-sslv3"),
    BindRow::refused("force-tlsv10"),
    BindRow::refused("force-tlsv11"),
    BindRow::refused("force-tlsv12"),
    BindRow::refused("force-tlsv13"),
    BindRow::refused("generate-certificates"),
    BindRow::refused("ktls"),
    BindRow::refused("no-alpn"),
    BindRow::refused("no-ca-names"),
    BindRow::refused("no-sslv3"),
    BindRow::refused("no-strict-sni"),
    BindRow::refused("no-tls-tickets"),
    BindRow::refused("no-tlsv10"),
    BindRow::refused("no-tlsv11"),
    BindRow::refused("no-tlsv12"),
    BindRow::refused("no-tlsv13"),
    BindRow::refused("npn"),
    BindRow::refused("prefer-client-ciphers"),
    BindRow::refused("quic-cc-algo"),
    BindRow::refused("quic-force-retry"),
    BindRow::refused("quic-socket"),
    BindRow::refused("sigalgs"),
    BindRow::refused("ssl"),
    BindRow::refused("ssl-max-ver"),
    BindRow::refused("ssl-min-ver"),
    BindRow::refused("strict-sni"),
    BindRow::refused("tls-ticket-keys"),
    BindRow::refused("tls-tickets"),
    BindRow::refused("verify"),
];

/// The words of [`PARAMS`].
pub static DICTIONARY: LazyLock<Dictionary<BindDraft>> = LazyLock::new(|| Dictionary::new(&[PARAMS], &facts::BIND));

const USAGE: &str = "'bind' expects {<path>|[addr1]:port1[-end1]}{,[addr]:port[-end]}... as arguments.";

fn bind(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let word = line.need(USAGE)?;
    let mut addresses = Vec::new();
    for text in word.bytes().split(|b| *b == b',') {
        addresses.extend(listeners(line, word, text)?);
    }
    line.prefix = format!("'bind {}' in section '{}' : ", word.show(), line.cx.place.word());
    let mut draft = BindDraft::new(line);
    line.params(&DICTIONARY, &mut draft)?;
    proxy.binds.extend(addresses.into_iter().map(|address| Bind { address, ..draft.bind.clone() }));
    Some(())
}

/// The addresses of one text of a `bind` line: a range of ports is several.
fn listeners(line: &mut Line<'_, '_>, word: &Word, text: &[u8]) -> Option<Vec<Address>> {
    let shown = String::from_utf8_lossy(text).into_owned();
    let ports = match written(line, word, text)? {
        Written::Ip { ports: Ports::None, .. } => {
            let message = format!("'bind' : missing port specification in '{shown}'");
            line.alert("missing-port", word.span, message, "write a port behind the address: '127.0.0.1:80'");
            return None;
        }
        Written::Ip { addr, ports: Ports::One(port), .. } => (addr, port, port),
        Written::Ip { addr, ports: Ports::Range(low, high), .. } => (addr, low, high),
        Written::Ip { ports: Ports::Offset(_), .. } => {
            let message = format!("'bind' : port offset not allowed here in '{shown}'");
            line.alert("bad-address", word.span, message, "write the port itself");
            return None;
        }
        Written::Unix(path) => return Some(vec![Address::Unix([line.cx.unix_prefix.clone(), path].concat())]),
        Written::Abstract(name) => return Some(vec![Address::Abstract(name)]),
        Written::Fd(fd) => return Some(vec![Address::Fd(fd)]),
    };
    let (addr, low, high) = ports;
    if low == 0 {
        line.alert("bad-address", word.span, "'bind' : invalid port '0'", "ports count from 1 to 65535");
        return None;
    }
    Some((low..=high).map(|port| Address::Ip(addr, port)).collect())
}

/// An address to listen on, or the finding why it is none.
fn written(line: &mut Line<'_, '_>, word: &Word, text: &[u8]) -> Option<Written> {
    let shown = String::from_utf8_lossy(text).into_owned();
    match address::parse(text, line.cx.host) {
        Ok(written) => Some(written),
        Err(Fault::Bad(message)) => {
            let help = "an address is [ADDR]:PORT, unix@PATH, abns@NAME or fd@NUMBER";
            line.alert("bad-address", word.span, format!("'{}' : {message}", line.name), help);
            None
        }
        Err(Fault::Unresolved(name)) => {
            let message =
                format!("'{}' : invalid address: '{}' in '{shown}'", line.name, String::from_utf8_lossy(&name));
            line.alert("bad-address", word.span, message, "the name does not resolve here; write an address");
            None
        }
        Err(Fault::Unsupported(what)) => line.not_supported(&what),
    }
}

impl BindDraft {
    pub fn new(line: &Line<'_, '_>) -> BindDraft {
        let bind = Bind {
            address: Address::Fd(-1),
            name: None,
            id: 0,
            span: line.span(),
            maxconn: 0,
            backlog: 0,
            accept_proxy: false,
            netscaler_magic: None,
            v6only: false,
            v4v6: false,
            transparent: false,
            defer_accept: false,
            tfo: false,
            interface: None,
            mss: None,
            tcp_ut: None,
            nice: 0,
            unix: line.cx.unix_bind.clone(),
            proto: None,
        };
        BindDraft { bind, level: None, expose_fd_listeners: false }
    }
}

/// The address of a `stats socket`: a path, or anything that can be bound, port 0 excepted.
pub fn socket(line: &mut Line<'_, '_>, word: &Word) -> Option<Address> {
    listeners(line, word, word.bytes())?.into_iter().next()
}

fn set<T>(field: &mut T, value: T) -> Option<()> {
    *field = value;
    Some(())
}

fn number(line: &mut Line<'_, '_>, field: &mut u32) -> Option<()> {
    let missing = format!("'{}' : missing value", line.name);
    set(field, line.int(0, i64::from(i32::MAX), &missing)?)
}

fn some_number(line: &mut Line<'_, '_>, field: &mut Option<u32>) -> Option<()> {
    let missing = format!("'{}' : missing value", line.name);
    set(field, Some(line.int(0, i64::from(u32::MAX), &missing)?))
}

fn text(line: &mut Line<'_, '_>, field: &mut Option<Vec<u8>>) -> Option<()> {
    let missing = format!("'{}' : missing value", line.name);
    set(field, Some(line.need(&missing)?.bytes().to_vec()))
}

fn mode(line: &mut Line<'_, '_>, draft: &mut BindDraft) -> Option<()> {
    let word = line.need("'mode' : missing mode (octal integer expected)")?;
    match word.str().and_then(|text| u32::from_str_radix(text, 8).ok()) {
        Some(mode) => set(&mut draft.bind.unix.mode, Some(mode)),
        None => line.fail("bad-argument", format!("'mode' : '{}' is no octal integer", word.show())),
    }
}

fn level(line: &mut Line<'_, '_>, draft: &mut BindDraft) -> Option<()> {
    const WORDS: &str = "'level' only supports 'user', 'operator', and 'admin'";
    let level = match line.need(WORDS)?.bytes() {
        b"user" => Level::User,
        b"operator" => Level::Operator,
        b"admin" => Level::Admin,
        _ => return line.fail("bad-argument", WORDS),
    };
    set(&mut draft.level, Some(level))
}

fn expose_fd(line: &mut Line<'_, '_>, draft: &mut BindDraft) -> Option<()> {
    const WORDS: &str = "'expose-fd' only supports 'listeners'";
    match line.need(WORDS)?.bytes() {
        b"listeners" => set(&mut draft.expose_fd_listeners, true),
        _ => line.fail("bad-argument", WORDS),
    }
}

fn proto(line: &mut Line<'_, '_>, draft: &mut BindDraft) -> Option<()> {
    let proto = proto_of(line)?;
    set(&mut draft.bind.proto, proto)
}

/// The name of a protocol behind `proto`; `None` within for `none`.
pub fn proto_of(line: &mut Line<'_, '_>) -> Option<Option<Proto>> {
    let word = line.need("'proto' : missing value")?;
    match word.bytes() {
        b"h1" => Some(Some(Proto::H1)),
        b"h2" => Some(Some(Proto::H2)),
        b"none" => Some(None),
        b"fcgi" | b"spop" | b"quic" | b"qmux" => line.not_supported(&format!("proto {}", word.show())),
        _ => line.fail("bad-argument", format!("'proto' :  unknown MUX protocol '{}'", word.show())),
    }
}
