//! The configuration's words for balancing, said to the `balance` crate; and the hash key of a request.

use crate::state::ServerState;
use balance::{Affinity, Algorithm, Balancer, Function, HashType, Method, NodeKey, SCALE, Settings, key};
use config::{
    Proxy,
    keyword::{
        address::Address,
        balance::{Balance, Hash, HashFunction, PreserveAffinity},
        server::{HashKey, Server},
    },
};
use sample::{Cx, Type, Value};
use std::{net::IpAddr, sync::atomic::Ordering::Relaxed};

/// A balancer for a backend's servers as they are now.
pub fn balancer(proxy: &Proxy, servers: &[ServerState]) -> Balancer {
    let settings = Settings {
        algorithm: algorithm(&proxy.balance),
        method: method(&proxy.hash),
        factor: proxy.hash.factor,
        affinity: match proxy.hash.preserve {
            PreserveAffinity::Always => Affinity::Always,
            PreserveAffinity::MaxConn => Affinity::MaxConn,
            PreserveAffinity::MaxQueue => Affinity::MaxQueue,
        },
        allbackups: proxy.options.allbackups,
    };
    Balancer::new(settings, proxy.servers.iter().zip(servers).map(|(s, state)| seen(s, state)).collect())
}

/// A server as the balancer sees it.
pub fn seen(server: &Server, state: &ServerState) -> balance::Server {
    let address = match (state.addr(), &server.address) {
        (Some(a), _) => Some((a.ip(), a.port())),
        (None, Address::Ip(ip, port)) => Some((*ip, *port)),
        _ => None,
    };
    let node = match (server.hash_key, address) {
        (HashKey::Addr, Some((ip, _))) => NodeKey::Addr(ip),
        (HashKey::AddrPort, Some((ip, port))) => NodeKey::AddrPort(ip, port),
        (HashKey::Guid, _) => match server.guid.as_deref().and_then(|guid| std::str::from_utf8(guid).ok()) {
            Some(guid) => NodeKey::Guid(guid),
            None => NodeKey::Id(server.id),
        },
        (HashKey::Id32, _) => NodeKey::Id32(server.id),
        _ => NodeKey::Id(server.id),
    };
    balance::Server {
        id: server.id,
        seed: node.seed(),
        weight: effective_weight(state),
        up: state.is_eligible(),
        backup: server.backup,
    }
}

/// The weight in the balancer's scale, less while slow start lasts.
fn effective_weight(state: &ServerState) -> u32 {
    let weight = state.weight.load(Relaxed);
    match state.warm_steps.load(Relaxed) {
        0 => weight * SCALE,
        steps => weight * steps.min(SCALE),
    }
}

fn algorithm(balance: &Balance) -> Algorithm {
    match balance {
        Balance::First => Algorithm::First,
        Balance::LeastConn => Algorithm::LeastConn,
        Balance::Random(draws) => Algorithm::Random(*draws),
        Balance::RoundRobin => Algorithm::RoundRobin,
        Balance::StaticRr => Algorithm::StaticRr,
        Balance::Sticky => Algorithm::Sticky,
        Balance::Hash(_)
        | Balance::Hdr { .. }
        | Balance::RdpCookie(_)
        | Balance::Source
        | Balance::Uri { .. }
        | Balance::UrlParam { .. } => Algorithm::Hash,
    }
}

fn method(hash: &Hash) -> Method {
    if hash.consistent { Method::Consistent } else { Method::MapBased }
}

fn hash_type(hash: &Hash) -> HashType {
    HashType {
        method: method(hash),
        function: match hash.function {
            HashFunction::Crc32 => Function::Crc32,
            HashFunction::Djb2 => Function::Djb2,
            HashFunction::None => Function::None,
            HashFunction::Sdbm => Function::Sdbm,
            HashFunction::Wt6 => Function::Wt6,
        },
        avalanche: hash.avalanche,
    }
}

/// The hash of a request's key; `body` is what has come of its payload. `None` where the algorithm is no hash, or the request has no such key.
pub fn request_key(proxy: &Proxy, cx: &Cx<'_>, body: &[u8]) -> Option<u32> {
    let hash = hash_type(&proxy.hash);
    let stream = cx.stream;
    match &proxy.balance {
        Balance::Source => Some(hash.address(client_ip(stream)?)),
        Balance::Uri { len, depth, whole, path_only } => {
            let uri = key::Uri { len: *len as usize, depth: *depth as usize, whole: *whole, path_only: *path_only };
            stream.has_req.then(|| hash.bytes(uri.key(stream.req.target())))
        }
        // The payload of a POST counts whether or not `check_post` was said, as far as it has come.
        Balance::UrlParam { name, .. } => {
            let posted = || key::body_param(body, name).filter(|_| stream.req.method() == b"POST");
            key::url_param(stream.req.target(), name).or_else(posted).map(|v| hash.bytes(v))
        }
        Balance::Hdr { name, domain_only } => {
            let value = key::hdr(stream.req.field(name)?)?;
            Some(hash.bytes(if *domain_only { key::domain(value) } else { value }))
        }
        Balance::RdpCookie(name) => {
            let found = key::rdp_cookie(body, name)?;
            Some(hash.bytes(found))
        }
        Balance::Hash(expr) => match (expr.eval(cx).ok()?, hash.function) {
            // Without a function a number is itself.
            (Value::Int(number), Function::None) => Some(hash.bytes(number.to_string().as_bytes())),
            (value, _) => match value.cast(Type::Bin)? {
                Value::Bin(bytes) => Some(hash.bytes(&bytes)),
                _ => None,
            },
        },
        _ => None,
    }
}

fn client_ip(stream: &sample::Stream) -> Option<IpAddr> {
    stream.client.src.map(|a| a.ip())
}
