//! Rates over a period: what is counted in the current period, and the share of the one before that is still in sight.

/// A rate. Times are in milliseconds and wrap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rate {
    /// When the current period began.
    start: u32,
    current: u32,
    previous: u32,
}

impl Rate {
    /// Counts `n` more events, and says how many there are now in a period up to now.
    pub(super) fn add(&mut self, n: u32, period: u32, now: u32) {
        *self = self.at(period, now);
        self.current = self.current.wrapping_add(n);
    }

    /// Events in the period that ends now.
    pub(super) fn read(&self, period: u32, now: u32) -> u32 {
        let Rate { start, current, previous } = self.at(period, now);
        // A single event does not fade away in steps of less than one.
        if previous <= 1 && current == 0 {
            return previous;
        }
        let left = u64::from(period.saturating_sub(now.wrapping_sub(start)));
        let share = (u64::from(previous) * left).checked_div(u64::from(period)).unwrap_or(0);
        current.saturating_add(u32::try_from(share).unwrap_or(u32::MAX))
    }

    /// Makes it so that it reads as `value` now.
    pub(super) fn set(&mut self, value: u32, now: u32) {
        *self = Rate { start: now, current: value, previous: 0 };
    }

    /// The rate once the periods that are over are put behind it.
    fn at(self, period: u32, now: u32) -> Rate {
        let age = now.wrapping_sub(self.start);
        match age {
            // A period begins with the first event.
            _ if self.current == 0 && self.previous == 0 => Rate { start: now, ..self },
            _ if age < period => self,
            _ if age < period.saturating_mul(2) => {
                Rate { start: self.start.wrapping_add(period), current: 0, previous: self.current }
            }
            _ => Rate { start: now, current: 0, previous: 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_a_period_fades() {
        let mut rate = Rate::default();
        (0..10).for_each(|_| rate.add(1, 100, 1000));
        let seen = [1000, 1099, 1100, 1150, 1199, 1200].map(|now| rate.read(100, now));
        assert_eq!(seen, [10, 10, 10, 5, 0, 0]);
        rate.add(1, 100, 1150);
        assert_eq!([rate.read(100, 1150), rate.read(100, 1199), rate.read(100, 1299)], [6, 1, 1]);
    }

    #[test]
    fn time_may_wrap() {
        let mut rate = Rate::default();
        rate.add(4, 100, u32::MAX - 10);
        assert_eq!([rate.read(100, 20), rate.read(100, 139)], [4, 2]);
    }
}
