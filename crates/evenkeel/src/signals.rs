//! Signals: what a running process is told from outside (management manual, section 4).
//!
//! SIGTERM and SIGINT keep their meaning of ending the process at once, as HAProxy dies of them; nothing is needed here.

use crate::{
    line::{Ear, Line},
    report::Report,
};
use config::{Config, keyword::stats::Level};
use engine::{
    Engine,
    state::{ProxyState, server::Health},
};
use std::{io, os::unix::net::UnixStream, sync::atomic::Ordering::Relaxed, time::Duration};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::Instant,
};

/// The signals that are attended to.
#[derive(Debug)]
pub(crate) struct Signals {
    /// SIGUSR1: finish.
    finish: Signal,
    /// SIGUSR2: reload, which a process without a master cannot.
    reload: Signal,
    /// SIGHUP: show the servers.
    servers: Signal,
    /// SIGQUIT: show the memory.
    memory: Signal,
    /// SIGTTOU: step aside.
    pause: Signal,
    /// SIGTTIN: go on.
    resume: Signal,
    master: Option<Ear>,
}

impl Signals {
    /// Begins to catch the signals. Needs a runtime.
    pub(crate) fn listen(line: Option<&Line>) -> io::Result<Signals> {
        let raw = |signal: rustix::process::Signal| SignalKind::from_raw(signal.as_raw());
        Ok(Signals {
            finish: signal(SignalKind::user_defined1())?,
            reload: signal(SignalKind::user_defined2())?,
            servers: signal(SignalKind::hangup())?,
            memory: signal(SignalKind::quit())?,
            pause: signal(raw(rustix::process::Signal::TTOU))?,
            resume: signal(raw(rustix::process::Signal::TTIN))?,
            master: line.map(Line::listen).transpose()?,
        })
    }

    /// Attends to signals until the engine has ended; the exit status.
    pub(crate) async fn attend(mut self, engine: Engine, report: &Report) -> u8 {
        loop {
            tokio::select! {
                _ = self.finish.recv() => return self.finish(engine, report).await,
                _ = self.reload.recv() => if self.master.is_none() {
                    report.warning("SIGUSR2: there is no master process that could reload.");
                },
                said = hear(&self.master) => if !obey(&engine, said) {
                    return 1;
                },
                _ = self.servers.recv() => show_servers(&engine, report),
                _ = self.memory.recv() => show_memory(report),
                _ = self.pause.recv() => pause(&engine, report),
                _ = self.resume.recv() => resume(&engine, report),
                () = tokio::time::sleep(GLANCE) => if engine.has_ended() {
                    return 0;
                }
            }
        }
    }

    /// The drain: until the last connection has ended, or `hard-stop-after` is over.
    async fn finish(mut self, engine: Engine, report: &Report) -> u8 {
        let config = engine.process.config.clone();
        if !config.global.grace.is_zero() {
            engine.process.told.store(true, Relaxed);
            tokio::time::sleep(config.global.grace).await;
        }
        // It says of each proxy that it has stopped.
        engine.stop();
        let limit = config.global.hard_stop_after.map(|after| Instant::now() + after);
        while !engine.has_ended() {
            if limit.is_some_and(|limit| Instant::now() >= limit) {
                report.warning("soft-stop running for too long, performing a hard-stop.");
                hard_stop(&engine, report);
                return 0;
            }
            tokio::select! {
                _ = self.servers.recv() => show_servers(&engine, report),
                _ = self.memory.recv() => show_memory(report),
                said = hear(&self.master) => if !obey(&engine, said) {
                    return 1;
                },
                () = tokio::time::sleep(DRAIN_GLANCE) => {}
            }
        }
        0
    }
}

/// What a master says next; without one, nothing ever.
async fn hear(master: &Option<Ear>) -> Option<(UnixStream, Level)> {
    match master {
        Some(ear) => ear.next().await,
        None => std::future::pending().await,
    }
}

/// Begins a conversation for the master; `false`: it is gone, and a worker does not outlive it.
fn obey(engine: &Engine, said: Option<(UnixStream, Level)>) -> bool {
    let goes_on = said.is_some();
    said.into_iter().for_each(|(stream, level)| engine.talk(stream, level));
    goes_on
}

/// How often it is looked whether the engine has ended: by itself, and while it drains.
const GLANCE: Duration = Duration::from_secs(1);
const DRAIN_GLANCE: Duration = Duration::from_millis(10);

fn name(proxy: &config::Proxy) -> String {
    String::from_utf8_lossy(&proxy.name).into_owned()
}

/// Connections of a proxy's two sides since the start.
fn cumulated(state: &ProxyState) -> (u64, u64) {
    let front = state.front.counts.sum(|c| &c.conn_tot);
    let back = state.back.counts.as_ref().map_or(0, |counts| counts.sum(|c| &c.common.stot));
    (front, back)
}

fn hard_stop(engine: &Engine, report: &Report) {
    let proxies = engine.process.config.proxies.iter().zip(&engine.process.proxies);
    for (proxy, state) in proxies {
        let left = state.front.sessions.get();
        if left > 0 {
            report.warning(format!("Proxy {} hard-stopped ({left} remaining conns will be closed).", name(proxy)));
        }
    }
}

fn show_servers(engine: &Engine, report: &Report) {
    report.warning("SIGHUP received, dumping servers states.");
    let config: &Config = &engine.process.config;
    for (proxy, state) in config.proxies.iter().zip(&engine.process.proxies) {
        for (server, now) in proxy.servers.iter().zip(&state.servers) {
            let up = if now.health() == Health::Down { "DOWN" } else { "UP" };
            report.warning(format!(
                "SIGHUP: Server {}/{} is {up}. Conn: {} act, {} pend, {} tot.",
                name(proxy),
                String::from_utf8_lossy(&server.name),
                now.served.get(),
                now.queued.get(),
                now.counts.sum(|c| &c.stot),
            ));
        }
        report.warning(format!("SIGHUP: Proxy {} {}", name(proxy), availability(proxy, state)));
    }
}

/// What is left of a proxy's servers, and its connections.
fn availability(proxy: &config::Proxy, state: &ProxyState) -> String {
    let usable = |backup: bool| {
        proxy.servers.iter().zip(&state.servers).filter(|(said, now)| said.backup == backup && now.is_usable()).count()
    };
    let (active, backup) = (usable(false), usable(true));
    let servers = match (proxy.servers.is_empty(), active + backup) {
        (true, _) => "has no servers.".to_owned(),
        (false, 0) => "has no server available !".to_owned(),
        _ => format!("has {active} active servers and {backup} backup servers available."),
    };
    let (front, back) = cumulated(state);
    format!(
        "{servers} Conn: act(FE+BE): {}+{}, {} pend ({} unass), tot(FE+BE): {front}+{back}.",
        state.front.sessions.get(),
        state.back.sessions.get(),
        state.queues.total(),
        state.queues.total(),
    )
}

/// HAProxy shows its memory pools here; evenkeel has none, and shows what the system counts.
fn show_memory(report: &Report) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or("unknown").trim().to_owned();
    report.warning(format!("SIGQUIT received: resident memory {resident}; there are no memory pools."));
}

fn pause(engine: &Engine, report: &Report) {
    engine.pause();
    frontends(engine).for_each(|name| report.warning(format!("Paused frontend {name}.")));
}

fn resume(engine: &Engine, report: &Report) {
    if let Err(e) = engine.resume() {
        report.warning(format!("A listener cannot be resumed: {e}"));
    }
    frontends(engine).for_each(|name| report.warning(format!("Resumed frontend {name}.")));
}

fn frontends(engine: &Engine) -> impl Iterator<Item = String> {
    let proxies = engine.process.config.proxies.iter();
    proxies.filter(|p| !p.disabled && !p.binds.is_empty()).map(name)
}
