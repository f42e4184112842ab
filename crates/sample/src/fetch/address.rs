//! Addresses and ports of connections (manual, section 7.3.3).

use crate::{
    row::{Absent, Fetch, Fetched, Places},
    stream::Cx,
    value::{Type, Value},
};
use std::net::{IpAddr, SocketAddr};

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("bc_dst", Type::Addr, Places::SERVER, |_, cx| address(cx.stream.server.dst)),
    Fetch::new("bc_dst_port", Type::Int, Places::SERVER, |_, cx| port(cx.stream.server.dst)),
    Fetch::new("bc_http_major", Type::Int, Places::SERVER, |_, cx| major(cx.stream.server.http_major)),
    Fetch::new("bc_src", Type::Addr, Places::SERVER, |_, cx| address(cx.stream.server.src)),
    Fetch::new("bc_src_port", Type::Int, Places::SERVER, |_, cx| port(cx.stream.server.src)),
    Fetch::new("dst", Type::Addr, Places::CLIENT, |_, cx| address(cx.stream.client.dst)).ok(&["dst"]).bad(&["dst(a)"]),
    Fetch::new("dst_is_local", Type::Bool, Places::CLIENT, |_, cx| local(cx, cx.stream.client.dst))
        .ok(&["dst_is_local"]),
    Fetch::new("dst_port", Type::Int, Places::CLIENT, |_, cx| port(cx.stream.client.dst)),
    Fetch::new("fc_dst", Type::Addr, Places::CLIENT, |_, cx| address(cx.stream.client.real_dst())),
    Fetch::new("fc_dst_is_local", Type::Bool, Places::CLIENT, |_, cx| local(cx, cx.stream.client.real_dst()))
        .ok(&["fc_dst_is_local"]),
    Fetch::new("fc_dst_port", Type::Int, Places::CLIENT, |_, cx| port(cx.stream.client.real_dst())),
    Fetch::new("fc_http_major", Type::Int, Places::CLIENT, |_, cx| major(cx.stream.client.http_major)),
    Fetch::new("fc_src", Type::Addr, Places::CLIENT, |_, cx| address(cx.stream.client.real_src())),
    Fetch::new("fc_src_is_local", Type::Bool, Places::CLIENT, |_, cx| local(cx, cx.stream.client.real_src()))
        .ok(&["fc_src_is_local"]),
    Fetch::new("fc_src_port", Type::Int, Places::CLIENT, |_, cx| port(cx.stream.client.real_src())),
    Fetch::new("ssl_bc", Type::Bool, Places::SERVER, |_, cx| Ok(Value::Bool(cx.stream.server.tls))),
    Fetch::new("ssl_fc", Type::Bool, Places::CLIENT_SESSION, |_, cx| Ok(Value::Bool(cx.stream.client.tls)))
        .ok(&["ssl_fc"]),
    Fetch::new("src", Type::Addr, Places::CLIENT, |_, cx| address(cx.stream.client.src)).ok(&["src"]).bad(&["src(a)"]),
    Fetch::new("src_is_local", Type::Bool, Places::CLIENT, |_, cx| local(cx, cx.stream.client.src))
        .ok(&["src_is_local"]),
    Fetch::new("src_port", Type::Int, Places::CLIENT, |_, cx| port(cx.stream.client.src)),
];

fn address<'a>(address: Option<SocketAddr>) -> Fetched<'a> {
    Ok(match address.ok_or(Absent::Missing)?.ip() {
        IpAddr::V4(ip) => Value::Ipv4(ip),
        IpAddr::V6(ip) => Value::Ipv6(ip),
    })
}

/// Whether an address is one of this machine; that of a unix socket always is.
fn local<'a>(cx: &Cx<'a>, address: Option<SocketAddr>) -> Fetched<'a> {
    Ok(Value::Bool(address.is_none_or(|address| cx.env.is_local(address.ip()))))
}

/// A port; 0 is none, as a PROXY header may say.
fn port<'a>(address: Option<SocketAddr>) -> Fetched<'a> {
    match address.ok_or(Absent::Missing)?.port() {
        0 => Err(Absent::Missing),
        port => Ok(Value::Int(port.into())),
    }
}

/// Nothing where no HTTP is spoken.
fn major<'a>(major: u8) -> Fetched<'a> {
    if major == 0 { Err(Absent::Missing) } else { Ok(Value::Int(major.into())) }
}

/// Hands the bytes of an address to a function.
pub(super) fn octets(ip: IpAddr, take: impl FnOnce(&[u8])) {
    match ip {
        IpAddr::V4(ip) => take(&ip.octets()),
        IpAddr::V6(ip) => take(&ip.octets()),
    }
}
