//! The workers of a master.

use crate::{daemon::outcome, line};
use config::keyword::stats::Level;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io,
    os::{fd::AsRawFd, unix::net::UnixStream},
    process::Child,
    time::Instant,
};
use tokio::io::AsyncReadExt;

/// A process that was started as a worker.
pub(super) struct Worker {
    child: Child,
    line: UnixStream,
    ear: tokio::net::UnixStream,
    heard: Vec<u8>,
    since: Instant,
    reloads: u32,
}

impl Worker {
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn signal(&self, signal: Signal) {
        // One that has ended is still ours until it is buried.
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }

    /// Waits for its word that it serves; `false`: it has ended. May be called again when it was given up.
    pub(super) async fn serves(&mut self) -> bool {
        loop {
            if self.heard.contains(&0) {
                return true;
            }
            match self.ear.read_buf(&mut self.heard).await {
                Ok(n) if n > 0 => {}
                _ => return false,
            }
        }
    }

    /// What it has said while it started.
    pub(super) fn said(&self) -> String {
        let said = self.heard.split(|b| *b == 0).next().unwrap_or_default();
        String::from_utf8_lossy(said).into_owned()
    }

    /// Waits for its end: the status as a shell shows it, and its name.
    pub(super) fn end(&mut self) -> (i32, &'static str) {
        self.child.wait().map_or((255, "Unknown"), outcome)
    }
}

/// A worker that has ended.
pub(super) struct Ended {
    pub(super) pid: u32,
    pub(super) code: i32,
    pub(super) why: &'static str,
    /// It had been replaced, or was to be.
    pub(super) former: bool,
}

#[derive(Default)]
pub(super) struct Workers {
    current: Option<Worker>,
    /// The newest first.
    old: Vec<Worker>,
    reloads: u32,
    pub(super) failed: u32,
    started: Option<Instant>,
}

impl Workers {
    pub(super) fn is_empty(&self) -> bool {
        self.current.is_none() && self.old.is_empty()
    }

    fn all(&self) -> impl Iterator<Item = &Worker> {
        self.current.iter().chain(&self.old)
    }

    /// Starts a worker, which gets the listeners of the newest one.
    pub(super) fn start(&mut self) -> io::Result<Worker> {
        let first = self.started.is_none();
        self.started.get_or_insert_with(Instant::now);
        let older = self.all().next().and_then(|worker| line::call(&worker.line, Level::Admin).ok());
        let (child, line) = line::start(older, first)?;
        let ear = line.try_clone()?;
        ear.set_nonblocking(true)?;
        let ear = tokio::net::UnixStream::from_std(ear)?;
        Ok(Worker { child, line, ear, heard: Vec::new(), since: Instant::now(), reloads: 0 })
    }

    /// A reload begins: until it succeeds, the current worker is counted among the old ones.
    pub(super) fn count_reload(&mut self) {
        self.reloads += 1;
        self.old.splice(0..0, self.current.take());
        self.old.iter_mut().for_each(|worker| worker.reloads += 1);
    }

    /// A new worker serves: the old ones are told so, more clearly to those that have outlived too many reloads.
    pub(super) fn replace(&mut self, new: Worker, signal: Signal, max_reloads: Option<u32>) {
        self.current = Some(new);
        for worker in &self.old {
            let too_old = max_reloads.is_some_and(|max| worker.reloads > max);
            worker.signal(if too_old { Signal::TERM } else { signal });
        }
    }

    pub(super) fn signal(&self, signal: Signal) {
        self.all().for_each(|worker| worker.signal(signal));
    }

    /// Takes out the workers that have ended.
    pub(super) fn ended(&mut self) -> Vec<Ended> {
        let mut ended = Vec::new();
        let mut has_ended = |worker: &mut Worker, former: bool| match worker.child.try_wait() {
            Ok(Some(status)) => {
                let (code, why) = outcome(status);
                ended.push(Ended { pid: worker.pid(), code, why, former });
                true
            }
            _ => false,
        };
        if self.current.as_mut().is_some_and(|worker| has_ended(worker, false)) {
            self.current = None;
        }
        self.old.retain_mut(|worker| !has_ended(worker, true));
        ended
    }

    /// Begins a conversation with the worker of this name, if there is one.
    pub(super) fn call(&self, whom: &str, level: Level) -> Option<UnixStream> {
        let worker = match whom.strip_prefix('!') {
            Some(pid) => self.all().find(|worker| worker.pid().to_string() == pid),
            None if whom == "1" => self.all().next(),
            None => None,
        };
        line::call(&worker?.line, level).ok()
    }

    /// `show proc`
    pub(super) fn show(&self, debug: bool) -> String {
        let row = |columns: [&str; 5], fds: [&str; 2]| {
            let cells =
                |columns: &[&str]| columns.iter().map(|cell| format!("{cell:<15}")).collect::<Vec<_>>().join(" ");
            let fds = if debug { format!("\t\t {}", cells(&fds)) } else { String::new() };
            format!("{}{fds}\n", cells(&columns))
        };
        let worker = |worker: &Worker| {
            let (pid, reloads, fd) = (worker.pid().to_string(), worker.reloads.to_string(), worker.line.as_raw_fd());
            row([&pid, "worker", &reloads, &uptime(worker.since), config::VERSION], [&fd.to_string(), "-1"])
        };
        let head = row(["#<PID>", "<type>", "<reloads>", "<uptime>", "<version>"], ["<ipc_fd[0]>", "<ipc_fd[1]>"]);
        let (pid, reloads) = (std::process::id().to_string(), format!("{} [failed: {}]", self.reloads, self.failed));
        let up = uptime(self.started.unwrap_or_else(Instant::now));
        let master = row([&pid, "master", &reloads, &up, config::VERSION], ["-1", "-1"]);
        let current: String = self.current.iter().map(worker).collect();
        let old: String = self.old.iter().map(worker).collect();
        let title = if old.is_empty() { "" } else { "# old workers\n" };
        format!("{head}{master}# workers\n{current}{title}{old}")
    }
}

/// `0d00h00m00s`
fn uptime(since: Instant) -> String {
    let s = since.elapsed().as_secs();
    format!("{}d{:02}h{:02}m{:02}s", s / 86_400, s / 3600 % 24, s / 60 % 60, s % 60)
}
