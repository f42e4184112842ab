//! `static-rr` and map-based hashing: an array that holds each server as often as its weight says, well mixed.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{Ask, Farm, Policy};

#[derive(Debug)]
pub(crate) struct Map {
    slots: Vec<u32>,
    /// The slot of the next request without a key.
    next: AtomicUsize,
    /// The weight each server came in with, 0 for those out: "weight changes while a server is up will be
    /// ignored".
    entered: Vec<u32>,
}

impl Map {
    pub(crate) fn new(farm: &Farm) -> Map {
        let mut map = Map { slots: Vec::new(), next: AtomicUsize::new(0), entered: vec![0; farm.servers().len()] };
        map.draw(farm);
        map
    }

    /// Fills the map anew if other servers are to share the traffic than before.
    fn draw(&mut self, farm: &Farm) {
        let mut changed = false;
        for (at, entered) in self.entered.iter_mut().enumerate() {
            match (farm.is_used(at), *entered) {
                (true, 0) => (*entered, changed) = (farm.servers()[at].weight, true),
                (false, 1..) => (*entered, changed) = (0, true),
                _ => {}
            }
        }
        if changed {
            self.slots = mix(&self.entered);
        }
    }

    /// The next server in turn that is neither full nor to be avoided; the one to be avoided when it alone is left.
    fn rotate(&self, ask: &Ask<'_>) -> Option<usize> {
        let len = self.slots.len();
        let server = |at: usize| self.slots[at] as usize;
        loop {
            let seen = self.next.load(Ordering::Relaxed);
            let start = if seen < len { seen } else { 0 };
            let mut free = (start..len).chain(0..start).filter(|&at| !ask.loads.load(server(at)).full());
            let first = free.next()?;
            let other = |&at: &usize| ask.avoid != Some(server(at));
            let slot = if other(&first) { first } else { free.find(other).unwrap_or(first) };
            if self.next.compare_exchange_weak(seen, slot + 1, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return Some(server(slot));
            }
        }
    }
}

impl Policy for Map {
    fn pick(&self, _: &Farm, ask: &mut Ask<'_>) -> Option<usize> {
        match ask.key {
            Some(key) => Some(self.slots[key as usize % self.slots.len()] as usize),
            None => self.rotate(ask),
        }
    }

    fn update(&mut self, farm: &Farm, _: usize) {
        self.draw(farm);
    }
}

/// Each slot earns every server its weight; the first of those that have saved up most whole rounds takes the
/// slot and pays a round for it.
fn mix(weights: &[u32]) -> Vec<u32> {
    let unit = i64::from(weights.iter().fold(0, |unit, &weight| gcd(unit, weight)).max(1));
    let mut servers: Vec<(u32, i64, i64)> =
        weights.iter().zip(0..).map(|(&w, at)| (at, i64::from(w) / unit, 0)).collect();
    servers.retain(|(_, weight, _)| *weight > 0);
    let round: i64 = servers.iter().map(|(_, weight, _)| weight).sum();
    let take = |_| {
        let mut best = (0, i64::MIN);
        for (place, (_, weight, saved)) in servers.iter_mut().enumerate() {
            *saved += *weight;
            // Hardly ever a division: this runs for each slot and server.
            let rounds = match *saved {
                ..0 => 0,
                few if few < round => 1,
                many => 1 + many / round,
            };
            if rounds > best.1 {
                best = (place, rounds);
            }
        }
        let (server, _, saved) = &mut servers[best.0];
        *saved -= round;
        *server
    };
    (0..round).map(take).collect()
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
