//! How single values of the statistics come about.

use super::{
    column::Field,
    object::{Object, What},
};
use crate::state::{ServerState, server::Health};
use config::keyword::{address::Address, balance::Balance, bind::Bind, server::Server};
use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::Ordering::Relaxed,
};

/// `name`, or `sock-N` as HAProxy numbers them.
pub fn listener_name(o: &Object<'_>) -> String {
    let What::Listener(at) = o.what else { return String::new() };
    let named = o.listener().and_then(|(bind, _)| bind.name.as_deref());
    named.map_or_else(|| format!("sock-{}", at + 1), |name| String::from_utf8_lossy(name).into_owned())
}

/// The weight in force: of a server, or of all servers that a backend spreads traffic over.
pub fn weight(o: &Object<'_>) -> Option<u32> {
    match (o.server(), o.backend()) {
        (Some((_, state)), _) => Some(in_force(state)),
        (_, Some(_)) => Some(spread(o).map(|(_, state)| in_force(state)).sum()),
        _ => None,
    }
}

/// A server's weight while it warms up, or drains.
pub fn in_force(state: &ServerState) -> u32 {
    let weight = state.weight.load(Relaxed);
    match state.warm_steps.load(Relaxed) {
        _ if state.is_draining() => 0,
        0 => weight,
        steps => (weight * steps.min(balance::SCALE)).div_ceil(balance::SCALE),
    }
}

/// The servers that traffic is spread over: the active ones, else the first backup, or all with `option allbackups`.
fn spread<'a>(o: &Object<'a>) -> impl Iterator<Item = (&'a Server, &'a ServerState)> {
    let usable = || o.config.servers.iter().zip(&o.state.servers).filter(|(_, state)| state.is_usable());
    let backup = !usable().any(|(said, _)| !said.backup);
    let most = if backup && !o.config.options.allbackups { 1 } else { usize::MAX };
    usable().filter(move |(said, _)| said.backup == backup).take(most).collect::<Vec<_>>().into_iter()
}

/// `act` and `bck`: whether a server is of this kind, or how many usable ones a backend has.
pub fn in_use(o: &Object<'_>, backup: bool) -> Option<u32> {
    match (o.server(), o.backend()) {
        (Some((said, _)), _) => Some((said.backup == backup).into()),
        (_, Some(_)) => {
            let all = o.config.servers.iter().zip(&o.state.servers);
            Some(all.filter(|(said, state)| said.backup == backup && state.is_usable()).count() as u32)
        }
        _ => None,
    }
}

pub fn last_change(o: &Object<'_>) -> Option<u64> {
    let changed = match (o.server(), o.backend()) {
        (Some((_, s)), _) => s.changed.load(Relaxed),
        (_, Some(b)) => b.changed.load(Relaxed),
        _ => return None,
    };
    Some(o.ms.saturating_sub(changed) / 1000)
}

/// Seconds spent down, this time included.
pub fn downtime(o: &Object<'_>) -> Option<u64> {
    let since = last_change(o)?;
    match (o.server(), o.backend()) {
        (Some((said, _)), _) if said.check.is_none() => None,
        (Some((_, s)), _) => {
            let now = s.health() == Health::Down || s.in_maintenance();
            Some(s.downtime.load(Relaxed) + if now { since } else { 0 })
        }
        (_, Some(b)) => Some(b.downtime.load(Relaxed) + if b.is_down.load(Relaxed) { since } else { 0 }),
        _ => None,
    }
}

/// `lastsess`: the clocks of sessions hold the second plus one, and 0 for never.
pub fn last_session(o: &Object<'_>) -> Field {
    let last = match (o.server(), o.backend()) {
        (Some((_, s)), _) => s.last_session.load(Relaxed),
        (_, Some(b)) => b.last_session.load(Relaxed),
        _ => return Field::None,
    };
    match last.checked_sub(1) {
        None => Field::Int(-1),
        Some(second) => Field::Int((o.ms / 1000).saturating_sub(second) as i64),
    }
}

/// Servers of a backend that have a state other than being unknown: all of them.
pub fn with_status(o: &Object<'_>) -> u32 {
    o.config.servers.len() as u32
}

/// Servers of a backend whose checks have had a result.
pub fn with_check(o: &Object<'_>) -> u32 {
    let all = o.config.servers.iter().zip(&o.state.servers);
    all.filter(|(said, state)| said.check.is_some() && !state.check_result().status.is_empty()).count() as u32
}

/// `IP:PORT`, `[IPV6]:PORT`, or `unix`.
pub fn server_address(said: &Server, state: &ServerState) -> Option<String> {
    match (&said.address, state.addr()) {
        (Address::Unix(_) | Address::Abstract(_) | Address::Fd(_), _) => Some("unix".into()),
        (_, Some(at)) => Some(address(at)),
        _ => None,
    }
}

pub fn bind_address(bind: &Bind) -> String {
    match bind.address {
        Address::Ip(ip, port) => address(SocketAddr::new(ip, port)),
        _ => "unix".into(),
    }
}

fn address(at: SocketAddr) -> String {
    match at.ip() {
        IpAddr::V4(ip) => format!("{ip}:{}", at.port()),
        IpAddr::V6(ip) => format!("[{ip}]:{}", at.port()),
    }
}

/// The name of a backend's algorithm.
pub fn algorithm(balance: &Balance) -> &'static str {
    match balance {
        Balance::First => "first",
        Balance::Hash(_) => "hash",
        Balance::Hdr { .. } => "hdr",
        Balance::LeastConn => "leastconn",
        Balance::Random(_) => "unknown",
        Balance::RdpCookie(_) => "rdp-cookie",
        Balance::RoundRobin => "roundrobin",
        Balance::Source => "source",
        Balance::StaticRr => "static-rr",
        Balance::Sticky => "sticky",
        Balance::Uri { .. } => "uri",
        Balance::UrlParam { .. } => "url_param",
    }
}
