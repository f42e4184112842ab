//! Connections to servers that only one client may use again: `http-reuse never`, or after a 401 or 407 of a scheme that
//! authenticates connections.

use super::pool::{Announced, Idle};

/// How many a client keeps: `max-session-srv-conns` is 5 unless it is set, which is not obeyed yet.
const KEPT: usize = 5;

/// The idle ones, the latest last, each with its proxy and server. What is left over is reset.
#[derive(Debug, Default)]
pub struct Own(Vec<((usize, usize), Idle)>);

impl Own {
    /// Takes the one to this server, if it still lives and tells the server of the same client.
    pub fn take(&mut self, at: (usize, usize), announced: &Announced) -> Option<Idle> {
        let found = self.0.iter().rposition(|(of, idle)| *of == at && idle.announced == *announced)?;
        let (_, idle) = self.0.remove(found);
        (!idle.is_spoilt()).then_some(idle)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn has(&self, at: (usize, usize)) -> bool {
        self.0.iter().any(|(of, _)| *of == at)
    }

    pub fn put(&mut self, at: (usize, usize), idle: Idle) {
        if self.0.len() >= KEPT {
            self.0.remove(0).1.conn.io().reset_on_close();
        }
        self.0.push((at, idle));
    }

    /// Adds those of another one, such as a stream beside this one.
    pub fn join(&mut self, mut other: Own) {
        std::mem::take(&mut other.0).into_iter().for_each(|(at, idle)| self.put(at, idle));
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.0.iter().for_each(|(_, idle)| idle.conn.io().reset_on_close());
    }
}
