//! A backend that is only numbers: it drives a [`Balancer`] with arrivals and departures and shows what became of
//! them. For tests.

pub mod script;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Write;

use crate::{Balancer, Load, Loads, Server, Settings};

/// What became of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It was served.
    Done,
    /// It waits for this server, which was chosen for it but is full.
    Queued(usize),
    /// The queue of the server chosen for it is full.
    Refused,
    Served(usize),
    /// It waits for any server.
    Waiting,
}

/// The servers of one backend and the requests they have. Requests are named by the order of their arrival.
#[derive(Debug)]
pub struct Sim {
    pub balancer: Balancer,
    loads: Board,
    served: Vec<u64>,
    /// Requests that wait: its name, the server it waits for.
    queue: VecDeque<(u64, Option<usize>)>,
    fates: Vec<Fate>,
    random: RefCell<u32>,
}

#[derive(Debug, Default)]
struct Board(Vec<Load>);

impl Loads for Board {
    fn load(&self, server: usize) -> Load {
        self.0[server]
    }

    fn total(&self) -> u32 {
        self.0.iter().map(|load| load.served).sum()
    }
}

impl Sim {
    pub fn new(settings: Settings, servers: Vec<Server>) -> Sim {
        Sim {
            loads: Board(vec![Load::default(); servers.len()]),
            served: vec![0; servers.len()],
            balancer: Balancer::new(settings, servers),
            queue: VecDeque::new(),
            fates: Vec::new(),
            random: RefCell::new(0x9e37_79b9),
        }
    }

    /// Sets `maxconn` and `maxqueue` of a server.
    pub fn limit(&mut self, server: usize, maxconn: u32, maxqueue: u32) {
        let load = &mut self.loads.0[server];
        (load.maxconn, load.maxqueue) = (maxconn, maxqueue);
    }

    /// A request that leaves as soon as it has come.
    pub fn pass(&self, key: Option<u32>, avoid: Option<usize>) -> Option<usize> {
        let server = self.pick(key, avoid)?;
        let load = self.loads.0[server];
        self.balancer.moved(server, Load { served: load.served + 1, ..load });
        self.balancer.moved(server, load);
        Some(server)
    }

    fn pick(&self, key: Option<u32>, avoid: Option<usize>) -> Option<usize> {
        let mut state = self.random.borrow_mut();
        let mut random = || {
            *state ^= *state << 13;
            *state ^= *state >> 17;
            *state ^= *state << 5;
            *state
        };
        self.balancer.pick(key, &self.loads, &mut random, avoid)
    }

    /// A request arrives and stays until [`Sim::depart`]. Returns its name.
    pub fn arrive(&mut self, key: Option<u32>) -> usize {
        let name = self.fates.len();
        let fate = match self.pick(key, None) {
            None => Fate::Waiting,
            Some(server) => self.offer(server),
        };
        match fate {
            Fate::Waiting => self.queue.push_back((name as u64, None)),
            Fate::Queued(server) => self.queue.push_back((name as u64, Some(server))),
            Fate::Done | Fate::Refused | Fate::Served(_) => {}
        }
        self.fates.push(fate);
        name
    }

    fn offer(&mut self, server: usize) -> Fate {
        let load = self.loads.0[server];
        match load.full() {
            false => {
                self.change(server, |load| load.served += 1);
                self.served[server] += 1;
                Fate::Served(server)
            }
            true if load.maxqueue > 0 && load.queued >= load.maxqueue => Fate::Refused,
            true => {
                self.change(server, |load| load.queued += 1);
                Fate::Queued(server)
            }
        }
    }

    fn change(&mut self, server: usize, change: impl FnOnce(&mut Load)) {
        let load = &mut self.loads.0[server];
        let before = load.served;
        change(load);
        if load.served != before {
            self.balancer.moved(server, *load);
        }
    }

    /// A served request ends; the oldest of those that may have its place gets it.
    pub fn depart(&mut self, name: usize) {
        let Some(Fate::Served(server)) = self.fates.get(name).copied() else { return };
        self.fates[name] = Fate::Done;
        self.change(server, |load| load.served -= 1);
        let Some(at) = self.queue.iter().position(|(_, wants)| wants.is_none_or(|wants| wants == server)) else {
            return;
        };
        let Some((next, wants)) = self.queue.remove(at) else { return };
        if wants.is_some() {
            self.change(server, |load| load.queued -= 1);
        }
        self.change(server, |load| load.served += 1);
        self.served[server] += 1;
        self.fates[next as usize] = Fate::Served(server);
    }

    pub fn fate(&self, name: usize) -> Fate {
        self.fates[name]
    }

    /// Requests being served, by server.
    pub fn loads(&self) -> Vec<u32> {
        self.loads.0.iter().map(|load| load.served).collect()
    }

    /// Changes a server's state or weight.
    pub fn update(&mut self, server: usize, change: impl FnOnce(Server) -> Server) {
        let now = change(self.balancer.servers()[server]);
        self.balancer.update(server, now);
    }

    /// One line a server: its share of all requests so far and what it serves now.
    pub fn table(&self) -> String {
        let all: u64 = self.served.iter().sum();
        let mut table = String::new();
        for (at, served) in self.served.iter().enumerate() {
            let (share, now) = (served * 100 / all.max(1), self.loads.0[at].served);
            let _ = writeln!(table, "s{}: {served} ({share}%), {now} now", at + 1);
        }
        table
    }
}
