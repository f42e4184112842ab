//! Counters, gauges and rates.
//!
//! A counter of a thread is written by that thread only, so counting takes no locked instruction; readers add up
//! the threads. Gauges and rates are shared, because limits depend on them.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
};

thread_local! {
    static THREAD: Cell<usize> = const { Cell::new(0) };
}

/// Says which of the engine's threads this is, counting from 0.
pub fn set_thread(number: usize) {
    THREAD.set(number);
}

/// The number of this thread; 0 for a thread that is none of the engine's.
pub fn thread() -> usize {
    THREAD.get()
}

/// A counter with one writing thread.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    pub fn add(&self, n: u64) {
        self.0.store(self.0.load(Relaxed).wrapping_add(n), Relaxed);
    }

    pub fn one(&self) {
        self.add(1);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }

    pub fn clear(&self) {
        self.0.store(0, Relaxed);
    }
}

/// One `T` a thread.
#[derive(Debug)]
pub struct PerThread<T>(Box<[T]>);

impl<T: Default> PerThread<T> {
    pub fn new(threads: usize) -> PerThread<T> {
        PerThread((0..threads.max(1)).map(|_| T::default()).collect())
    }
}

impl<T> PerThread<T> {
    /// The `T` of this thread.
    pub fn mine(&self) -> &T {
        let at = thread();
        &self.0[if at < self.0.len() { at } else { 0 }]
    }

    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// One counter added up over the threads.
    pub fn sum(&self, count: impl Fn(&T) -> &Count) -> u64 {
        self.0.iter().map(|t| count(t).get()).fold(0, u64::wrapping_add)
    }
}

/// A number that goes up and down, and the highest it has been.
#[derive(Debug, Default)]
pub struct Gauge {
    now: AtomicU32,
    max: AtomicU32,
}

impl Gauge {
    /// One more; returns the new value.
    pub fn up(&self) -> u32 {
        let now = self.now.fetch_add(1, Relaxed) + 1;
        if now > self.max.load(Relaxed) {
            self.max.fetch_max(now, Relaxed);
        }
        now
    }

    /// One more unless `limit` is reached; 0 is no limit. Says whether it went up.
    pub fn up_to(&self, limit: u32) -> bool {
        if limit == 0 {
            self.up();
            return true;
        }
        let raised = self.now.fetch_update(Relaxed, Relaxed, |now| (now < limit).then_some(now + 1));
        match raised {
            Ok(before) => {
                self.max.fetch_max(before + 1, Relaxed);
                true
            }
            Err(_) => false,
        }
    }

    pub fn down(&self) -> u32 {
        self.now.fetch_sub(1, Relaxed).saturating_sub(1)
    }

    pub fn get(&self) -> u32 {
        self.now.load(Relaxed)
    }

    pub fn max(&self) -> u32 {
        self.max.load(Relaxed)
    }

    pub fn clear_max(&self) {
        self.max.store(self.get(), Relaxed);
    }
}

/// Events per second, over a window that slides with the clock.
#[derive(Debug, Default)]
pub struct Rate {
    /// Second being counted, events in it, events in the one before, and the highest rate seen.
    second: AtomicU32,
    current: AtomicU32,
    previous: AtomicU32,
    max: AtomicU32,
}

impl Rate {
    /// Counts one event at `ms` milliseconds since the start of the process.
    pub fn tick(&self, ms: u64) {
        self.turn(ms);
        let now = self.current.fetch_add(1, Relaxed) + 1;
        if now > self.max.load(Relaxed) {
            self.max.fetch_max(now, Relaxed);
        }
    }

    /// Events in the last second: those of this second and the part of the one before that it still reaches.
    pub fn get(&self, ms: u64) -> u32 {
        self.turn(ms);
        let left = 1000 - ms % 1000;
        let before = u64::from(self.previous.load(Relaxed)) * left / 1000;
        self.current.load(Relaxed) + before as u32
    }

    pub fn max(&self) -> u32 {
        self.max.load(Relaxed)
    }

    pub fn clear_max(&self) {
        self.max.store(0, Relaxed);
    }

    fn turn(&self, ms: u64) {
        let second = (ms / 1000) as u32;
        let was = self.second.load(Relaxed);
        if was == second || self.second.compare_exchange(was, second, Relaxed, Relaxed).is_err() {
            return;
        }
        let events = self.current.swap(0, Relaxed);
        self.previous.store(if second == was + 1 { events } else { 0 }, Relaxed);
    }
}

/// Sliding average over the last [`AVERAGED`] values, as `qtime`, `ctime`, `rtime` and `ttime` show it.
#[derive(Debug, Default)]
pub struct Average {
    sum: AtomicU64,
    max: AtomicU32,
}

/// How many values an [`Average`] spans.
pub const AVERAGED: u64 = 512;

impl Average {
    pub fn add(&self, value: u64) {
        let _ = self.sum.fetch_update(Relaxed, Relaxed, |sum| Some(sum - sum.div_ceil(AVERAGED).min(sum) + value));
        self.max.fetch_max(value.min(u64::from(u32::MAX)) as u32, Relaxed);
    }

    /// The average over the values so far, `seen` of them, but never over more than [`AVERAGED`].
    pub fn get(&self, seen: u64) -> u32 {
        (self.sum.load(Relaxed) / seen.clamp(1, AVERAGED)) as u32
    }

    pub fn max(&self) -> u32 {
        self.max.load(Relaxed)
    }

    pub fn clear(&self) {
        self.sum.store(0, Relaxed);
        self.max.store(0, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_slide() {
        let rate = Rate::default();
        (0..10).for_each(|_| rate.tick(5_000));
        assert_eq!([rate.get(5_900), rate.get(6_000), rate.get(6_500), rate.get(7_000)], [10, 10, 5, 0]);
        assert_eq!(rate.max(), 10);
    }

    #[test]
    fn gauges_stop_at_their_limit() {
        let gauge = Gauge::default();
        let raised = [gauge.up_to(2), gauge.up_to(2), gauge.up_to(2)];
        assert_eq!((raised, gauge.get(), gauge.max()), ([true, true, false], 2, 2));
        gauge.down();
        assert!(gauge.up_to(2));
    }
}
