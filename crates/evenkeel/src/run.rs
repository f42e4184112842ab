//! A configuration comes to life: limits, addresses, identity, threads; in that order, so that a fault leaves the older
//! process serving.

use crate::{
    args::Args,
    daemon,
    limits::{self, Limits},
    line::Line,
    load::{self, Loaded},
    privileges::Identity,
    report::{Report, system},
    signals,
};
use config::{Config, keyword::address::Address};
use engine::{
    BindError, Bound, Engine, Settings,
    handover::{self, Heritage},
    listener::Opening,
    steer,
};
use rustix::process::{Pid, Signal, kill_process};
use source::Files;
use std::{
    io::{self, ErrorKind, Write},
    os::unix::net::UnixStream,
    path::Path,
    sync::Arc,
    time::Duration,
};

/// Runs a configuration to its end; the exit status.
pub(crate) fn run(args: &Args, loaded: Loaded, line: Option<&Line>, report: &Report) -> u8 {
    let Loaded { config, files, .. } = loaded;
    if args.master_socket.is_some() && line.is_none() {
        report.warning("-S: there is no master without -W, nor a socket to it.");
    }
    args.unobeyed.iter().for_each(|what| report.warning(what));
    if daemon::is_child() {
        daemon::leave_session();
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build_local(Default::default()) {
        Ok(runtime) => runtime,
        Err(e) => return fail(report, &format!("Cannot watch for signals: {e}")),
    };
    diagnose(args);
    engine::contain::take_over_reports();
    let config = Arc::new(config);
    runtime.block_on(async {
        // Before anybody is told that this process serves.
        let signals = match signals::Signals::listen(line) {
            Ok(signals) => signals,
            Err(e) => return fail(report, &format!("Cannot watch for signals: {e}")),
        };
        match start(args, &config, &files, line, report).await {
            Ok(engine) => signals.attend(engine, report).await,
            Err(Refused) => 1,
        }
    })
}

/// The start was given up; why has been said.
struct Refused;

async fn start(
    args: &Args,
    config: &Arc<Config>,
    files: &Files,
    line: Option<&Line>,
    report: &Report,
) -> Result<Engine, Refused> {
    let identity = Identity::of(&config.global).unwrap_or_default();
    let Limits { threads, maxconn, pipes } = limits::settle(args, config, report).map_err(|()| Refused)?;
    let refuse = |text: &str| {
        fail(report, text);
        Refused
    };
    // A master waits for a configuration that has one.
    if !load::has_listener(config) && line.is_none() {
        return Err(refuse("No enabled listener found (check for 'bind' directives) ! Exiting."));
    }
    let old = Older::of(args, line);
    let how = Opening {
        reuse_port: !args.no_reuseport,
        beside: !old.pids.is_empty(),
        heritage: old.heritage(report).map_err(|()| Refused)?,
    };
    let bound = bind(&old, config, &how).await.map_err(|errors| {
        errors.iter().for_each(|e| report.alert(describe(e, config, files)));
        refuse("Some protocols failed to start their listeners! Exiting.")
    })?;
    if let Some(path) = config.global.pidfile.as_ref().filter(|_| daemon::is_child()) {
        let written = std::fs::File::create(path).and_then(|mut f| writeln!(f, "{}", std::process::id()));
        written.map_err(|_| refuse(&format!("Cannot create pidfile {}", path.display())))?;
    }
    let nothing = daemon::Nothing::open().map_err(|e| refuse(&format!("Cannot open /dev/null: {e}")))?;
    // With the rights of the start: the old processes may be another user's. The addresses are bound, nothing is lost.
    if how.beside {
        bound.attract();
    }
    old.signal(if args.terminate_old { Signal::TERM } else { Signal::USR1 });
    identity.take().map_err(|text| refuse(&text))?;
    let engine = bound.start(Settings { threads, maxconn, pipes });
    if how.beside {
        spread_later(&engine);
    }
    if let Some(line) = line {
        line.report(&report.kept(), true);
        report.let_go();
        if config.global.daemon {
            nothing.replace_streams().map_err(|e| refuse(&format!("Cannot detach from the terminal: {e}")))?;
            report.set_quiet(true);
        }
    } else if daemon::is_child() {
        nothing.replace_terminal().map_err(|e| refuse(&format!("Cannot detach from the terminal: {e}")))?;
        report.set_quiet(true);
    }
    Ok(engine)
}

/// An alert in the name of the program; the exit status that follows.
fn fail(report: &Report, text: &str) -> u8 {
    report.alert(format!("[{}.main()] {text}", crate::program()));
    1
}

/// evenkeel's own diagnostics: what `EVENKEEL_LOG` lets through, or events with `-d`, faults with `-dt`.
fn diagnose(args: &Args) {
    use tracing_subscriber::EnvFilter;
    let default = match args {
        Args { debug: true, .. } => "debug",
        Args { trace: true, .. } => "info",
        Args { quiet: true, .. } => "off",
        _ => "error",
    };
    let filter = EnvFilter::try_from_env("EVENKEEL_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    // A second subscriber in one process would be refused; there is none.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(false).try_init();
}

/// How often an address in use is tried again once the old processes were asked to step aside, and how long in between.
const RETRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// Opens the listeners. Where an address is in use, the old processes are asked to pause, and to go on if that was in vain.
async fn bind(old: &Older<'_>, config: &Arc<Config>, how: &Opening) -> Result<Bound, Vec<BindError>> {
    let open = || Bound::open(config.clone(), how);
    let in_use = |errors: &[BindError]| errors.iter().any(|e| e.error.kind() == ErrorKind::AddrInUse);
    let mut result = open();
    if old.pids.is_empty() || !result.as_ref().is_err_and(|e| in_use(e)) {
        return result;
    }
    old.signal(Signal::TTOU);
    for _ in 0..RETRIES {
        tokio::time::sleep(PAUSE).await;
        result = open();
        if !result.as_ref().is_err_and(|e| in_use(e)) {
            break;
        }
    }
    if result.is_err() {
        old.signal(Signal::TTIN);
    }
    result
}

/// Those that served before.
struct Older<'a> {
    /// `-sf`, `-st`
    pids: &'a [i32],
    /// `-x`
    socket: Option<&'a Path>,
    /// An older worker of the same master.
    worker: Option<&'a UnixStream>,
}

impl<'a> Older<'a> {
    /// What the command line says of them is for the first worker of a master: the others follow that one.
    fn of(args: &'a Args, line: Option<&'a Line>) -> Older<'a> {
        let first = line.is_none_or(|line| line.is_first);
        Older {
            pids: if first { &args.old } else { &[] },
            // It is how sockets are told not to be taken over.
            socket: args.older_socket.as_deref().filter(|path| first && *path != Path::new("/dev/null")),
            worker: line.and_then(|line| line.older.as_ref()),
        }
    }

    /// They may be gone already.
    fn signal(&self, signal: Signal) {
        for pid in self.pids.iter().filter_map(|pid| Pid::from_raw(*pid)) {
            let _ = kill_process(pid, signal);
        }
    }

    /// Their listening sockets. An older worker that gives none is a pity: the addresses are bound anew beside it.
    fn heritage(&self, report: &Report) -> Result<Heritage, ()> {
        if let Some(worker) = self.worker {
            return Ok(handover::receive(worker).unwrap_or_else(|e| {
                report.warning(format!("The older worker did not give its listeners away ({e}); they are bound anew."));
                Heritage::default()
            }));
        }
        let Some(path) = self.socket else { return Ok(Heritage::default()) };
        let received = match UnixStream::connect(path) {
            Ok(stream) => handover::receive(&stream)
                .map_err(|_| "Failed to get the number of sockets to be transferred !".to_owned()),
            Err(_) => Err(format!("Failed to connect to the old process socket '{}'", path.display())),
        };
        received.map_err(|why| {
            report.warning(why);
            report.alert("Failed to get the sockets from the old process!");
        })
    }
}

/// How long old processes may take to close their listeners.
const CLOSED: Duration = Duration::from_secs(2);

/// Once the old processes listen no more, connections are spread as ever over all who listen.
fn spread_later(engine: &Engine) {
    let process = engine.process.clone();
    tokio::spawn(async move {
        tokio::time::sleep(CLOSED).await;
        process.steer(steer::ANY);
    });
}

/// HAProxy's words for a listener that cannot be opened.
fn describe(error: &BindError, config: &Config, files: &Files) -> String {
    let proxy = error.frontend.and_then(|frontend| config.proxies.get(frontend));
    let (name, bind) = match proxy {
        Some(proxy) => (&proxy.name[..], proxy.binds.get(error.bind)),
        None => (&b"GLOBAL"[..], config.global.sockets.get(error.bind).map(|socket| &socket.bind)),
    };
    let Some(bind) = bind else { return system(&error.error) };
    let place = files.place(bind.span);
    let name = String::from_utf8_lossy(name);
    let why = system(&error.error);
    let what = match &bind.address {
        Address::Ip(ip, port) if ip.is_ipv4() => {
            format!("protocol tcpv4: cannot bind socket ({why}) for [{ip}:{port}]")
        }
        Address::Ip(ip, port) => format!("protocol tcpv6: cannot bind socket ({why}) for [{ip}:{port}]"),
        Address::Unix(path) => {
            format!("protocol unix_stream: cannot bind UNIX socket ({why}) [{}]", String::from_utf8_lossy(path))
        }
        Address::Abstract(path) => {
            format!("protocol abns_stream: cannot bind UNIX socket ({why}) [abns@{}]", String::from_utf8_lossy(path))
        }
        Address::Fd(fd) => format!("cannot use file descriptor '{fd}' : {why}"),
    };
    format!("Binding [{}:{}] for frontend {name}: {what}.", place.file, place.line)
}
