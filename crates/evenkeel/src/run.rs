//! A configuration comes to life: limits, addresses, identity, threads; in that order, so that a fault leaves the older
//! process serving.

use crate::{
    args::Args,
    daemon,
    limits::{self, Limits},
    load::{self, Loaded},
    privileges::Identity,
    report::{Report, system},
    signals,
};
use config::{Config, keyword::address::Address};
use engine::{BindError, Bound, Engine, Settings};
use rustix::process::{Pid, Signal, kill_process};
use source::Files;
use std::{
    io::{self, ErrorKind, Write},
    os::{linux::net::SocketAddrExt, unix::net},
    sync::Arc,
    time::Duration,
};

/// Runs a configuration to its end; the exit status.
pub(crate) fn run(args: &Args, loaded: Loaded, report: &Report) -> u8 {
    let Loaded { config, files, .. } = loaded;
    args.unobeyed.iter().for_each(|what| report.warning(what));
    if daemon::is_child() {
        daemon::leave_session();
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return fail(report, &format!("Cannot watch for signals: {e}")),
    };
    diagnose(args);
    let config = Arc::new(config);
    runtime.block_on(async {
        // Before anybody is told that this process serves.
        let signals = match signals::Signals::listen() {
            Ok(signals) => signals,
            Err(e) => return fail(report, &format!("Cannot watch for signals: {e}")),
        };
        match start(args, &config, &files, report).await {
            Ok(engine) => signals.attend(engine, report).await,
            Err(Refused) => 1,
        }
    })
}

/// The start was given up; why has been said.
struct Refused;

async fn start(args: &Args, config: &Arc<Config>, files: &Files, report: &Report) -> Result<Engine, Refused> {
    let identity = Identity::of(&config.global).unwrap_or_default();
    let Limits { threads, maxconn } = limits::settle(args, config, report).map_err(|()| Refused)?;
    let refuse = |text: &str| {
        fail(report, text);
        Refused
    };
    if !load::has_listener(config) {
        return Err(refuse("No enabled listener found (check for 'bind' directives) ! Exiting."));
    }
    let bound = bind(args, config).await.map_err(|errors| {
        errors.iter().for_each(|e| report.alert(describe(e, config, files)));
        refuse("Some protocols failed to start their listeners! Exiting.")
    })?;
    if let Some(path) = config.global.pidfile.as_ref().filter(|_| daemon::is_child()) {
        let written = std::fs::File::create(path).and_then(|mut f| writeln!(f, "{}", std::process::id()));
        written.map_err(|_| refuse(&format!("Cannot create pidfile {}", path.display())))?;
    }
    let nothing = daemon::Nothing::open().map_err(|e| refuse(&format!("Cannot open /dev/null: {e}")))?;
    let manager = args.notify.then(service_manager).flatten();
    // With the rights of the start: the old processes may be another user's. The addresses are bound, nothing is lost.
    signal_old(args, if args.terminate_old { Signal::TERM } else { Signal::USR1 });
    identity.take().map_err(|text| refuse(&text))?;
    let engine = bound.start(Settings { threads, maxconn });
    if let Some(manager) = manager {
        let message = format!("READY=1\nMAINPID={}\nSTATUS=Ready.\n", std::process::id());
        if let Err(e) = manager.send(message.as_bytes()) {
            tracing::warn!("the service manager cannot be told: {e}");
        }
    }
    if daemon::is_child() {
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
async fn bind(args: &Args, config: &Arc<Config>) -> Result<Bound, Vec<BindError>> {
    let open = || Bound::open(config.clone(), !args.no_reuseport);
    let in_use = |errors: &[BindError]| errors.iter().any(|e| e.error.kind() == ErrorKind::AddrInUse);
    let mut result = open();
    if args.old.is_empty() || !result.as_ref().is_err_and(|e| in_use(e)) {
        return result;
    }
    signal_old(args, Signal::TTOU);
    for _ in 0..RETRIES {
        tokio::time::sleep(PAUSE).await;
        result = open();
        if !result.as_ref().is_err_and(|e| in_use(e)) {
            break;
        }
    }
    if result.is_err() {
        signal_old(args, Signal::TTIN);
    }
    result
}

/// Old processes may be gone already.
fn signal_old(args: &Args, signal: Signal) {
    for pid in args.old.iter().filter_map(|pid| Pid::from_raw(*pid)) {
        let _ = kill_process(pid, signal);
    }
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

/// The way to the service manager, where there is one (`-Ws`). Found early: after `chroot` it is out of sight.
fn service_manager() -> Option<net::UnixDatagram> {
    let name = std::env::var("NOTIFY_SOCKET").ok()?;
    let address = match name.strip_prefix('@') {
        Some(name) => net::SocketAddr::from_abstract_name(name),
        None => net::SocketAddr::from_pathname(&name),
    };
    let connected = address.and_then(|to| {
        let socket = net::UnixDatagram::unbound()?;
        socket.connect_addr(&to)?;
        Ok(socket)
    });
    connected.map_err(|e| tracing::warn!("the service manager cannot be reached: {e}")).ok()
}
