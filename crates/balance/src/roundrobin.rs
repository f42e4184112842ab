//! `balance roundrobin`: a server is due again after as many picks as its weight goes into the sum of all.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Mutex, PoisonError};

use crate::{Ask, Farm, Policy, SCALE};

#[derive(Debug)]
pub(crate) struct RoundRobin {
    /// The active servers and the backups have a wheel each.
    wheels: Mutex<[Wheel; 2]>,
}

impl RoundRobin {
    pub(crate) fn new(farm: &Farm) -> RoundRobin {
        let wheel = |backup| {
            let mut wheel = Wheel { spokes: vec![Spoke::default(); farm.servers().len()], ..Wheel::default() };
            for (at, server) in farm.servers().iter().enumerate() {
                if server.backup == backup && server.usable() {
                    wheel.set(at, server.weight);
                }
            }
            wheel.weight = wheel.next_weight;
            wheel
        };
        RoundRobin { wheels: Mutex::new([wheel(false), wheel(true)]) }
    }
}

impl Policy for RoundRobin {
    fn pick(&self, farm: &Farm, ask: &mut Ask<'_>) -> Option<usize> {
        let backup = farm.servers()[farm.used()[0]].backup;
        let mut wheels = self.wheels.lock().unwrap_or_else(PoisonError::into_inner);
        wheels[usize::from(backup)].pick(ask)
    }

    fn update(&mut self, farm: &Farm, server: usize) {
        let now = farm.servers()[server];
        let weight = if now.usable() { now.weight } else { 0 };
        let wheels = self.wheels.get_mut().unwrap_or_else(PoisonError::into_inner);
        wheels[usize::from(now.backup)].set(server, weight);
        wheels[usize::from(!now.backup)].set(server, 0);
    }
}

/// A server waiting for its turn. The order of the fields is the order of the queue.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Turn {
    /// When, in picks since the start.
    due: u64,
    /// Of those due together the heaviest comes first.
    lag: u32,
    /// First in, first out.
    arrival: u64,
    server: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Spoke {
    weight: u32,
    /// What the whole-number period leaves over, in weight units.
    rest: u32,
    last: u64,
    due: u64,
    fresh: bool,
}

#[derive(Debug, Default)]
struct Wheel {
    spokes: Vec<Spoke>,
    /// Servers that have not had a turn since they came, the heaviest first: those of this round, those of the next.
    fresh: BinaryHeap<Reverse<Turn>>,
    next_fresh: BinaryHeap<Reverse<Turn>>,
    queue: BinaryHeap<Reverse<Turn>>,
    /// Where the round began, and the picks made in it.
    base: u64,
    position: u64,
    /// The sum of the weights when the round began, and now.
    weight: u32,
    next_weight: u32,
    arrivals: u64,
    /// Servers found full in this pick.
    passed: Vec<u32>,
}

impl Wheel {
    fn now(&self) -> u64 {
        self.base + self.position
    }

    fn set(&mut self, server: usize, weight: u32) {
        let spoke = &mut self.spokes[server];
        let (old, fresh) = (std::mem::replace(&mut spoke.weight, weight), spoke.fresh);
        if old == weight {
            return;
        }
        self.next_weight = self.next_weight - old + weight;
        for heap in [&mut self.fresh, &mut self.next_fresh, &mut self.queue] {
            heap.retain(|turn| turn.0.server as usize != server);
        }
        match (old, weight) {
            (_, 0) => {}
            (0, _) => self.join(server),
            _ if fresh => self.join(server),
            _ => self.adjust(server),
        }
    }

    /// A server comes in.
    fn join(&mut self, server: usize) {
        let spoke = &mut self.spokes[server];
        (spoke.fresh, spoke.rest) = (true, 0);
        let lag = 256 * SCALE - spoke.weight;
        let turn = Turn { due: 0, lag, arrival: self.arrival(), server: server as u32 };
        self.fresh.push(Reverse(turn));
    }

    /// A server's weight changed while it waits for its turn.
    fn adjust(&mut self, server: usize) {
        let now = self.now();
        let spoke = &mut self.spokes[server];
        let step = u64::from(self.next_weight / spoke.weight);
        spoke.due = spoke.due.min(spoke.last + step);
        spoke.rest = 0;
        if spoke.due < now + 2 {
            spoke.due = now + step;
        }
        self.enqueue(server);
    }

    fn arrival(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }

    fn pick(&mut self, ask: &Ask<'_>) -> Option<usize> {
        let mut avoided = None;
        let mut found = None;
        while let Some(server) = self.pop() {
            if ask.loads.load(server as usize).full() {
                self.passed.push(server);
            } else if ask.avoid == Some(server as usize) {
                self.passed.push(server);
                avoided = Some(server as usize);
            } else {
                found = Some(server as usize);
                self.requeue(server as usize);
                self.position += 1;
                break;
            }
        }
        while let Some(server) = self.passed.pop() {
            self.requeue(server as usize);
        }
        found.or(avoided)
    }

    fn pop(&mut self) -> Option<u32> {
        for _ in 0..2 {
            let end = self.base + u64::from(self.weight);
            let due = self.queue.peek().map(|turn| turn.0.due).filter(|due| *due < end);
            let heap = match due {
                Some(due) if due <= self.now() || self.fresh.is_empty() => &mut self.queue,
                _ => &mut self.fresh,
            };
            if let Some(turn) = heap.pop() {
                return Some(turn.0.server);
            }
            self.base = end;
            self.position = 0;
            self.weight = self.next_weight;
            std::mem::swap(&mut self.fresh, &mut self.next_fresh);
        }
        None
    }

    fn requeue(&mut self, server: usize) {
        let now = self.now();
        let spoke = &mut self.spokes[server];
        spoke.last = if spoke.fresh { now } else { spoke.due };
        spoke.fresh = false;
        spoke.due = spoke.last + u64::from(self.next_weight / spoke.weight);
        spoke.rest += self.next_weight % spoke.weight;
        if spoke.rest >= spoke.weight {
            spoke.rest -= spoke.weight;
            spoke.due += 1;
        }
        self.enqueue(server);
    }

    fn enqueue(&mut self, server: usize) {
        let spoke = self.spokes[server];
        let lag = (256 * SCALE + spoke.rest - spoke.weight) / SCALE;
        let arrival = self.arrival();
        self.queue.push(Reverse(Turn { due: spoke.due, lag, arrival, server: server as u32 }));
    }
}
