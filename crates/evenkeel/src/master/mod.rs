//! The master process (`-W`): it starts workers, watches over them and does no work itself.
//!
//! A reload is a new worker beside the old one, which gives its listeners to it and finishes when the new one serves. If
//! the new one does not come to serve, the old one goes on. Nobody is started again: when the last worker has ended, so
//! does the master, with its status.

mod cli;
mod request;
mod workers;

use crate::{
    args::Args,
    daemon,
    notify::Manager,
    report::{Report, system},
};
use config::Config;
use request::Request;
use rustix::process::Signal;
use std::{io, io::Write, path::PathBuf};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{mpsc, oneshot},
};
use workers::{Ended, Worker, Workers};

/// Runs the master to its end; the exit status.
pub(crate) fn run(args: &Args, config: &Config, report: &Report) -> u8 {
    if daemon::is_child() {
        daemon::leave_session();
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return fail(report, &format!("Cannot watch for signals: {e}")),
    };
    runtime.block_on(async {
        let signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(e) => return fail(report, &format!("Cannot watch for signals: {e}")),
        };
        let (ask, requests) = mpsc::channel(16);
        if let Some(address) = &args.master_socket
            && let Err(text) = cli::open(address, ask.clone())
        {
            return fail(report, &text);
        }
        let mut master = Master::new(args, config, report);
        if let Err(e) = master.load(false) {
            return fail(report, &format!("Cannot start a worker: {}", system(&e)));
        }
        master.attend(signals, requests, ask).await
    })
}

fn fail(report: &Report, text: &str) -> u8 {
    report.alert(format!("[{}.main()] {text}", crate::program()));
    1
}

struct Signals {
    /// SIGTERM, SIGINT and SIGUSR1: the workers leave, and the master with them.
    leave: [(Signal, tokio::signal::unix::Signal); 3],
    /// SIGUSR2 and SIGHUP.
    reload: [tokio::signal::unix::Signal; 2],
    /// SIGTTOU and SIGTTIN are the workers' business.
    pass_on: [(Signal, tokio::signal::unix::Signal); 2],
    child: tokio::signal::unix::Signal,
    /// SIGQUIT: nothing.
    _quit: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> io::Result<Signals> {
        let raw = |which: Signal| signal(SignalKind::from_raw(which.as_raw()));
        let named = |which: Signal| Ok::<_, io::Error>((which, raw(which)?));
        Ok(Signals {
            leave: [named(Signal::TERM)?, named(Signal::INT)?, named(Signal::USR1)?],
            reload: [raw(Signal::USR2)?, raw(Signal::HUP)?],
            pass_on: [named(Signal::TTOU)?, named(Signal::TTIN)?],
            child: raw(Signal::CHILD)?,
            _quit: raw(Signal::QUIT)?,
        })
    }
}

struct Master<'m> {
    report: &'m Report,
    workers: Workers,
    manager: Option<Manager>,
    pidfile: Option<PathBuf>,
    max_reloads: Option<u32>,
    no_exit_on_failure: bool,
    /// The worker that starts, and whether the others are to leave at once when it serves.
    loading: Option<(Worker, bool)>,
    /// Conversations that wait for the outcome of a reload.
    waiting: Vec<oneshot::Sender<String>>,
    /// Another reload was asked for meanwhile.
    again: bool,
    /// It has been told to leave.
    leaving: bool,
    /// What the last start was like, and what was said.
    success: bool,
    said: String,
    status: u8,
}

impl<'m> Master<'m> {
    fn new(args: &Args, config: &Config, report: &'m Report) -> Master<'m> {
        report.keep();
        Master {
            report,
            workers: Workers::default(),
            manager: args.notify.then(Manager::find).flatten(),
            pidfile: config.global.pidfile.clone(),
            max_reloads: config.global.max_reloads,
            no_exit_on_failure: config.global.no_exit_on_failure,
            loading: None,
            waiting: Vec::new(),
            again: false,
            leaving: false,
            success: false,
            said: String::new(),
            status: 0,
        }
    }

    /// Attends to signals, workers and conversations until no worker is left; the exit status.
    async fn attend(
        mut self,
        mut signals: Signals,
        mut requests: mpsc::Receiver<Request>,
        _ask: mpsc::Sender<Request>,
    ) -> u8 {
        loop {
            let [(term, on_term), (int, on_int), (finish, on_finish)] = &mut signals.leave;
            let [(pause, on_pause), (resume, on_resume)] = &mut signals.pass_on;
            let [on_reload, on_hangup] = &mut signals.reload;
            tokio::select! {
                _ = on_term.recv() => self.leave(*term),
                _ = on_int.recv() => self.leave(*int),
                _ = on_finish.recv() => self.leave(*finish),
                _ = on_pause.recv() => self.workers.signal(*pause),
                _ = on_resume.recv() => self.workers.signal(*resume),
                _ = on_reload.recv() => self.reload(false, None),
                _ = on_hangup.recv() => self.reload(false, None),
                Some(request) = requests.recv() => self.answer(request),
                serves = heard(&mut self.loading), if self.loading.is_some() => {
                    if let Err(status) = self.loaded(serves) {
                        return status;
                    }
                }
                _ = signals.child.recv() => {}
            }
            self.bury();
            if self.workers.is_empty() && self.loading.is_none() {
                self.report.warning(format!("All workers exited. Exiting... ({})", self.status));
                return self.status;
            }
        }
    }

    /// Starts a worker; the others leave at once when it serves (`hard`), or finish.
    fn load(&mut self, hard: bool) -> io::Result<()> {
        self.report.forget();
        self.said.clear();
        let worker = self.workers.start()?;
        self.report.notice(format!("Initializing new worker ({})", worker.pid()));
        self.loading = Some((worker, hard));
        Ok(())
    }

    fn reload(&mut self, hard: bool, reply: Option<oneshot::Sender<String>>) {
        self.waiting.extend(reply);
        if self.leaving {
            return self.waiting.clear();
        }
        if self.loading.is_some() {
            self.again = true;
            return;
        }
        if let Some(manager) = &self.manager {
            manager.reloading();
        }
        self.report.notice("Reloading HAProxy");
        self.workers.count_reload();
        if let Err(e) = self.load(hard) {
            self.report.alert(format!("Cannot start a worker: {}", system(&e)));
            self.settle(false);
        }
    }

    /// The worker that starts serves now, or has ended. `Err`: the master ends with this status.
    fn loaded(&mut self, serves: bool) -> Result<(), u8> {
        let Some((mut worker, hard)) = self.loading.take() else { return Ok(()) };
        self.said.push_str(&worker.said());
        if !serves {
            let (code, why) = worker.end();
            self.report.warning(format!("Failed to load worker ({}) exited with code {code} ({why})", worker.pid()));
            self.settle(false);
            return if self.workers.is_empty() { Err(u8::try_from(code).unwrap_or(1)) } else { Ok(()) };
        }
        if self.workers.is_empty()
            && let Err(text) = self.settled()
        {
            worker.signal(Signal::TERM);
            return Err(fail(self.report, &text));
        }
        self.report.notice("Loading success.");
        self.workers.replace(worker, if hard { Signal::TERM } else { Signal::USR1 }, self.max_reloads);
        self.settle(true);
        Ok(())
    }

    /// The first worker serves: the pid file, and the terminal is left.
    fn settled(&self) -> Result<(), String> {
        if let Some(path) = &self.pidfile {
            let written = std::fs::File::create(path).and_then(|mut f| writeln!(f, "{}", std::process::id()));
            written.map_err(|_| format!("Cannot create pidfile {}", path.display()))?;
        }
        if daemon::is_child() {
            let nothing = daemon::Nothing::open();
            let left = nothing.and_then(|nothing| nothing.tell_parent());
            left.map_err(|e| format!("Cannot detach from the terminal: {e}"))?;
            self.report.set_quiet(true);
        }
        Ok(())
    }

    /// Tells everybody who waits for it how a start went.
    fn settle(&mut self, success: bool) {
        self.success = success;
        self.workers.failed = if success { 0 } else { self.workers.failed + 1 };
        match &self.manager {
            Some(manager) if success => manager.ready(),
            Some(manager) => manager.failed(),
            None => {}
        }
        let outcome = self.outcome();
        self.waiting.drain(..).for_each(|reply| _ = reply.send(outcome.clone()));
        if std::mem::take(&mut self.again) {
            self.reload(false, None);
        }
    }

    /// The outcome of the last start, and what was said in it: first that it begins, then the worker's words.
    fn outcome(&self) -> String {
        format!("Success={}\n--\n{}", u8::from(self.success), self.startup())
    }

    fn startup(&self) -> String {
        let own = self.report.kept();
        let (first, rest) = own.split_once('\n').unwrap_or((&own, ""));
        format!("{first}\n{}{rest}", self.said)
    }

    fn leave(&mut self, signal: Signal) {
        self.report.warning("Exiting Master process...");
        if let Some(manager) = self.manager.as_ref().filter(|_| !self.leaving) {
            manager.stopping();
        }
        self.leaving = true;
        self.workers.signal(signal);
        if let Some((worker, _)) = &self.loading {
            worker.signal(Signal::TERM);
        }
    }

    /// Says goodbye to the workers that have ended.
    fn bury(&mut self) {
        for Ended { pid, code, why, former } in self.workers.ended() {
            let text = |which: &str| format!("{which} worker ({pid}) exited with code {code} ({why})");
            match (former, code) {
                (true, _) => self.report.warning(text("Former")),
                (false, 0) => self.report.warning(text("Current")),
                (false, _) => self.report.alert(text("Current")),
            }
            // To be told to end is no failure.
            if ![0, 128 + Signal::TERM.as_raw()].contains(&code) {
                self.status = u8::try_from(code).unwrap_or(1);
                if !self.leaving && code != 128 + Signal::INT.as_raw() {
                    self.mourn();
                }
            }
        }
    }

    /// A worker has crashed.
    fn mourn(&mut self) {
        self.report.warning("A worker process unexpectedly died; what it said last tells why.");
        if !self.no_exit_on_failure {
            self.report.alert("exit-on-failure: killing every processes with SIGTERM");
            self.leaving = true;
            self.workers.signal(Signal::TERM);
        }
    }

    fn answer(&mut self, request: Request) {
        match request {
            Request::Reload { hard, reply } => self.reload(hard, Some(reply)),
            Request::Processes { debug, reply } => _ = reply.send(self.workers.show(debug)),
            Request::Startup { status, reply } => {
                _ = reply.send(if status { self.outcome() } else { self.startup() });
            }
            Request::Call { whom, level, reply } => _ = reply.send(self.workers.call(&whom, level)),
            Request::State { reply } => _ = reply.send(self.success),
        }
    }
}

/// Waits for a worker's word that it serves; `false`: it has ended.
async fn heard(loading: &mut Option<(Worker, bool)>) -> bool {
    match loading {
        Some((worker, _)) => worker.serves().await,
        None => std::future::pending().await,
    }
}
