//! A server's change of state, and all that follows from it: the balancer, queues, idle connections, servers that
//! track it, messages (manual, sections 5.2 `track`, `slowstart`, `on-marked-down`; management guide `set server`).

use super::{
    health::{self, Bounds},
    warmup,
};
use crate::{
    log::{self, Change},
    state::{
        ProxyState, ServerState,
        server::{Health, admin},
    },
    worker::Worker,
};
use config::keyword::server::Server;
use std::{rc::Rc, sync::atomic::Ordering::Relaxed};

/// A server: the indices of its proxy and of itself.
pub type At = (usize, usize);

/// Changes the health of a server, and of those that track it. `why` goes into the message: `, reason: …`.
pub fn health(worker: &Rc<Worker>, at: At, to: Health, why: &str) {
    let Some((_, _, state)) = look(worker, at) else { return };
    let was = state.health();
    if was == to {
        return;
    }
    let effect = change(worker, at, |state| _ = state.set_health(to));
    if !state.in_maintenance() {
        if to == Health::Down {
            count_down(worker, at);
        }
        let requeued = effect.requeued;
        let message = match to {
            Health::Down => Change::Down { why, requeued },
            Health::Stopping => Change::Stopping { why, requeued },
            Health::Up => Change::Up { why, requeued },
        };
        log::state(worker, at, message);
    }
    settle(worker, at.0);
    let via = via(worker, at);
    for follower in trackers(worker, at) {
        health(worker, follower, to, &via);
    }
}

/// `set server … health`: checks go on from there.
pub fn health_by_command(worker: &Rc<Worker>, at: At, to: Health) {
    let Some((_, said, state)) = look(worker, at) else { return };
    if let Some(check) = &said.check {
        let count = if to == Health::Down { 0 } else { Bounds::of(check).top() };
        state.check_health.store(count, Relaxed);
    }
    health(worker, at, to, ", changed from CLI");
}

/// Puts a server into maintenance by command.
pub fn enter_maintenance(worker: &Rc<Worker>, at: At) {
    maintain(worker, at, admin::MAINT, "");
}

fn maintain(worker: &Rc<Worker>, at: At, bit: u8, why: &str) {
    let Some((_, _, state)) = look(worker, at) else { return };
    if state.admin() & bit != 0 {
        return;
    }
    let (already, was_running, idle) = (state.in_maintenance(), state.is_running(), state.is_draining());
    let effect = change(worker, at, |state| _ = state.set_admin(bit, 0));
    if already {
        return;
    }
    let requeued = effect.requeued;
    log::state(
        worker,
        at,
        match was_running {
            true => Change::Maintenance { why, requeued, idle },
            false => Change::MaintenanceWhileDown,
        },
    );
    settle(worker, at.0);
    let via = via(worker, at);
    for follower in trackers(worker, at) {
        maintain(worker, follower, admin::TRACKED_MAINT, &via);
    }
}

/// Puts a server into drain by command: it finishes what it has, and gets no new clients.
pub fn enter_drain(worker: &Rc<Worker>, at: At) {
    drain(worker, at, admin::DRAIN);
}

fn drain(worker: &Rc<Worker>, at: At, bit: u8) {
    let Some((_, _, state)) = look(worker, at) else { return };
    if state.admin() & bit != 0 {
        return;
    }
    let silent = state.in_maintenance() || state.is_draining();
    let effect = change(worker, at, |state| _ = state.set_admin(bit, 0));
    if silent {
        return;
    }
    log::state(worker, at, Change::Drain { requeued: effect.requeued });
    settle(worker, at.0);
    for follower in trackers(worker, at) {
        drain(worker, follower, admin::TRACKED_DRAIN);
    }
}

/// Ends maintenance and drain of a server that a command had put there: `set server … state ready`.
pub fn make_ready(worker: &Rc<Worker>, at: At) {
    release(worker, at, admin::MAINT | admin::CONFIG_MAINT | admin::DRAIN, true);
}

/// Ends maintenance alone: `enable server`.
pub fn leave_maintenance(worker: &Rc<Worker>, at: At) {
    release(worker, at, admin::MAINT | admin::CONFIG_MAINT, true);
}

/// Clears administrative bits. A server that leaves maintenance starts as its `init-state` says.
fn release(worker: &Rc<Worker>, at: At, bits: u8, forced: bool) {
    let Some((_, said, state)) = look(worker, at) else { return };
    let (maintained, drained) = (state.in_maintenance(), state.is_draining());
    if state.admin() & bits == 0 {
        return;
    }
    change(worker, at, |state| {
        state.set_admin(0, bits);
        if maintained && !state.in_maintenance() {
            revive(worker, said, state);
        }
    });
    let left = (maintained && !state.in_maintenance(), drained && !state.is_draining());
    match left {
        (true, _) => log::state(worker, at, Change::LeavesMaintenance { forced }),
        (false, true) if !state.in_maintenance() => log::state(worker, at, Change::LeavesDrain),
        _ => {}
    }
    settle(worker, at.0);
    let tracked = if left.0 { admin::TRACKED_MAINT } else { 0 } | if left.1 { admin::TRACKED_DRAIN } else { 0 };
    for follower in trackers(worker, at) {
        release(worker, follower, tracked, false);
    }
}

/// The health of a server that leaves maintenance.
fn revive(worker: &Worker, said: &Server, state: &ServerState) {
    if let Some((_, _, tracked)) = said.track.and_then(|at| look(worker, at)) {
        state.set_health(tracked.health());
        return;
    }
    let Some(check) = &said.check else {
        state.set_health(health::initial(said.init_state));
        return;
    };
    let bounds = Bounds::of(check);
    let count = bounds.back(said.init_state);
    state.check_health.store(count, Relaxed);
    state.set_health(if count >= bounds.rise { Health::Up } else { Health::Down });
}

/// Tells everybody of a server's new weight.
pub fn weight(worker: &Worker, at: At) {
    if let Some(state) = worker.process.proxies.get(at.0) {
        state.server_changed(&worker.process.config.proxies[at.0], at.1);
        settle(worker, at.0);
    }
}

/// Why sessions end, as their logs say it: their server went down, or a better one is there again.
const MARKED_DOWN: u8 = b'D';
const MARKED_UP: u8 = b'U';

/// What a change brought with it.
struct Effect {
    /// Requests that waited for the server and have to look for another.
    requeued: u32,
}

/// Changes a server's state by `apply`, and does what has to be done at once.
fn change(worker: &Rc<Worker>, at: At, apply: impl FnOnce(&ServerState)) -> Effect {
    let Some((proxy, said, state)) = look(worker, at) else { return Effect { requeued: 0 } };
    let was = (state.is_running(), state.is_eligible());
    apply(state);
    let is = (state.is_running(), state.is_eligible());
    stamp(worker, state, was.0, is.0);
    let mut requeued = 0;
    if was.0 && !is.0 {
        // Without `option redispatch` they wait on for the server that they belong to.
        if worker.process.config.proxies[at.0].redispatch.is_some() {
            requeued = proxy.queues.redistribute(at.1);
        }
        worker.pool.clear(&worker.process, at);
        worker.lines.clear(at);
        state.warm_steps.store(0, Relaxed);
        if said.on_marked_down_shutdown {
            state.cut.give(MARKED_DOWN);
        }
    }
    if is.1 && !was.1 && said.on_marked_up_shutdown_backup && !said.backup {
        let backups = worker.process.config.proxies[at.0].servers.iter().zip(&proxy.servers);
        backups.filter(|(said, _)| said.backup).for_each(|(_, state)| state.cut.give(MARKED_UP));
    }
    if is.1 && !was.1 && !was.0 {
        warmup::begin(worker, at, said, state);
    }
    proxy.server_changed(&worker.process.config.proxies[at.0], at.1);
    if is.1 && !was.1 {
        while proxy.queues.hand_over(at.1, || state.take_slot(proxy.back.sessions.get())) {}
    }
    Effect { requeued }
}

/// Keeps when a server last went up or down, and for how long it has been down.
fn stamp(worker: &Worker, state: &ServerState, was: bool, is: bool) {
    if was == is {
        return;
    }
    let now = worker.ms();
    let since = state.changed.swap(now, Relaxed);
    if is {
        state.downtime.fetch_add(now.saturating_sub(since) / 1000, Relaxed);
    }
}

/// Takes note of a backend that has lost its last server, or has one again.
fn settle(worker: &Worker, proxy: usize) {
    let Some(state) = worker.process.proxies.get(proxy) else { return };
    let (back, down) = (&state.back, state.usable() == 0);
    if back.is_down.swap(down, Relaxed) == down {
        return;
    }
    let now = worker.ms();
    let since = back.changed.swap(now, Relaxed);
    if down {
        if let Some(counts) = &back.counts {
            counts.mine().chkdown.one();
        }
        log::state::backend_down(worker, proxy);
    } else {
        back.downtime.fetch_add(now.saturating_sub(since) / 1000, Relaxed);
    }
}

fn count_down(worker: &Worker, at: At) {
    if let Some((_, _, state)) = look(worker, at) {
        state.counts.mine().chkdown.one();
    }
}

/// The servers that track this one.
fn trackers(worker: &Worker, at: At) -> Vec<At> {
    let proxies = worker.process.config.proxies.iter().enumerate();
    let servers =
        proxies.flat_map(|(p, proxy)| proxy.servers.iter().enumerate().map(move |(s, server)| ((p, s), server)));
    servers.filter(|(_, server)| server.track == Some(at)).map(|(at, _)| at).collect()
}

fn via(worker: &Worker, (p, s): At) -> String {
    let Some((proxy, server)) = worker.process.config.proxies.get(p).and_then(|p| Some((p, p.servers.get(s)?))) else {
        return String::new();
    };
    format!(" via {}/{}", String::from_utf8_lossy(&proxy.name), String::from_utf8_lossy(&server.name))
}

/// A server's proxy as it is now, what the configuration says of it, and how it is now.
pub(super) fn look(worker: &Worker, (p, s): At) -> Option<(&ProxyState, &Server, &ServerState)> {
    let proxy = worker.process.proxies.get(p)?;
    let said = worker.process.config.proxies.get(p)?.servers.get(s)?;
    Some((proxy, said, proxy.servers.get(s)?))
}
