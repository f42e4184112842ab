//! Which servers share the traffic: the active ones, or the backups that stand in for them.

use crate::{SCALE, Server};

#[derive(Debug)]
pub(crate) struct Farm {
    servers: Vec<Server>,
    allbackups: bool,
    /// In order of the configuration.
    used: Vec<usize>,
    /// For each server of `used`, the weights of those before it, its own not among them.
    before: Vec<u32>,
    /// Sum of the weights of `used`.
    weight: u32,
}

impl Farm {
    pub(crate) fn new(servers: Vec<Server>, allbackups: bool) -> Farm {
        let servers = servers.into_iter().map(bounded).collect();
        let mut farm = Farm { servers, allbackups, used: Vec::new(), before: Vec::new(), weight: 0 };
        farm.recount();
        farm
    }

    pub(crate) fn servers(&self) -> &[Server] {
        &self.servers
    }

    pub(crate) fn used(&self) -> &[usize] {
        &self.used
    }

    pub(crate) fn weight(&self) -> u32 {
        self.weight
    }

    /// Where the server's weight lies in the sum of all: what is before it and its own.
    pub(crate) fn span(&self, server: usize) -> (u32, u32) {
        match self.used.binary_search(&server) {
            Ok(at) => (self.before[at], self.servers[server].weight),
            Err(_) => (0, 0),
        }
    }

    pub(crate) fn is_used(&self, server: usize) -> bool {
        self.used.binary_search(&server).is_ok()
    }

    /// The lone backup that takes everything while no active server is usable, unless `option allbackups`.
    pub(crate) fn first_backup(&self) -> Option<usize> {
        match self.used.as_slice() {
            [only] if !self.allbackups && self.servers[*only].backup => Some(*only),
            _ => None,
        }
    }

    /// Replaces a server; false when nothing changed (or there is no such server).
    pub(crate) fn set(&mut self, server: usize, now: Server) -> bool {
        let now = bounded(now);
        let Some(old) = self.servers.get_mut(server).filter(|old| **old != now) else { return false };
        *old = now;
        self.recount();
        true
    }

    fn recount(&mut self) {
        self.used.clear();
        let usable = |backup| {
            let servers = self.servers.iter().enumerate();
            servers.filter(move |(_, s)| s.usable() && s.backup == backup).map(|(at, _)| at)
        };
        self.used.extend(usable(false));
        if self.used.is_empty() {
            let limit = if self.allbackups { usize::MAX } else { 1 };
            self.used.extend(usable(true).take(limit));
        }
        self.before.clear();
        self.weight = 0;
        for &at in &self.used {
            self.before.push(self.weight);
            self.weight = self.weight.saturating_add(self.servers[at].weight);
        }
    }
}

/// 256 is the largest weight.
fn bounded(server: Server) -> Server {
    Server { weight: server.weight.min(256 * SCALE), ..server }
}
