//! Messages about servers and proxies: to the log targets of the proxy, and to the terminal (manual, section 8).

use super::{level, say};
use crate::{
    state::{Process, ProxyState},
    worker::Worker,
};
use config::Proxy;
use std::{fmt::Write as _, io::Write as _};

/// What happened to a server. `requeued` counts the requests that left its queue for other servers; `why` is text
/// that goes behind the verb: `, reason: …`, ` via be/s2`, `, changed from CLI`, or nothing.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    Down {
        why: &'a str,
        requeued: u32,
    },
    Drain {
        requeued: u32,
    },
    LeavesDrain,
    /// `forced`: it had been sent there itself, not by way of a server that it tracks.
    LeavesMaintenance {
        forced: bool,
    },
    /// `idle`: it took no traffic anyway.
    Maintenance {
        why: &'a str,
        requeued: u32,
        idle: bool,
    },
    /// It was down already.
    MaintenanceWhileDown,
    Stopping {
        why: &'a str,
        requeued: u32,
    },
    Up {
        why: &'a str,
        requeued: u32,
    },
}

/// Reports what happened to a server.
pub fn state(worker: &Worker, (proxy, server): (usize, usize), change: Change<'_>) {
    let process = &worker.process;
    let (Some(config), Some(now)) = (process.config.proxies.get(proxy), process.proxies.get(proxy)) else { return };
    let Some((level, text)) = text(config, now, server, change) else { return };
    report(worker, proxy, level, &text);
}

/// Reports that a backend has lost its last server.
pub fn backend_down(worker: &Worker, proxy: usize) {
    let Some(config) = worker.process.config.proxies.get(proxy) else { return };
    let text = format!("backend {} has no server available!", String::from_utf8_lossy(&config.name));
    report(worker, proxy, level::EMERG, &text);
}

/// A message about a proxy, to its log targets and to the terminal.
pub fn report(worker: &Worker, proxy: usize, level: u8, text: &str) {
    say(worker, proxy, level, format_args!("{text}"));
    warn(&worker.process, level, text);
}

/// `option checkcache` stopped a response.
pub fn blocked_cookie(worker: &Worker, proxy: usize, server: usize) {
    let Some(config) = worker.process.config.proxies.get(proxy) else { return };
    let Some(said) = config.servers.get(server) else { return };
    let (name, server) = (String::from_utf8_lossy(&config.name), String::from_utf8_lossy(&said.name));
    let text = format_args!("Blocking cacheable cookie in response from instance {name}, server {server}.");
    say(worker, proxy, level::ALERT, text);
}

/// What a command did to a frontend: `Paused frontend fe.`
pub fn frontend(worker: &Worker, at: usize, what: &str) {
    let Some(config) = worker.process.config.proxies.get(at) else { return };
    report(worker, at, level::WARNING, &format!("{what} frontend {}.", String::from_utf8_lossy(&config.name)));
}

/// The end of every proxy, as the drain begins.
pub fn stopped(worker: &Worker) {
    let proxies = worker.process.config.proxies.iter().enumerate();
    let stopped = |now: &ProxyState| now.front.shut_down.load(std::sync::atomic::Ordering::Relaxed);
    let running = |at: &usize| !worker.process.proxies.get(*at).is_some_and(stopped);
    proxies
        .filter(|(_, config)| !config.disabled)
        .map(|(at, _)| at)
        .filter(running)
        .for_each(|at| proxy_stopped(worker, at));
}

/// The end of a proxy: `Proxy fe stopped …`.
pub fn proxy_stopped(worker: &Worker, at: usize) {
    let process = &worker.process;
    let (Some(config), Some(now)) = (process.config.proxies.get(at), process.proxies.get(at)) else { return };
    let front = now.front.counts.sum(|c| &c.conn_tot);
    let back = now.back.counts.as_ref().map_or(0, |counts| counts.sum(|c| &c.common.stot));
    let name = String::from_utf8_lossy(&config.name);
    let text = format!("Proxy {name} stopped (cumulated conns: FE: {front}, BE: {back}).");
    report(worker, at, level::WARNING, &text);
}

/// HAProxy's form of a message on the terminal.
fn warn(process: &Process, level: u8, text: &str) {
    let global = &process.config.global;
    if global.quiet || global.daemon {
        return;
    }
    let word = if level == level::EMERG { "[ALERT]   " } else { "[WARNING] " };
    // Nobody may be reading: then there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "{word} ({}) : {text}", process.pid);
}

/// Level and words of a change.
pub(super) fn text(config: &Proxy, now: &ProxyState, server: usize, change: Change<'_>) -> Option<(u8, String)> {
    let said = config.servers.get(server)?;
    let running = now.servers.get(server)?.is_running();
    let (proxy, name) = (String::from_utf8_lossy(&config.name), String::from_utf8_lossy(&said.name));
    let mut text = format!("{} {proxy}/{name} ", if said.backup { "Backup Server" } else { "Server" });
    let tail = |left: bool, requeued: u32| servers_left(config, now, server, left, requeued);
    let level = match change {
        Change::Down { .. } | Change::Maintenance { idle: false, .. } => level::ALERT,
        _ => level::NOTICE,
    };
    let _ = match change {
        Change::Down { why, requeued } => write!(text, "is DOWN{why}. {}", tail(true, requeued)),
        Change::Drain { requeued } => write!(text, "enters drain state. {}", tail(!running, requeued)),
        Change::LeavesDrain if running => write!(text, "is UP (leaving forced drain)."),
        Change::LeavesDrain => write!(text, "is DOWN (leaving forced drain)."),
        Change::LeavesMaintenance { forced } => {
            let (up, forced) = (if running { "UP" } else { "DOWN" }, if forced { "forced " } else { "" });
            write!(text, "is {up}/READY (leaving {forced}maintenance).")
        }
        Change::Maintenance { why, requeued, .. } => {
            write!(text, "is going DOWN for maintenance{why}. {}", tail(true, requeued))
        }
        Change::MaintenanceWhileDown => {
            text.truncate(text.len() - 1);
            write!(text, " was DOWN and now enters maintenance.")
        }
        Change::Stopping { why, requeued } => write!(text, "is stopping{why}. {}", tail(false, requeued)),
        Change::Up { why, requeued } => write!(text, "is UP{why}. {}", tail(false, requeued)),
    };
    Some((level, text))
}

/// The servers that a backend has now, and what became of the requests: the end of most messages.
fn servers_left(config: &Proxy, now: &ProxyState, server: usize, left: bool, requeued: u32) -> String {
    let usable = |backup: bool| {
        let servers = config.servers.iter().zip(&now.servers);
        servers.filter(|(said, state)| said.backup == backup && state.is_usable()).count()
    };
    let (active, backup) = (usable(false), usable(true));
    let word = if left { "left" } else { "online" };
    let on_backup = if active == 0 && backup > 0 { " Running on backup." } else { "" };
    let total = now.queues.total();
    let sessions = now.servers.get(server).map_or(0, |s| s.served.get());
    let requests = match left {
        true => format!("{sessions} sessions active, {requeued} requeued, {total} remaining in queue."),
        false => format!("{requeued} sessions requeued, {total} total in queue."),
    };
    format!("{active} active and {backup} backup servers {word}.{on_backup} {requests}")
}
