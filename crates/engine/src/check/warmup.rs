//! `slowstart`: a server that has come back takes its full share little by little (manual, section 5.2).

use super::transition::{At, look};
use crate::{
    log::{self, Change},
    state::ServerState,
    worker::Worker,
};
use balance::SCALE;
use config::keyword::{balance::Balance, server::Server};
use std::{rc::Rc, sync::atomic::Ordering::Relaxed, time::Duration};

/// How often the weight grows.
const STEP: Duration = Duration::from_secs(1);

/// Begins the slow start of a server that takes traffic again, if it is to have one.
pub(super) fn begin(worker: &Rc<Worker>, at: At, said: &Server, state: &ServerState) {
    let proxy = worker.process.config.proxies.get(at.0);
    // Only the algorithms that follow changes of weights can do it.
    let dynamic = proxy.is_some_and(|p| match p.balance {
        Balance::First | Balance::StaticRr | Balance::Sticky => false,
        Balance::LeastConn | Balance::Random(_) | Balance::RoundRobin => true,
        _ => p.hash.consistent,
    });
    if said.slowstart.is_zero() || !dynamic {
        return;
    }
    state.warm_steps.store(steps(Duration::ZERO, said.slowstart), Relaxed);
    let since = state.changed.load(Relaxed);
    tokio::task::spawn_local(grow(worker.clone(), at, said.slowstart, since));
}

/// Sixteenths of the weight in force after this time.
fn steps(elapsed: Duration, slowstart: Duration) -> u32 {
    balance::slowstart(1, elapsed.as_millis() as u64, slowstart.as_millis() as u64)
}

/// Lets the weight grow until it is whole, or until the server changes its state again: `since` is when it last did.
async fn grow(worker: Rc<Worker>, at: At, slowstart: Duration, since: u64) {
    let mut elapsed = Duration::ZERO;
    loop {
        tokio::time::sleep(STEP).await;
        elapsed += STEP;
        let Some((proxy, _, state)) = look(&worker, at) else { return };
        let (Some(said), true) = (worker.process.config.proxies.get(at.0), state.changed.load(Relaxed) == since) else {
            return;
        };
        let steps = steps(elapsed, slowstart);
        state.warm_steps.store(steps % SCALE, Relaxed);
        proxy.server_changed(said, at.1);
        if steps == SCALE {
            log::state(&worker, at, Change::Up { why: "", requeued: 0 });
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_grow_each_second() {
        let weights = |weight: u32, whole: u64| -> Vec<u32> {
            let of = |second| steps(Duration::from_secs(second), Duration::from_secs(whole));
            (0..=whole).map(|second| (weight * of(second)).div_ceil(SCALE)).collect()
        };
        assert_eq!(weights(40, 4), [3, 13, 23, 33, 40]);
        assert_eq!(weights(100, 2), [7, 57, 100]);
        assert_eq!(weights(50, 3), [4, 19, 35, 50]);
    }
}
