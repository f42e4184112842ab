//! The IR alive: sockets, threads, timers.
//!
//! [`Engine::start`] opens the listeners and brings `nbthread` threads to work, the caller's and others, each with a runtime
//! of its own; a connection lives and dies on its thread. The life of a request is in `session/http.rs`.

#![forbid(unsafe_code)]

pub mod buf;
pub mod check;
pub mod contain;
pub mod control;
pub mod deadline;
pub mod fault;
pub mod handover;
pub mod inherit;
pub mod io;
pub mod listener;
pub mod log;
pub mod pipe;
pub mod session;
pub mod state;
pub mod stats;
pub mod steer;
#[cfg(test)]
mod testing;
pub mod upstream;
pub mod worker;

use config::{
    Config,
    keyword::{address::Address, life::CpuMap, stats::Level},
};
use control::Control;
use listener::{Listener, Opening};
use session::accept::Entry;
use state::{Process, meter::Reading};
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    os::unix::net::UnixStream,
    rc::Rc,
    sync::{Arc, PoisonError, atomic::Ordering::Relaxed},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::mpsc::UnboundedSender;
use worker::Worker;

/// A running configuration.
#[derive(Debug)]
pub struct Engine {
    pub process: Arc<Process>,
    first: tokio::task::JoinHandle<()>,
    others: Vec<JoinHandle<()>>,
    /// Where each frontend's listeners listen: (frontend, address).
    pub addresses: Vec<(usize, Option<SocketAddr>)>,
    conversations: UnboundedSender<(UnixStream, Level)>,
}

/// A configuration whose listeners are open and whose threads are not started yet: the moment to write the pid file, to
/// give up rights and to send an older process away.
#[derive(Debug)]
pub struct Bound {
    config: Arc<Config>,
    listeners: Vec<Listener>,
    controls: Vec<Control>,
}

/// A listener that could not be opened.
#[derive(Debug)]
pub struct BindError {
    /// `None` for a `stats socket`.
    pub frontend: Option<usize>,
    /// Index of the `bind` line in its frontend, or of the `stats socket` line.
    pub bind: usize,
    pub error: std::io::Error,
}

/// How the engine is to run, beyond what the configuration says.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub threads: usize,
    /// Process-wide limit of connections; 0 = none.
    pub maxconn: u32,
    /// Pipes that may be for splicing; 0 = no splicing.
    pub pipes: u32,
}

impl Engine {
    /// Opens every listener and [starts](Bound::start) the threads.
    ///
    /// # Errors
    /// All listeners that cannot be opened, each with the operating system's error; nothing runs then.
    pub fn start(config: Arc<Config>, settings: Settings) -> Result<Engine, Vec<BindError>> {
        Ok(Bound::open(config, &Opening { reuse_port: true, ..Opening::default() })?.start(settings))
    }

    /// Begins the drain: listeners close, idle connections end, the others finish.
    pub fn stop(&self) {
        self.process.stop();
    }

    /// Holds a conversation like one of a `stats socket`.
    pub fn talk(&self, stream: UnixStream, level: Level) {
        // Where the thread has ended, the other side reads an end.
        let _ = self.conversations.send((stream, level));
    }

    /// Stops listening for a while, so that another process may bind to the same addresses; sessions go on. Inherited
    /// sockets go on listening, for they are not ours alone; their connections wait.
    pub fn pause(&self) {
        self.process.proxies.iter().for_each(|p| p.paused.store(true, Relaxed));
        self.process.mute(|_| true);
    }

    /// Listens again after a [pause](Engine::pause).
    ///
    /// # Errors
    /// The first of the listeners' errors; the others listen.
    pub fn resume(&self) -> std::io::Result<()> {
        let stopped = |p: &state::ProxyState| p.front.shut_down.load(Relaxed);
        for (state, said) in self.process.proxies.iter().zip(&self.process.config.proxies) {
            state.paused.store(said.disabled || stopped(state), Relaxed);
        }
        self.process.unmute(|frontend| !self.process.proxies.get(frontend).is_some_and(stopped))
    }

    /// Whether the threads have ended their work: the drain is over.
    pub fn has_ended(&self) -> bool {
        self.first.is_finished() && self.others.iter().all(JoinHandle::is_finished)
    }
}

impl Bound {
    /// Opens every listener.
    ///
    /// # Errors
    /// All listeners that cannot be opened, each with the operating system's error.
    pub fn open(config: Arc<Config>, how: &Opening) -> Result<Bound, Vec<BindError>> {
        let (controls, failed) = control::open(&config, how);
        let failed = failed.into_iter().map(|(bind, error)| BindError { frontend: None, bind, error });
        let (listeners, mut errors) = open_listeners(&config, how);
        errors.extend(failed);
        if !errors.is_empty() {
            return Err(errors);
        }
        release_inherited(&config);
        Ok(Bound { config, listeners, controls })
    }

    /// Leads all new connections to these listeners, past those of older processes, which may then stop.
    pub fn attract(&self) {
        for listener in &self.listeners {
            if let Some(address) = listener::local(listener) {
                steer::to(&listener.socket, steer::last(address));
            }
        }
    }

    /// Starts the threads. The first is the caller's: its work is among the tasks of the runtime that this is called in,
    /// which must be a local one. A process of one thread has the cheaper calls to the kernel.
    pub fn start(self, settings: Settings) -> Engine {
        let Bound { config, listeners, controls } = self;
        let addresses = listeners.iter().map(|l| (l.entry.frontend, listener::local(l))).collect();
        pipe::limit(settings.pipes, config.global.tune.pipesize);
        let process = Arc::new(Process::new(config, settings.threads, settings.maxconn));
        *process.controls.lock().unwrap_or_else(PoisonError::into_inner) =
            controls.iter().filter_map(Control::share).collect();
        let (conversations, asked) = tokio::sync::mpsc::unbounded_channel();
        let shared = || listeners.iter().filter_map(|l| l.share().ok()).collect::<Vec<_>>();
        let mut others = Vec::new();
        for number in 1..settings.threads {
            let (process, shared, name) = (process.clone(), shared(), format!("evenkeel-{number}"));
            match std::thread::Builder::new().name(name).spawn(move || thread(process, number, shared)) {
                Ok(thread) => others.push(thread),
                Err(e) => tracing::error!("thread {number} could not be started: {e}"),
            }
        }
        // Behind the others, which would run where this one is bound to.
        let worker = begin(&process, 0, shared());
        for control in controls {
            let worker = worker.clone();
            tokio::task::spawn_local(async move {
                if let Err(e) = control::run(worker, control).await {
                    tracing::error!("a stats socket ended: {e}");
                }
            });
        }
        tokio::task::spawn_local(control::answer(worker.clone(), asked));
        let first = tokio::task::spawn_local(housekeeping(worker));
        *process.listeners() = listeners;
        Engine { process, first, others, addresses, conversations }
    }
}

fn open_listeners(config: &Config, how: &Opening) -> (Vec<Listener>, Vec<BindError>) {
    let (mut listeners, mut errors) = (Vec::new(), Vec::new());
    for (frontend, proxy) in config.proxies.iter().enumerate().filter(|(_, p)| !p.disabled) {
        for (bind, said) in proxy.binds.iter().enumerate() {
            let entry = Entry { frontend, bind };
            match listener::open(entry, said, listener::backlog(config, entry), how) {
                Ok(listener) => {
                    listener::tune(&listener, said, proxy);
                    listeners.push(listener);
                }
                Err(error) => errors.push(BindError { frontend: Some(frontend), bind, error }),
            }
        }
    }
    (listeners, errors)
}

/// Lets go of the descriptors of `bind fd@N`; several lines may name one.
fn release_inherited(config: &Config) {
    let binds = config.proxies.iter().filter(|p| !p.disabled).flat_map(|p| &p.binds);
    let sockets = config.global.sockets.iter().map(|socket| &socket.bind);
    let numbers: BTreeSet<i32> = binds
        .chain(sockets)
        .filter_map(|bind| match bind.address {
            Address::Fd(fd) => Some(fd),
            _ => None,
        })
        .collect();
    numbers.into_iter().for_each(inherit::release);
}

/// One of the other threads, from its start to the end of its last connection.
fn thread(process: Arc<Process>, number: usize, listeners: Vec<Listener>) {
    match tokio::runtime::Builder::new_current_thread().enable_all().build_local(Default::default()) {
        Ok(runtime) => runtime.block_on(async move { housekeeping(begin(&process, number, listeners)).await }),
        Err(e) => tracing::error!("thread {number} has no runtime: {e}"),
    }
}

/// Makes this thread one of the engine's: it listens and checks servers from now on.
fn begin(process: &Arc<Process>, number: usize, listeners: Vec<Listener>) -> Rc<Worker> {
    state::count::set_thread(number);
    settle(&process.config, number);
    buf::set_size(process.config.global.tune.bufsize);
    let worker = Rc::new(Worker::new(process.clone(), number, log::Log::default()));
    for listener in listeners {
        let worker = worker.clone();
        tokio::task::spawn_local(async move {
            if let Err(e) = listener::run(worker, listener).await {
                tracing::error!("a listener ended: {e}");
            }
        });
    }
    check::start(&worker);
    worker
}

/// Binds this thread to the CPUs that `cpu-map` gives it: the last line that names it.
fn settle(config: &Config, number: usize) {
    let mut lines = config.global.cpu_maps.iter().rev();
    let place = |map: &CpuMap| map.threads.iter().position(|thread| *thread == number + 1);
    let found = lines.find_map(|map| place(map).filter(|_| map.groups.contains(&1)).map(|at| (map, at)));
    let Some((map, at)) = found else { return };
    let mut cpus = rustix::thread::CpuSet::new();
    let given = if map.each { map.cpus.get(at..=at) } else { Some(&map.cpus[..]) };
    given.unwrap_or_default().iter().for_each(|cpu| cpus.set(*cpu));
    if let Err(e) = rustix::thread::sched_setaffinity(None, &cpus) {
        tracing::error!("'cpu-map' cannot be obeyed for thread {}: {e}", number + 1);
    }
}

/// What a thread does once a second; it ends when the process drains and the last connection has ended.
async fn housekeeping(worker: Rc<Worker>) {
    let process = &worker.process;
    let (mut told, mut killed) = (worker.number != 0, 0);
    loop {
        let (stop, kill) = (process.stop.notified(), process.kills.notify.notified());
        process.kills.obey(&mut killed, &worker.live);
        if process.is_stopping() {
            if !std::mem::replace(&mut told, true) {
                log::state::stopped(&worker);
            }
            if process.connections.get() == 0 && process.listening.get() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        tokio::select! {
            () = stop => {}
            () = kill => {}
            () = tokio::time::sleep(Duration::from_secs(1)) => {
                worker.pool.purge(process, Instant::now());
                worker.lines.purge(process, Instant::now());
                if worker.number == 0 {
                    purge(process).await;
                    process.meter.read(process.threads, Reading::now(process.bytes_out()));
                }
            }
        }
    }
}

/// Drops the entries of stick tables whose time is over; what else the thread has to do goes on in between.
async fn purge(process: &Process) {
    for table in &process.config.tables {
        while table.purge_some(table.now()) {
            tokio::task::yield_now().await;
        }
    }
}
