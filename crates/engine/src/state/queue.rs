//! Requests that wait for a server: the queues of `maxconn` (manual, sections 4.2 `timeout queue` and 5.2 `maxconn`).

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed},
    },
};
use tokio::sync::Notify;

/// One waiting request. Whoever frees a slot hands it over by naming the server.
#[derive(Debug)]
pub struct Waiter {
    granted: AtomicUsize,
    /// Which one it is in its line, from 1, those counted that went or came before it.
    place: AtomicU32,
    notify: Notify,
}

/// The order in a line: priority class, then the time of coming with its offset in milliseconds, then the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank(i16, i64, u64);

const NOTHING: usize = usize::MAX;
/// The server waited for is down, and another one is to be found.
const LOST: usize = usize::MAX - 1;

impl Waiter {
    /// Waits for a slot; the index of the server it is on. The slot is counted as taken already. `None`: the line was dissolved.
    pub async fn granted(&self) -> Option<usize> {
        loop {
            self.notify.notified().await;
            match self.granted.load(Relaxed) {
                NOTHING => {}
                LOST => return None,
                server => return Some(server),
            }
        }
    }

    /// The place that the logs show.
    pub fn place(&self) -> u32 {
        self.place.load(Relaxed)
    }

    /// The server whose slot has been handed over, if any.
    pub fn taken(&self) -> Option<usize> {
        Some(self.granted.load(Relaxed)).filter(|s| *s < LOST)
    }

    fn grant(&self, server: usize) {
        self.granted.store(server, Relaxed);
        self.notify.notify_one();
    }
}

/// The queues of a backend: its own, for whoever may go anywhere, and one for each server.
#[derive(Debug, Default)]
pub struct Queues {
    lists: Mutex<Lists>,
    /// Number of requests in all queues; a slot is freed without the lock when this is 0.
    waiting: AtomicU32,
}

#[derive(Debug, Default)]
struct Lists {
    any: VecDeque<(Rank, Arc<Waiter>)>,
    of: Vec<VecDeque<(Rank, Arc<Waiter>)>>,
    next: u64,
}

impl Lists {
    fn of(&mut self, server: Option<usize>) -> &mut VecDeque<(Rank, Arc<Waiter>)> {
        match server {
            None => &mut self.any,
            Some(s) => {
                if self.of.len() <= s {
                    self.of.resize_with(s + 1, VecDeque::new);
                }
                &mut self.of[s]
            }
        }
    }
}

impl Queues {
    /// Gets in line, for one server or for any. `priority` is that of `set-priority-class` and `set-priority-offset`, `now`
    /// the time in milliseconds.
    pub fn join(&self, server: Option<usize>, priority: (i16, i32), now: u64) -> Arc<Waiter> {
        let mut lists = self.lock();
        let rank = Rank(priority.0, now as i64 + i64::from(priority.1), lists.next);
        lists.next += 1;
        let line = lists.of(server);
        // Mostly whoever comes is the last one.
        let at = line.iter().rposition(|(other, _)| *other < rank).map_or(0, |before| before + 1);
        line.iter().skip(at).for_each(|(_, behind)| _ = behind.place.fetch_add(1, Relaxed));
        let waiter = Arc::new(Waiter {
            granted: AtomicUsize::new(NOTHING),
            place: AtomicU32::new(at as u32 + 1),
            notify: Notify::new(),
        });
        line.insert(at, (rank, waiter.clone()));
        self.waiting.fetch_add(1, Relaxed);
        waiter
    }

    /// Leaves the line. Returns the server whose slot was handed over in the meantime: it must be given back.
    pub fn leave(&self, server: Option<usize>, waiter: &Arc<Waiter>) -> Option<usize> {
        let mut lists = self.lock();
        let line = lists.of(server);
        if let Some(at) = line.iter().position(|(_, w)| Arc::ptr_eq(w, waiter)) {
            line.remove(at);
            self.waiting.fetch_sub(1, Relaxed);
        }
        waiter.taken()
    }

    /// Hands a slot of `server` to whoever has waited longest for it, in its own line or in the common one.
    /// `take` claims the slot; it is asked only when somebody waits. Says whether a slot went.
    pub fn hand_over(&self, server: usize, take: impl FnOnce() -> bool) -> bool {
        if self.waiting.load(Relaxed) == 0 {
            return false;
        }
        let mut lists = self.lock();
        let own = lists.of(Some(server)).front().map(|(rank, _)| *rank);
        let any = lists.any.front().map(|(rank, _)| *rank);
        let line = match (own, any) {
            (None, None) => return false,
            (Some(o), Some(a)) if a < o => None,
            (Some(_), _) => Some(server),
            (None, Some(_)) => None,
        };
        if !take() {
            return false;
        }
        if let Some((_, waiter)) = lists.of(line).pop_front() {
            self.waiting.fetch_sub(1, Relaxed);
            waiter.grant(server);
        }
        true
    }

    /// Dissolves the line of a server that cannot be used any more: its requests are to find another one. Says how many.
    pub fn redistribute(&self, server: usize) -> u32 {
        let gone = std::mem::take(self.lock().of(Some(server)));
        let count = gone.len() as u32;
        self.waiting.fetch_sub(count, Relaxed);
        gone.iter().for_each(|(_, waiter)| waiter.grant(LOST));
        count
    }

    /// How many wait for this server, or in the common line.
    pub fn len(&self, server: Option<usize>) -> u32 {
        if self.waiting.load(Relaxed) == 0 { 0 } else { self.lock().of(server).len() as u32 }
    }

    /// How many wait in all lines.
    pub fn total(&self) -> u32 {
        self.waiting.load(Relaxed)
    }

    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Lists> {
        // A panic of another task leaves the lists whole: every change to them is one call.
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_wait_goes_first() {
        let queues = Queues::default();
        let join = |server, priority| queues.join(server, priority, 1000);
        let (first, second) = (join(None, (0, 0)), join(Some(1), (0, 0)));
        assert_eq!(first.place(), 1);
        assert!(!queues.hand_over(1, || false));
        assert!(queues.hand_over(1, || true));
        assert_eq!((first.taken(), second.taken()), (Some(1), None));
        assert!(!queues.hand_over(0, || true));
        assert_eq!(queues.leave(Some(1), &second), None);
        assert!(queues.is_empty());
    }

    #[test]
    fn a_dissolved_line_grants_nothing() {
        let queues = Queues::default();
        let (own, any) = (queues.join(Some(0), (0, 0), 0), queues.join(None, (0, 0), 0));
        assert_eq!((queues.redistribute(0), queues.total()), (1, 1));
        assert_eq!((own.taken(), any.taken(), queues.leave(Some(0), &own)), (None, None, None));
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        assert_eq!(runtime.block_on(own.granted()), None);
    }

    #[test]
    fn priorities_go_before_waits() {
        let queues = Queues::default();
        let join = |priority, now| queues.join(None, priority, now);
        let (low, high, urgent) = (join((0, 5000), 0), join((0, -5000), 60), join((-1, 0), 120));
        assert_eq!((low.place(), high.place(), urgent.place()), (3, 2, 1));
        for next in [&urgent, &high, &low] {
            assert!(next.taken().is_none() && queues.hand_over(0, || true) && next.taken() == Some(0));
        }
    }
}
