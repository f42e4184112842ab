//! Consistent hashing: every server has many nodes on a ring of 32 bits, a key goes to the nearest one.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{Affinity, Ask, Farm, Policy, Settings, hash};

/// Room for the nodes of one server: the largest weight in sixteenths.
const NODES: u32 = 256 * crate::SCALE;

/// `hash-key`: what the places of a server's nodes come from. A server without the address or guid that its
/// `hash-key` asks for has the key [`NodeKey::Id`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NodeKey<'a> {
    Addr(IpAddr),
    AddrPort(IpAddr, u16),
    Guid(&'a str),
    Id(u32),
    Id32(u32),
}

impl NodeKey<'_> {
    /// The number the server's nodes are counted from.
    pub fn seed(&self) -> u32 {
        match self {
            NodeKey::Addr(addr) => hash::avalanche(word(*addr)),
            NodeKey::AddrPort(addr, port) => {
                hash::avalanche(word(*addr).wrapping_add(hash::avalanche(u32::from(*port))))
            }
            NodeKey::Guid(guid) => hash::xxh32(guid.as_bytes(), 0),
            NodeKey::Id(id) => id.wrapping_mul(NODES),
            NodeKey::Id32(id) => hash::avalanche(id.swap_bytes()),
        }
    }
}

/// An address as one number. HAProxy's choice for IPv4; for IPv6 its choice has not been observed.
fn word(addr: IpAddr) -> u32 {
    match addr {
        IpAddr::V4(v4) => v4.to_bits().swap_bytes(),
        IpAddr::V6(v6) => hash::xxh32(&v6.octets(), 0),
    }
}

/// The nodes in order of place; those of one place in order of arrival.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    nodes: Vec<Node>,
    /// The weight with which each server is on the ring.
    weights: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    place: u32,
    server: u32,
}

impl Ring {
    pub(crate) fn new(farm: &Farm) -> Ring {
        let mut ring = Ring { nodes: Vec::new(), weights: vec![0; farm.servers().len()] };
        for &server in farm.used() {
            ring.weights[server] = farm.servers()[server].weight;
            ring.nodes.extend(nodes(farm, server));
        }
        ring.nodes.sort_by_key(|node| node.place);
        ring
    }

    /// Moves the servers whose weight, seed or use changed; `changed` had its own change.
    pub(crate) fn update(&mut self, farm: &Farm, changed: usize) {
        for server in 0..self.weights.len() {
            let weight = if farm.is_used(server) { farm.servers()[server].weight } else { 0 };
            if weight == self.weights[server] && server != changed {
                continue;
            }
            if self.weights[server] > 0 {
                self.nodes.retain(|node| node.server as usize != server);
            }
            self.weights[server] = weight;
            if weight > 0 {
                self.nodes.extend(nodes(farm, server));
                self.nodes.sort_by_key(|node| node.place);
            }
        }
    }

    /// The place in `nodes` of the node nearest to the hash; the next one when both neighbours are as near.
    pub(crate) fn nearest(&self, hash: u32) -> usize {
        let after = self.nodes.partition_point(|node| node.place < hash);
        let next = if after == self.nodes.len() { 0 } else { after };
        let before = after.checked_sub(1).unwrap_or(self.nodes.len() - 1);
        let ahead = self.nodes[next].place.wrapping_sub(hash);
        let behind = hash.wrapping_sub(self.nodes[before].place);
        if ahead <= behind { next } else { before }
    }

    /// The server of the node, and of those after it around the ring, once each node.
    pub(crate) fn from(&self, node: usize) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let (before, after) = self.nodes.split_at(node);
        after.iter().chain(before).map(|node| node.server as usize)
    }
}

fn nodes(farm: &Farm, server: usize) -> impl Iterator<Item = Node> + '_ {
    let about = &farm.servers()[server];
    let place = |nth| hash::avalanche(about.seed.wrapping_add(nth));
    (0..about.weight).map(move |nth| Node { place: place(nth), server: server as u32 })
}

/// The most requests a server may have under `hash-balance-factor`: its share, by weight, of that percentage of
/// all requests, this one among them, rounded so that the shares add up.
pub(crate) fn share(farm: &Farm, factor: u32, total: u32, server: usize) -> u32 {
    let slots = ((u64::from(total) + 1) * u64::from(factor)).div_ceil(100);
    let upto = |weight: u64| weight * slots / u64::from(farm.weight().max(1));
    let (before, weight) = farm.span(server);
    let own = upto(u64::from(before) + u64::from(weight)) - upto(u64::from(before));
    u32::try_from(own.max(1)).unwrap_or(u32::MAX)
}

/// `hash-type consistent`.
#[derive(Debug)]
pub(crate) struct Consistent {
    ring: Ring,
    factor: u32,
    affinity: Affinity,
    /// The node of the next request without a key: those go around the ring.
    next: AtomicUsize,
}

impl Consistent {
    pub(crate) fn new(farm: &Farm, settings: Settings) -> Consistent {
        let Settings { factor, affinity, .. } = settings;
        Consistent { ring: Ring::new(farm), factor, affinity, next: AtomicUsize::new(0) }
    }

    /// The server of the nearest node, or of the first after it that takes the request. When none does, the last
    /// one around the ring gets it.
    fn hashed(&self, hash: u32, farm: &Farm, ask: &Ask<'_>) -> Option<usize> {
        let mut around = self.ring.from(self.ring.nearest(hash)).filter(|&server| ask.avoid != Some(server));
        let Some(first) = around.next() else { return ask.avoid };
        if self.takes(farm, ask, first) {
            return Some(first);
        }
        // The ring has many nodes for each server: see that it is worth going around.
        let takes = |&server: &usize| ask.avoid != Some(server) && self.takes(farm, ask, server);
        match farm.used().iter().any(takes) {
            true => around.find(|server| self.takes(farm, ask, *server)),
            false => around.next_back().or(Some(first)),
        }
    }

    fn takes(&self, farm: &Farm, ask: &Ask<'_>, server: usize) -> bool {
        let load = ask.loads.load(server);
        let affine = match self.affinity {
            Affinity::Always => true,
            Affinity::MaxConn => !load.full(),
            Affinity::MaxQueue => !load.queue_full(),
        };
        affine && (self.factor == 0 || load.served < share(farm, self.factor, ask.loads.total(), server))
    }

    /// The next server around the ring that is neither full nor to be avoided; the one to be avoided when it alone
    /// is left.
    fn rotate(&self, ask: &Ask<'_>) -> Option<usize> {
        loop {
            let seen = self.next.load(Ordering::Relaxed);
            let start = seen % self.ring.nodes.len();
            let mut free = self.ring.from(start).enumerate().filter(|(_, server)| !ask.loads.load(*server).full());
            let first = free.next()?;
            let other = |(_, server): &(usize, usize)| ask.avoid != Some(*server);
            let (step, server) = if other(&first) { first } else { free.find(other).unwrap_or(first) };
            let next = start + step + 1;
            if self.next.compare_exchange_weak(seen, next, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return Some(server);
            }
        }
    }
}

impl Policy for Consistent {
    fn pick(&self, farm: &Farm, ask: &mut Ask<'_>) -> Option<usize> {
        match ask.key {
            Some(hash) => self.hashed(hash, farm, ask),
            None => self.rotate(ask),
        }
    }

    fn update(&mut self, farm: &Farm, server: usize) {
        let place = self.ring.nodes.get(*self.next.get_mut()).map(|node| node.place);
        self.ring.update(farm, server);
        let place = place.unwrap_or(0);
        *self.next.get_mut() = self.ring.nodes.partition_point(|node| node.place < place);
    }
}
