//! `balance leastconn`: the server with the fewest requests for its weight, those of one load in turn.

use std::sync::{Mutex, PoisonError};

use crate::{Ask, Farm, Load, Policy};

#[derive(Debug)]
pub(crate) struct LeastConn {
    table: Mutex<Table>,
}

impl LeastConn {
    pub(crate) fn new(farm: &Farm) -> LeastConn {
        let len = farm.servers().len();
        let mut table = Table {
            ranks: vec![OUT; 2 * len.next_power_of_two()],
            weights: vec![0; len],
            loads: vec![0; len],
            arrivals: 0,
        };
        table.refresh(farm);
        LeastConn { table: Mutex::new(table) }
    }
}

impl Policy for LeastConn {
    fn pick(&self, _: &Farm, ask: &mut Ask<'_>) -> Option<usize> {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let takes = |server: usize| takes(ask.loads.load(server));
        let others = |server: usize| ask.avoid != Some(server) && takes(server);
        table.least(&others).or_else(|| ask.avoid.filter(|&server| table.is_in(server) && takes(server)))
    }

    fn update(&mut self, farm: &Farm, _: usize) {
        self.table.get_mut().unwrap_or_else(PoisonError::into_inner).refresh(farm);
    }

    fn moved(&self, server: usize, load: Load) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.moved(server, load.served.saturating_add(load.queued));
    }
}

/// There is room left, in the server or in its queue.
fn takes(load: Load) -> bool {
    load.maxconn == 0 || load.served.saturating_add(load.queued) < load.maxconn.saturating_add(load.maxqueue)
}

/// Load by weight, then arrival at that load.
type Rank = (u32, u64);

const OUT: Rank = (u32::MAX, u64::MAX);

/// A tournament: `ranks[1]` is the least of all, each entry the lesser of the two below it; the servers' own are
/// in the second half. A change costs the height of the tree, finding the least costs nothing.
#[derive(Debug)]
struct Table {
    ranks: Vec<Rank>,
    weights: Vec<u32>,
    loads: Vec<u32>,
    arrivals: u64,
}

impl Table {
    fn refresh(&mut self, farm: &Farm) {
        for server in 0..self.weights.len() {
            let weight = if farm.is_used(server) { farm.servers()[server].weight } else { 0 };
            if weight != self.weights[server] {
                self.weights[server] = weight;
                self.place(server);
            }
        }
    }

    fn moved(&mut self, server: usize, load: u32) {
        let Some(known) = self.loads.get_mut(server) else { return };
        if *known != load {
            *known = load;
            self.place(server);
        }
    }

    fn place(&mut self, server: usize) {
        self.arrivals += 1;
        let leaf = self.ranks.len() / 2 + server;
        self.ranks[leaf] = match (self.weights[server], self.loads[server]) {
            (0, _) => OUT,
            (_, 0) => (0, self.arrivals),
            (weight, load) => ((load.saturating_add(1)).saturating_mul(4096) / weight, self.arrivals),
        };
        let mut at = leaf / 2;
        while at > 0 {
            self.ranks[at] = self.ranks[2 * at].min(self.ranks[2 * at + 1]);
            at /= 2;
        }
    }

    fn is_in(&self, server: usize) -> bool {
        self.weights.get(server).is_some_and(|&weight| weight > 0)
    }

    fn least(&self, takes: &dyn Fn(usize) -> bool) -> Option<usize> {
        let mut best = (OUT, None);
        self.search(1, takes, &mut best);
        best.1
    }

    /// Looks below `at` for a better one than `best`, the lesser side first.
    fn search(&self, at: usize, takes: &dyn Fn(usize) -> bool, best: &mut (Rank, Option<usize>)) {
        if self.ranks[at] >= best.0 {
            return;
        }
        let leaves = self.ranks.len() / 2;
        if at >= leaves {
            if takes(at - leaves) {
                *best = (self.ranks[at], Some(at - leaves));
            }
            return;
        }
        let (left, right) = (2 * at, 2 * at + 1);
        let (first, second) = if self.ranks[left] <= self.ranks[right] { (left, right) } else { (right, left) };
        self.search(first, takes, best);
        self.search(second, takes, best);
    }
}
