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
                    wheel.start(at, server.weight);
                }
            }
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
    /// When, in picks since the round began.
    due: u32,
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
    /// The turn before and the next one, in picks since the round began.
    last: u32,
    due: u32,
    /// It has not had a turn yet.
    fresh: bool,
}

/// A round is as many picks as the weights sum up to. A turn that would come after its end is made anew: every
/// round begins like the first, with the heaviest server.
#[derive(Debug, Default)]
struct Wheel {
    spokes: Vec<Spoke>,
    /// Servers without a turn in this round, the heaviest first.
    fresh: BinaryHeap<Reverse<Turn>>,
    queue: BinaryHeap<Reverse<Turn>>,
    /// Those that are `fresh` in the next round.
    next: BinaryHeap<Reverse<Turn>>,
    /// The picks made in this round.
    now: u32,
    /// The length of this round.
    round: u32,
    /// The sum of the weights.
    weight: u32,
    arrivals: u64,
    /// Servers found full in this pick.
    passed: Vec<Turn>,
}

impl Wheel {
    fn start(&mut self, server: usize, weight: u32) {
        self.spokes[server].weight = weight;
        self.weight += weight;
        self.round = self.weight;
        let turn = self.freshen(server);
        self.fresh.push(turn);
    }

    /// The server's entry among those without a turn.
    fn freshen(&mut self, server: usize) -> Reverse<Turn> {
        self.arrivals += 1;
        let spoke = &mut self.spokes[server];
        (spoke.fresh, spoke.rest) = (true, 0);
        Reverse(Turn { due: 0, lag: 256 * SCALE - spoke.weight, arrival: self.arrivals, server: server as u32 })
    }

    fn set(&mut self, server: usize, weight: u32) {
        let old = std::mem::replace(&mut self.spokes[server].weight, weight);
        if old == weight {
            return;
        }
        self.weight = self.weight - old + weight;
        let count = self.fresh.len();
        self.fresh.retain(|turn| turn.0.server as usize != server);
        let fresh = self.fresh.len() < count;
        self.queue.retain(|turn| turn.0.server as usize != server);
        self.next.retain(|turn| turn.0.server as usize != server);
        match (old, weight) {
            (_, 0) => {}
            (0, _) => self.join(server),
            _ if fresh => {
                let turn = self.freshen(server);
                self.fresh.push(turn);
            }
            _ => self.adjust(server),
        }
    }

    /// A server comes in: its first turn is where it would be in what is left of the round.
    fn join(&mut self, server: usize) {
        let left = self.weight.saturating_sub(self.now);
        let spoke = &mut self.spokes[server];
        spoke.fresh = false;
        spoke.due = self.now + left / spoke.weight;
        self.enqueue(server);
    }

    /// A server's weight changed while it waits for its turn.
    fn adjust(&mut self, server: usize) {
        let spoke = &mut self.spokes[server];
        let step = self.weight / spoke.weight;
        spoke.due = spoke.due.min(spoke.last + step);
        spoke.rest = 0;
        if spoke.due < self.now + 2 {
            spoke.due = self.now + step;
        }
        self.enqueue(server);
    }

    fn pick(&mut self, ask: &Ask<'_>) -> Option<usize> {
        let mut avoided = None;
        let mut found = None;
        while let Some(turn) = self.pop() {
            let server = turn.server as usize;
            let full = ask.loads.load(server).full();
            if !full && ask.avoid != Some(server) {
                found = Some(turn);
                break;
            }
            if !full {
                avoided = Some(turn);
            }
            self.passed.push(turn);
            self.now += 1;
        }
        if found.is_none() {
            found = avoided;
            self.passed.retain(|turn| Some(*turn) != avoided);
        }
        // Who is passed over has lost the turn.
        while let Some(turn) = self.passed.pop() {
            self.requeue(turn.server as usize);
        }
        let server = found?.server as usize;
        self.requeue(server);
        self.now += 1;
        Some(server)
    }

    fn pop(&mut self) -> Option<Turn> {
        if self.queue.is_empty() && self.fresh.is_empty() && !self.next.is_empty() {
            self.turn_round();
        }
        let heap = match self.queue.peek() {
            Some(turn) if turn.0.due <= self.now || self.fresh.is_empty() => &mut self.queue,
            _ => &mut self.fresh,
        };
        heap.pop().map(|turn| turn.0)
    }

    /// Begins the next round.
    fn turn_round(&mut self) {
        std::mem::swap(&mut self.fresh, &mut self.next);
        for turn in &mut self.passed {
            let spoke = &mut self.spokes[turn.server as usize];
            (spoke.fresh, spoke.rest) = (true, 0);
            (turn.due, turn.lag) = (0, 256 * SCALE - spoke.weight);
        }
        self.now = 0;
        self.round = self.weight;
    }

    fn requeue(&mut self, server: usize) {
        let spoke = &mut self.spokes[server];
        spoke.last = if spoke.fresh { self.now } else { spoke.due };
        spoke.fresh = false;
        spoke.due = spoke.last + self.weight / spoke.weight;
        spoke.rest += self.weight % spoke.weight;
        if spoke.rest >= spoke.weight {
            spoke.rest -= spoke.weight;
            spoke.due += 1;
        }
        self.enqueue(server);
    }

    fn enqueue(&mut self, server: usize) {
        let spoke = self.spokes[server];
        if spoke.due >= self.round.min(self.weight) {
            let turn = self.freshen(server);
            self.next.push(turn);
            return;
        }
        self.arrivals += 1;
        let lag = (256 * SCALE + spoke.rest - spoke.weight) / SCALE;
        self.queue.push(Reverse(Turn { due: spoke.due, lag, arrival: self.arrivals, server: server as u32 }));
    }
}
