//! Health checks: whether servers may have traffic (manual, section 5.2 `check`).
//!
//! Each checked server has a task on one thread. A check gives an [`outcome::Outcome`]; [`health`] counts outcomes;
//! [`transition`] carries out what a count decides.

pub mod health;
pub mod http;
pub mod observe;
pub mod outcome;
mod probe;
#[cfg(test)]
mod tests;
pub mod transition;
mod warmup;

use crate::{
    contain::contained,
    log,
    state::{
        ServerState,
        server::{Health, LastCheck},
    },
    worker::Worker,
};
use config::{Config, Proxy, keyword::server::ServerCheck};
use health::Bounds;
use outcome::{Outcome, Status};
use std::{
    rc::Rc,
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};
use transition::{At, look};

/// Starts the checks that are this thread's: those of every n-th checked server.
pub fn start(worker: &Rc<Worker>) {
    let servers = checked(&worker.process.config);
    // The first checks are spread over the shortest interval.
    let shortest = servers.iter().map(|(_, check)| check.inter).min().unwrap_or_default();
    for (number, (at, _)) in servers.iter().enumerate() {
        if number % worker.process.threads.max(1) == worker.number {
            let offset = shortest.mul_f64(number as f64 / servers.len() as f64);
            let task = watch(worker.clone(), *at, offset);
            tokio::task::spawn_local(contained(worker.clone(), at.0, task));
        }
    }
}

/// The servers that are checked, and how.
fn checked(config: &Config) -> Vec<(At, &ServerCheck)> {
    let mut found = Vec::new();
    for (p, proxy) in config.proxies.iter().enumerate().filter(|(_, proxy)| !proxy.disabled) {
        let servers = proxy.servers.iter().enumerate();
        found.extend(servers.filter_map(|(s, server)| Some(((p, s), server.check.as_ref()?))));
    }
    found
}

/// Checks one server again and again, until the drain begins.
async fn watch(worker: Rc<Worker>, at: At, offset: Duration) {
    tokio::time::sleep(offset).await;
    while !worker.process.is_stopping() {
        let Some((_, said, state)) = look(&worker, at) else { return };
        let Some(check) = &said.check else { return };
        if !state.in_maintenance() && !state.checks_paused.load(Relaxed) {
            state.set_check_running(true);
            let start = Instant::now();
            let outcome = probe::run(&worker, at).await;
            state.set_check_running(false);
            if !state.in_maintenance() {
                digest(&worker, at, &outcome, Some(start.elapsed()));
            }
        }
        rest(&worker, check, state).await;
    }
}

/// Waits until it is time for the next check. Errors of the traffic may bring it forward.
async fn rest(worker: &Worker, check: &ServerCheck, state: &ServerState) {
    let pause = || health::interval(check, state.check_health.load(Relaxed), state.health());
    let due = Instant::now() + spread(worker, pause());
    tokio::select! {
        () = tokio::time::sleep_until(due.into()) => {}
        () = state.check_soon.notified() => {
            let hurry = match state.health() {
                Health::Down => pause(),
                _ => check.fastinter.unwrap_or(check.inter),
            };
            tokio::time::sleep_until((Instant::now() + hurry).min(due).into()).await;
        }
    }
}

/// The pause with the variation that `spread-checks` allows.
fn spread(worker: &Worker, pause: Duration) -> Duration {
    let percent = f64::from(worker.process.config.global.spread_checks.min(50));
    let dice = f64::from(worker.random()) / f64::from(u32::MAX) * 2.0 - 1.0;
    pause.mul_f64(1.0 + dice * percent / 100.0)
}

/// Draws the conclusions from a result. `took`: `None` where it was no check that gave it.
pub(crate) fn digest(worker: &Rc<Worker>, at: At, outcome: &Outcome, took: Option<Duration>) {
    let Some((_, said, state)) = look(worker, at) else { return };
    let (Some(check), Some(proxy)) = (&said.check, worker.process.config.proxies.get(at.0)) else { return };
    let (bounds, was) = (Bounds::of(check), state.check_health.load(Relaxed));
    let count = bounds.after(was, outcome.status.passed());
    state.check_health.store(count, Relaxed);
    let before = state.check_result().status;
    let millis = took.map(|t| t.as_millis() as u64);
    state.set_check_result(LastCheck {
        status: outcome.status.code(),
        code: outcome.number,
        duration_ms: millis.unwrap_or(0),
        text: String::from_utf8_lossy(&outcome.text).into_owned(),
        running: false,
    });
    if !outcome.status.passed() && state.health() != Health::Down {
        state.counts.mine().chkfail.one();
        worker.process.counts.mine().failed_checks.one();
    }
    let reason = outcome.reason(millis);
    let told = proxy.options.log_health_checks;
    if told && (count != was || outcome.status.code() != before) {
        report(worker, at, proxy, outcome, &format!("{reason}, status: {}", bounds.show(count)));
    }
    let why = if told { String::new() } else { format!(", reason: {reason}") };
    if let Some(health) = verdict(outcome.status, count, bounds, state.health()) {
        transition::health(worker, at, health, &why);
    }
}

/// What a result and the count behind it make of a server's health; `None` = it stays as it is.
fn verdict(status: Status, count: u32, bounds: Bounds, now: Health) -> Option<Health> {
    let up = count >= bounds.rise;
    match (status.passed(), now) {
        (true, Health::Up) if status == Status::L7Okc => Some(Health::Stopping),
        (true, Health::Down | Health::Stopping) if up && status != Status::L7Okc => Some(Health::Up),
        (false, Health::Up | Health::Stopping) if !up => Some(Health::Down),
        _ => None,
    }
}

/// The line of `option log-health-checks`.
fn report(worker: &Worker, (p, s): At, proxy: &Proxy, outcome: &Outcome, reason: &str) {
    let Some(server) = proxy.servers.get(s) else { return };
    let how = match outcome.status {
        Status::L7Okc => "conditionally succeeded",
        status if status.passed() => "succeeded",
        _ => "failed",
    };
    let backup = if server.backup { "backup " } else { "" };
    let (proxy, name) = (String::from_utf8_lossy(&proxy.name), String::from_utf8_lossy(&server.name));
    let text = format!("Health check for {backup}server {proxy}/{name} {how}, reason: {reason}.");
    log::state::report(worker, p, log::level::NOTICE, &text);
}
