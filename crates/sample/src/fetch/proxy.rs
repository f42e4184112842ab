//! Proxies and servers: names, states and counters (manual, sections 7.3.2 and 7.3.3).

use crate::{
    env::{ProxyFact, ServerFact},
    row::{Absent, ArgKind, Args, Fetch, Fetched, Places},
    stream::Cx,
    value::{Type, Value},
};

const BACKEND: &[ArgKind] = &[ArgKind::Backend];
const FRONTEND: &[ArgKind] = &[ArgKind::Frontend];
const SERVER: &[ArgKind] = &[ArgKind::Server];

/// A number about a backend, the current one where none is named.
macro_rules! of_backend {
    ($name:literal, $fact:ident) => {
        Fetch::new($name, Type::Int, Places::INTERNAL, |args, cx| {
            proxy(args.id(0).map_or(current(cx), |(proxy, _)| proxy), cx, ProxyFact::$fact)
        })
        .args(0, BACKEND)
        .ok(&[$name, concat!($name, "(be)")])
        .bad(&[concat!($name, "(be,x)")])
    };
}

macro_rules! of_frontend {
    ($name:literal, $fact:ident) => {
        Fetch::new($name, Type::Int, Places::INTERNAL, |args, cx| {
            proxy(args.id(0).map_or(cx.stream.frontend, |(proxy, _)| proxy), cx, ProxyFact::$fact)
        })
        .args(0, FRONTEND)
        .ok(&[$name, concat!($name, "(fe)")])
    };
}

macro_rules! of_server {
    ($name:literal, $fact:ident) => {
        Fetch::new($name, Type::Int, Places::INTERNAL, |args, cx| server(args, cx, ServerFact::$fact).map(Value::Int))
            .args(1, SERVER)
            .ok(&[concat!($name, "(be/s1)")])
            .bad(&[$name])
    };
}

/// A timeout of the stream's backend.
macro_rules! be_timeout {
    ($name:literal, $fact:ident) => {
        Fetch::new($name, Type::Int, Places::BACKEND, |_, cx| timeout(backend(cx), cx, ProxyFact::$fact))
    };
}

pub(super) const TABLE: &[Fetch] = &[
    of_backend!("avg_queue", AverageQueue),
    of_backend!("be_conn", Connections),
    of_backend!("be_conn_free", FreeConnections),
    be_timeout!("be_connect_timeout", ConnectTimeout),
    Fetch::new("be_id", Type::Int, Places::BACKEND, |_, cx| proxy(backend(cx), cx, ProxyFact::Id)),
    Fetch::new("be_name", Type::Str, Places::BACKEND, |_, cx| name(cx, backend(cx))),
    be_timeout!("be_queue_timeout", QueueTimeout),
    be_timeout!("be_server_timeout", ServerTimeout),
    of_backend!("be_sess_rate", SessionRate),
    be_timeout!("be_tarpit_timeout", TarpitTimeout),
    be_timeout!("be_tunnel_timeout", TunnelTimeout),
    of_backend!("connslots", ConnectionSlots),
    Fetch::new("dst_conn", Type::Int, Places::FRONTEND, |_, cx| Ok(Value::Int(cx.stream.counts.listener.into()))),
    Fetch::new("fe_client_timeout", Type::Int, Places::FRONTEND, |_, cx| {
        timeout(cx.stream.frontend, cx, ProxyFact::ClientTimeout)
    }),
    of_frontend!("fe_conn", Connections),
    Fetch::new("fe_defbe", Type::Str, Places::FRONTEND, |_, cx| {
        let backend = cx.env.proxy(cx.stream.frontend, ProxyFact::DefaultBackend).ok_or(Absent::Missing)?;
        name(cx, backend as usize)
    }),
    Fetch::new("fe_id", Type::Int, Places::FRONTEND, |_, cx| proxy(cx.stream.frontend, cx, ProxyFact::Id)),
    Fetch::new("fe_name", Type::Str, Places::FRONTEND, |_, cx| name(cx, cx.stream.frontend)),
    of_frontend!("fe_req_rate", RequestRate),
    of_frontend!("fe_sess_rate", SessionRate),
    Fetch::new("fe_tarpit_timeout", Type::Int, Places::FRONTEND, |_, cx| {
        timeout(cx.stream.frontend, cx, ProxyFact::TarpitTimeout)
    }),
    of_backend!("nbsrv", UsableServers),
    of_backend!("queue", Queue),
    Fetch::new("so_id", Type::Int, Places::FRONTEND, |_, cx| Ok(Value::Int(listener(cx)?.1))),
    Fetch::new("so_name", Type::Str, Places::FRONTEND, |_, cx| {
        let (name, _) = listener(cx)?;
        if name.is_empty() { Err(Absent::Missing) } else { Ok(Value::str(name.as_bytes())) }
    }),
    of_server!("srv_conn", Connections),
    of_server!("srv_conn_free", FreeConnections),
    Fetch::new("srv_id", Type::Int, Places::SERVER_KNOWN, |_, cx| {
        let (backend, server) = target(cx)?;
        cx.env.server(backend, server, ServerFact::Id).map(Value::Int).ok_or(Absent::Missing)
    }),
    Fetch::new("srv_is_up", Type::Bool, Places::INTERNAL, |args, cx| {
        server(args, cx, ServerFact::IsUp).map(|up| Value::Bool(up != 0))
    })
    .args(1, SERVER)
    .ok(&["srv_is_up(be/s1)"])
    .bad(&["srv_is_up"]),
    of_server!("srv_iweight", InitialWeight),
    Fetch::new("srv_name", Type::Str, Places::SERVER_KNOWN, |_, cx| {
        let (backend, server) = target(cx)?;
        Ok(Value::str(cx.env.server_name(backend, server).as_bytes()))
    }),
    of_server!("srv_queue", Queue),
    of_server!("srv_sess_rate", SessionRate),
    of_server!("srv_uweight", UserWeight),
    of_server!("srv_weight", Weight),
];

/// The stream's backend; its frontend as long as none was chosen.
pub(crate) fn backend(cx: &Cx<'_>) -> usize {
    cx.stream.backend.unwrap_or(cx.stream.frontend)
}

/// The proxy whose rules are at work.
fn current(cx: &Cx<'_>) -> usize {
    if Places::FRONT_RULES.meets(cx.place) { cx.stream.frontend } else { backend(cx) }
}

fn target(cx: &Cx<'_>) -> Result<(usize, usize), Absent> {
    cx.stream.target.map(|server| (backend(cx), server)).ok_or(Absent::Missing)
}

fn proxy<'a>(proxy: usize, cx: &Cx<'a>, what: ProxyFact) -> Fetched<'a> {
    cx.env.proxy(proxy, what).map(Value::Int).ok_or(Absent::Missing)
}

fn server(args: &Args, cx: &Cx<'_>, what: ServerFact) -> Result<i64, Absent> {
    let (proxy, server) = args.id(0).ok_or(Absent::Missing)?;
    cx.env.server(proxy, server, what).ok_or(Absent::Missing)
}

fn name<'a>(cx: &Cx<'a>, proxy: usize) -> Fetched<'a> {
    Ok(Value::str(cx.env.proxy_name(proxy).as_bytes()))
}

fn listener<'a>(cx: &Cx<'a>) -> Result<(&'a str, i64), Absent> {
    cx.env.listener(cx.stream.frontend, cx.stream.client.bind).ok_or(Absent::Missing)
}

/// A timeout; 0 where there is none.
fn timeout<'a>(number: usize, cx: &Cx<'a>, what: ProxyFact) -> Fetched<'a> {
    Ok(Value::Int(cx.env.proxy(number, what).unwrap_or(0)))
}
