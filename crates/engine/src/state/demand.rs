//! How many connections to a server are needed at the same time, so that no more are kept idle than that.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The highest number in use of late: it rises at once and falls slowly.
#[derive(Debug, Default)]
pub struct Demand {
    /// Since the last ageing.
    peak: AtomicU32,
    /// What is left of earlier peaks.
    past: AtomicU32,
}

/// The part of an earlier demand that each ageing forgets.
const FORGET: u32 = 8;

impl Demand {
    /// Takes note of the number in use now.
    pub fn note(&self, used: u32) {
        // Mostly it is no record, and then nothing is written that other threads read.
        if used > self.peak.load(Relaxed) {
            self.peak.fetch_max(used, Relaxed);
        }
    }

    pub fn needed(&self) -> u32 {
        self.peak.load(Relaxed).max(self.past.load(Relaxed))
    }

    /// To be called about once a second, with the number in use.
    pub fn age(&self, used: u32) {
        let past = self.past.load(Relaxed);
        let faded = past - past.div_ceil(FORGET);
        self.past.store(faded.max(self.peak.swap(used, Relaxed)), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_at_once_and_falls_slowly() {
        let demand = Demand::default();
        demand.note(64);
        demand.age(2);
        assert_eq!(demand.needed(), 64);
        demand.age(2);
        assert_eq!(demand.needed(), 56);
        (0..40).for_each(|_| demand.age(2));
        assert_eq!(demand.needed(), 2);
    }
}
