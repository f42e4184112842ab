//! `server`, `default-server` and `server-template` lines: a name, an address, parameters (manual, section 4.2).

use crate::{
    draft::ProxyDraft,
    keyword::{
        address::{self, Address, Fault, Port, Ports, Written},
        server::{DICTIONARY, ServerParams},
    },
    line::Line,
    row::ProxyRow,
};
use source::{Form, Span, Word};
use std::net::{IpAddr, Ipv4Addr};

/// A `server` line, with what `default-server` said before it.
#[derive(Debug, Clone)]
pub struct ServerDraft {
    pub name: Vec<u8>,
    pub span: Span,
    pub address: Address,
    pub port: Port,
    /// Whether the line gave a port or an offset.
    pub has_port: bool,
    pub hostname: Option<Vec<u8>>,
    pub params: ServerParams,
}

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("server", server)
        .ok(&[
            "server a 127.0.0.1:80 weight 10 maxconn 20 check inter 2s fastinter 1s downinter 3s rise 1 fall 2",
            "server b localhost:80 cookie x backup slowstart 10s",
            "server c 127.0.0.1 check port 80 addr 127.0.0.2",
            "server d :80",
            "server e 127.0.0.1:+80",
            "server f unix@/tmp/x send-proxy-v2",
            "server p 127.0.0.1:80 send-proxy-v2-ssl proxy-v2-options crc32c,unique-id,authority,ssl",
            "server q 127.0.0.1:80 send-proxy-v2 set-proxy-v2-tlv-fmt(0xE5) x-%[src]",
            "server g [::1]:80 disabled",
            "server h 127.0.0.1:80 init-addr last,libc,none",
        ])
        .bad(&[
            "server",
            "server s",
            "server s 127.0.0.1:80 foo",
            "server s 127.0.0.1:80 weight",
            "server s 127.0.0.1:80 weight 300",
            "server s 127.0.0.1:80 inter 5x",
            "server s 127.0.0.1:80 inter 0",
            "server s 127.0.0.1:80 rise 0",
            "server s 127.0.0.1:80 id 0",
            "server s 127.0.0.1:80 observe foo",
            "server s 127.0.0.1:80 on-error foo",
            "server s 127.0.0.1:80 proxy-v2-options foo",
            "server s 127.0.0.1:80 set-proxy-v2-tlv-fmt(256) x",
            "server s 127.0.0.1:80 check track s",
            "server s nope.invalid:80",
            "server s sockpair@3",
            "server s 127.0.0.1:80 ssl verify none",
        ]),
    ProxyRow::full("default-server", |line, proxy| {
        line.form = Form::Object;
        let mut params = proxy.default_server.clone();
        line.params(&DICTIONARY, &mut params)?;
        proxy.default_server = params;
        Some(())
    })
    .ok(&["default-server inter 2s weight 20"])
    .bad(&["default-server foo", "default-server weight 300"]),
    ProxyRow::full("source", |line, proxy| {
        proxy.source = Some(source(line)?);
        match line.word() {
            None => Some(()),
            Some(_) => line.fail("bad-argument", "'source' only supports optional keywords 'interface' and 'usesrc'."),
        }
    })
    .bad(&["source", "source 1.1.1.1 foo"]),
    ProxyRow::full("server-template", template).ok(&["server-template t 1-3 127.0.0.1:80 check"]).bad(&[
        "server-template",
        "server-template x",
        "server-template x 0 127.0.0.1:80",
    ]),
];

fn server(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    const USAGE: &str = "'server' expects <name> and <addr>[:<port>] as arguments.";
    line.form = Form::Object;
    let name = line.need(USAGE)?;
    let word = line.need(USAGE)?;
    line.prefix = format!("'server {}/{}' : ", String::from_utf8_lossy(&line.cx.proxy), name.show());
    let draft = read(line, name.bytes().to_vec(), word, proxy.default_server.clone())?;
    proxy.servers.push(draft);
    Some(())
}

fn template(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    const USAGE: &str = "'server-template' expects <prefix> <nb | range> <addr>[:<port>] as arguments.";
    line.form = Form::Object;
    let prefix = line.need(USAGE)?;
    let range = line.need(USAGE)?;
    let Some((low, high)) = numbers(&range.show()) else {
        return line.fail("bad-argument", format!("Wrong server-template number or range arg '{}'.", range.show()));
    };
    let word = line.need(USAGE)?;
    line.prefix = format!("'server-template {}/{}' : ", String::from_utf8_lossy(&line.cx.proxy), prefix.show());
    let first = read(line, Vec::new(), word, proxy.default_server.clone())?;
    for number in low..=high {
        let name = [prefix.bytes(), number.to_string().as_bytes()].concat();
        proxy.servers.push(ServerDraft { name, ..first.clone() });
    }
    Some(())
}

/// `3` is 1 to 3, `2-5` is itself; a template makes 65536 servers at most.
fn numbers(text: &str) -> Option<(u32, u32)> {
    let (low, high) = text.split_once('-').unwrap_or(("1", text));
    let (low, high): (u32, u32) = (low.parse().ok()?, high.parse().ok()?);
    (low >= 1 && low <= high && high - low < 65536).then_some((low, high))
}

/// The address and parameters behind a server's name.
fn read(line: &mut Line<'_, '_>, name: Vec<u8>, word: &Word, mut params: ServerParams) -> Option<ServerDraft> {
    let found = address(line, word);
    let good = line.params(&DICTIONARY, &mut params);
    let (address, port, hostname) = match found? {
        Target::Known { address, port, hostname } => (address, port, hostname),
        // A server without an address is not used until it gets one.
        Target::Unresolved(hostname) if params.init_addr_none || line.cx.host.ignores_unresolved() => {
            params.disabled = true;
            (Address::Ip(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0), Port::Fixed(0), Some(hostname))
        }
        Target::Unresolved(hostname) => {
            let message = format!("could not resolve address '{}'.", String::from_utf8_lossy(&hostname));
            let help = "write an address, or 'init-addr none' to start without one";
            line.alert("unresolved-address", word.span, message, help);
            return None;
        }
    };
    good?;
    if params.check && params.track.is_some() {
        return line.fail("bad-argument", "unable to enable checks and tracking at the same time!");
    }
    let has_port = port != Port::Offset(0);
    Some(ServerDraft { name, span: line.span(), address, port, has_port, hostname, params })
}

/// Where a server is.
#[derive(Debug)]
pub enum Target {
    Known { address: Address, port: Port, hostname: Option<Vec<u8>> },
    Unresolved(Vec<u8>),
}

/// The address that a word says, or the finding why it is none.
pub fn address(line: &mut Line<'_, '_>, word: &Word) -> Option<Target> {
    let known = |address, port, hostname| Some(Target::Known { address, port, hostname });
    match address::parse(word.bytes(), line.cx.host) {
        Ok(Written::Unix(path)) => known(Address::Unix(path), Port::Fixed(0), None),
        Ok(Written::Abstract(name)) => known(Address::Abstract(name), Port::Fixed(0), None),
        Ok(Written::Fd(fd)) => known(Address::Fd(fd), Port::Fixed(0), None),
        Ok(Written::Ip { addr, name, ports }) => match ports {
            Ports::None => known(Address::Ip(addr, 0), Port::Offset(0), name),
            Ports::Offset(offset) => known(Address::Ip(addr, 0), Port::Offset(offset), name),
            Ports::One(port) => known(Address::Ip(addr, port), Port::Fixed(port), name),
            Ports::Range(..) => line.fail("bad-address", format!("port range not allowed here in '{}'", word.show())),
        },
        Err(Fault::Bad(message)) => line.fail("bad-address", message),
        Err(Fault::Unresolved(name)) => Some(Target::Unresolved(name)),
        Err(Fault::Unsupported(what)) => line.not_supported(&what),
    }
}

/// An address that has to be known now.
pub fn known_address(line: &mut Line<'_, '_>, word: &Word) -> Option<Address> {
    match address(line, word)? {
        Target::Known { address, .. } => Some(address),
        Target::Unresolved(name) => {
            line.fail("unresolved-address", format!("could not resolve address '{}'.", String::from_utf8_lossy(&name)))
        }
    }
}

/// `source ADDR[:PORT]`; what else it takes is refused.
pub fn source(line: &mut Line<'_, '_>) -> Option<Address> {
    let word =
        line.need("'source' expects <addr>[:<port>], and optionally 'usesrc' <addr>, and 'interface' <name>.")?;
    let source = known_address(line, word)?;
    for what in ["usesrc", "interface"] {
        if line.take(what) {
            return line.not_supported(&format!("source … {what}"));
        }
    }
    Some(source)
}
