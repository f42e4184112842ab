//! What is measured once a second: how busy the process is, and how much it sends.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// The measures of the last second.
#[derive(Debug)]
pub struct Meter {
    /// Percentage of the time that the threads spent waiting.
    pub idle_pct: AtomicU32,
    pub bytes_out_rate: AtomicU64,
    last: Mutex<Option<Reading>>,
}

/// What the clocks said.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    pub at: Instant,
    /// Processor time that the process has used.
    pub used: Duration,
    pub bytes_out: u64,
}

impl Default for Meter {
    fn default() -> Meter {
        Meter { idle_pct: AtomicU32::new(100), bytes_out_rate: AtomicU64::new(0), last: Mutex::new(None) }
    }
}

impl Meter {
    /// Takes a reading; the measures are those since the one before.
    pub fn read(&self, threads: usize, now: Reading) {
        let Some(last) = self.last.lock().unwrap_or_else(PoisonError::into_inner).replace(now) else { return };
        let passed = now.at.duration_since(last.at).as_secs_f64();
        if passed <= 0.0 {
            return;
        }
        let busy = (now.used.saturating_sub(last.used)).as_secs_f64() / (passed * threads.max(1) as f64);
        self.idle_pct.store(((1.0 - busy) * 100.0).clamp(0.0, 100.0) as u32, Relaxed);
        let bytes = now.bytes_out.wrapping_sub(last.bytes_out) as f64 / passed;
        self.bytes_out_rate.store(bytes as u64, Relaxed);
    }
}

impl Reading {
    pub fn now(bytes_out: u64) -> Reading {
        let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        let used = Duration::new(used.tv_sec.max(0) as u64, used.tv_nsec.max(0) as u32);
        Reading { at: Instant::now(), used, bytes_out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_of_the_time_between_two_readings() {
        let (meter, start) = (Meter::default(), Instant::now());
        let at = |ms, used, bytes_out| {
            let used = Duration::from_millis(used);
            meter.read(2, Reading { at: start + Duration::from_millis(ms), used, bytes_out });
        };
        at(0, 100, 1000);
        at(2000, 1100, 5000);
        assert_eq!((meter.idle_pct.load(Relaxed), meter.bytes_out_rate.load(Relaxed)), (75, 2000));
    }
}
