//! The timeouts in force for a stream, in milliseconds: `set-timeout` goes before what the proxies say (manual, section
//! 7.3.3).

use super::backend;
use crate::{
    env::ProxyFact,
    row::{Fetch, Places},
    stream::{Cx, Timeouts},
    value::{Type, Value},
};
use std::time::Duration;

macro_rules! row {
    ($name:literal, $places:ident, $set:ident, $of:expr) => {
        Fetch::new($name, Type::Int, Places::$places, |_, cx| Ok(Value::Int(now(cx, |set| set.$set, $of)))).ok(&[$name])
    };
}

pub(super) const TABLE: &[Fetch] = &[
    row!("cur_client_timeout", FRONTEND, client, |cx| of(cx, cx.stream.frontend, ProxyFact::ClientTimeout)),
    row!("cur_connect_timeout", BACKEND, connect, |cx| of(cx, backend(cx), ProxyFact::ConnectTimeout)),
    row!("cur_queue_timeout", BACKEND, queue, |cx| {
        of(cx, backend(cx), ProxyFact::QueueTimeout).or_else(|| of(cx, backend(cx), ProxyFact::ConnectTimeout))
    }),
    row!("cur_server_timeout", BACKEND, server, |cx| of(cx, backend(cx), ProxyFact::ServerTimeout)),
    // A stream gets it from its backend: before there is one, only a rule can have set it.
    row!("cur_tarpit_timeout", CLIENT, tarpit, |cx| {
        let backend = cx.stream.backend?;
        of(cx, backend, ProxyFact::TarpitTimeout).or_else(|| of(cx, backend, ProxyFact::ConnectTimeout))
    }),
    row!("cur_tunnel_timeout", BACKEND, tunnel, |cx| of(cx, backend(cx), ProxyFact::TunnelTimeout)),
];

/// What a rule has set, else what the proxy says; 0 for none.
fn now(cx: &Cx<'_>, set: fn(&Timeouts) -> Option<Duration>, said: fn(&Cx<'_>) -> Option<i64>) -> i64 {
    let set = cx.stream.timeouts.as_deref().and_then(set);
    set.map(|time| time.as_millis() as i64).or_else(|| said(cx)).unwrap_or(0)
}

fn of(cx: &Cx<'_>, proxy: usize, what: ProxyFact) -> Option<i64> {
    cx.env.proxy(proxy, what)
}
