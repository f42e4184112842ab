//! Questions about proxies and servers that are named by a value (manual, section 7.3.1).

use super::text::bytes;
use crate::{
    env::{ProxyFact, ServerFact},
    row::{Absent, Convert},
    stream::Cx,
    value::{Type, Value},
};

pub(super) const TABLE: &[Convert] = &[
    Convert::new("fe_exists", Type::Str, Type::Bool, |_, cx, value| {
        Ok(Value::Bool(cx.env.find_proxy(&bytes(value), false).is_some()))
    }),
    Convert::new("nbsrv", Type::Str, Type::Int, |_, cx, value| {
        let proxy = cx.env.find_proxy(&bytes(value), true).ok_or(Absent::Missing)?;
        cx.env.proxy(proxy, ProxyFact::UsableServers).map(Value::Int).ok_or(Absent::Missing)
    }),
    Convert::new("srv_is_up", Type::Str, Type::Bool, |_, cx, value| {
        server(cx, &bytes(value), ServerFact::IsUp).map(|up| Value::Bool(up != 0))
    }),
    Convert::new("srv_queue", Type::Str, Type::Int, |_, cx, value| {
        server(cx, &bytes(value), ServerFact::Queue).map(Value::Int)
    }),
];

/// A fact about `backend/server`, or about a server of the current backend.
fn server(cx: &Cx<'_>, name: &[u8], what: ServerFact) -> Result<i64, Absent> {
    let (backend, server) = match memchr::memchr(b'/', name) {
        Some(slash) => {
            let (backend, server) = (name.get(..slash), name.get(slash + 1..));
            (cx.env.find_proxy(backend.unwrap_or_default(), true), server.unwrap_or_default())
        }
        None => (cx.stream.backend, name),
    };
    let backend = backend.ok_or(Absent::Missing)?;
    let server = cx.env.find_server(backend, server).ok_or(Absent::Missing)?;
    cx.env.server(backend, server, what).ok_or(Absent::Missing)
}
