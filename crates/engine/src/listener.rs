//! Listening sockets: opening them, and accepting under the limits.

use crate::{
    contain::contained,
    handover::Heritage,
    io::{Ends, Io},
    log::{level, state::report},
    session::accept::{self, Entry},
    state::Process,
    steer,
    worker::Worker,
};
use config::{
    Config, Proxy,
    keyword::{address::Address, bind::Bind},
};
use rustix::net::SocketFlags;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::{
    future::{Future, poll_fn},
    io,
    net::{IpAddr, SocketAddr},
    os::{fd::AsFd, unix::ffi::OsStrExt},
    pin::pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::Ordering::{Relaxed, SeqCst},
    },
    task::Poll,
    time::Duration,
};
use tokio::{
    net::unix::pipe::Receiver as Readable,
    time::{Instant, timeout_at},
};

/// A socket that listens for one `bind` line.
#[derive(Debug)]
pub struct Listener {
    pub entry: Entry,
    pub socket: Socket,
}

impl Listener {
    /// A second handle on the same socket, for another thread.
    pub fn share(&self) -> io::Result<Listener> {
        Ok(Listener { entry: self.entry, socket: self.socket.try_clone()? })
    }
}

/// The backlog of a listener that is not told one.
const BACKLOG: u32 = 1024;

/// How many connections may wait in the kernel.
pub fn backlog(config: &Config, entry: Entry) -> u32 {
    let Some(proxy) = config.proxies.get(entry.frontend) else { return BACKLOG };
    let said = proxy.binds.get(entry.bind).map_or(0, |bind| bind.backlog);
    [said, proxy.backlog, proxy.maxconn].into_iter().find(|b| *b > 0).unwrap_or(BACKLOG)
}

/// How listeners are opened.
#[derive(Debug, Default)]
pub struct Opening {
    /// Another process may listen to the same addresses (`noreuseport`).
    pub reuse_port: bool,
    /// An older process does, and goes on until this one is ready.
    pub beside: bool,
    /// Sockets of an older process, which are taken where they fit.
    pub heritage: Heritage,
}

/// Opens the socket of a `bind` line. The error is the operating system's.
pub fn open(entry: Entry, bind: &Bind, backlog: u32, how: &Opening) -> io::Result<Listener> {
    if let Some(socket) = how.heritage.find(bind) {
        socket.set_nonblocking(true)?;
        // It may have been paused.
        socket.listen(backlog.min(i32::MAX as u32) as i32)?;
        return Ok(Listener { entry, socket });
    }
    let socket = match &bind.address {
        Address::Ip(ip, port) => open_ip(bind, SocketAddr::new(*ip, *port), how.reuse_port)?,
        Address::Unix(path) => open_unix(bind, path)?,
        Address::Abstract(name) => {
            let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
            socket.bind(&SockAddr::unix(std::ffi::OsStr::from_bytes(&[b"\0", &name[..]].concat()))?)?;
            socket
        }
        Address::Fd(fd) => inherited(*fd)?,
    };
    socket.set_nonblocking(true)?;
    if !matches!(bind.address, Address::Fd(_)) || !socket.is_listener().unwrap_or(false) {
        socket.listen(backlog.min(i32::MAX as u32) as i32)?;
    }
    if how.beside && how.reuse_port && matches!(bind.address, Address::Ip(..)) {
        steer::to(&socket, steer::FIRST);
    }
    Ok(Listener { entry, socket })
}

/// Sets what connections inherit. What the kernel does not grant is no reason to refuse the start.
pub fn tune(listener: &Listener, bind: &Bind, proxy: &Proxy) {
    let socket = &listener.socket;
    if let Some(mss) = bind.mss.and_then(|mss| u32::try_from(mss).ok()) {
        let _ = socket.set_tcp_mss(mss);
    }
    if bind.tcp_ut.is_some() {
        let _ = socket.set_tcp_user_timeout(bind.tcp_ut);
    }
    if proxy.options.tcp_smart_accept == Some(true) {
        let _ = rustix::net::sockopt::set_tcp_quickack(socket, false);
    }
}

fn open_ip(bind: &Bind, addr: SocketAddr, reuse_port: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(reuse_port)?;
    if let IpAddr::V6(ip) = addr.ip() {
        socket.set_only_v6(bind.v6only || !(bind.v4v6 && ip.is_unspecified()))?;
    }
    if let Some(interface) = &bind.interface {
        socket.bind_device(Some(interface))?;
    }
    if bind.transparent {
        socket.set_ip_transparent_v4(true)?;
    }
    socket.bind(&addr.into())?;
    Ok(socket)
}

/// A unix socket is made under another name first, so that the path never leads nowhere.
fn open_unix(bind: &Bind, path: &[u8]) -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    let path = std::path::Path::new(std::ffi::OsStr::from_bytes(path));
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(format!(".{}.tmp", std::process::id()));
    let fresh = std::path::PathBuf::from(fresh);
    let _ = std::fs::remove_file(&fresh);
    socket.bind(&SockAddr::unix(&fresh)?)?;
    let result = permit(bind, &fresh).and_then(|()| std::fs::rename(&fresh, path));
    if let Err(e) = result {
        let _ = std::fs::remove_file(&fresh);
        return Err(e);
    }
    Ok(socket)
}

fn permit(bind: &Bind, path: &std::path::Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if let Some(mode) = bind.unix.mode {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    }
    if bind.unix.uid.is_some() || bind.unix.gid.is_some() {
        std::os::unix::fs::chown(path, bind.unix.uid, bind.unix.gid)?;
    }
    Ok(())
}

/// A descriptor that the parent process left open, by its number.
fn inherited(fd: i32) -> io::Result<Socket> {
    let file = std::fs::File::open(format!("/proc/self/fd/{fd}"));
    match file {
        // Sockets cannot be opened by path: the error says that there is one.
        Err(e) if e.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => crate::inherit::take(fd),
        Err(e) => Err(e),
        Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("descriptor {fd} is not a socket"))),
    }
}

/// Accepts connections of a listener until the process stops.
pub async fn run(worker: Rc<Worker>, listener: Listener) -> io::Result<()> {
    let entry = listener.entry;
    let process = worker.process.clone();
    let _listening = Listening::begin(process.clone());
    let mut mutes = process.mutes.load(SeqCst);
    let mut acceptor = Acceptor::register(listener.socket)?;
    let (in_a_row, mut count) = (process.config.global.tune.maxaccept, 0);
    loop {
        let stop = process.stop.notified();
        if process.is_stopping() {
            return drain(&worker, entry, &acceptor).await;
        }
        if is_paused(&process, entry) || process.mutes.load(SeqCst) != mutes {
            (acceptor, mutes) = rest(&process, entry, acceptor).await?;
            continue;
        }
        tokio::select! {
            biased;
            () = stop => {}
            accepted = admit_and_accept(&worker, entry, &acceptor, mutes) => match accepted {
                Ok(Some(io)) => {
                    begin(&worker, entry, io);
                    count += 1;
                    if in_a_row.is_some_and(|most| count % most == 0) {
                        tokio::task::yield_now().await;
                    }
                }
                Ok(None) => {}
                Err(e) => accept_failed(&worker, entry, &e).await,
            }
        }
    }
}

struct Acceptor {
    /// What the runtime has for pipes takes any descriptor that becomes readable; what it has for listeners would tell the
    /// poller of each connection at once.
    poll: Readable,
    unix: bool,
    /// The address that connections come in on, where there is but one.
    local: Option<SocketAddr>,
}

impl Acceptor {
    fn register(socket: Socket) -> io::Result<Acceptor> {
        let unix = socket.domain()? == Domain::UNIX;
        if !unix {
            // Its connections inherit this.
            let _ = rustix::net::sockopt::set_tcp_nodelay(&socket, true);
        }
        let local = socket.local_addr().ok().and_then(|local| local.as_socket());
        let local = local.filter(|local| !local.ip().is_unspecified());
        Ok(Acceptor { poll: Readable::from_owned_fd_unchecked(socket.into())?, unix, local })
    }

    fn into_socket(self) -> io::Result<Socket> {
        Ok(self.poll.into_nonblocking_fd()?.into())
    }

    async fn accept(&self) -> io::Result<Io> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (fd, peer) = loop {
            self.poll.readable().await?;
            match self.poll.try_io(|| Ok(rustix::net::acceptfrom_with(&self.poll, flags)?)) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                accepted => break accepted?,
            }
        };
        let peer = peer.filter(|_| !self.unix).and_then(|peer| SocketAddr::try_from(peer).ok());
        Ok(Io::fresh(fd, peer.map(|peer| Ends { peer, local: self.local })))
    }
}

fn is_paused(process: &Process, entry: Entry) -> bool {
    process.proxies.get(entry.frontend).is_some_and(|state| state.paused.load(Relaxed))
}

/// Waits until a pause is over. The socket leaves the poller meanwhile, which takes one that was shut down for closed for
/// good: with it, the runtime would try to accept for ever. That goes for a pause that is over before it was noticed, too.
async fn rest(process: &Process, entry: Entry, acceptor: Acceptor) -> io::Result<(Acceptor, u32)> {
    let socket = acceptor.into_socket()?;
    while is_paused(process, entry) && !process.is_stopping() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mutes = process.mutes.load(SeqCst);
    Ok((Acceptor::register(socket)?, mutes))
}

/// Accepts a connection, if there is a place for it under every limit: at a limit, new ones wait in the kernel. `None`: there
/// was none, but may be now, or the acceptor is of before a pause.
async fn admit_and_accept(worker: &Worker, entry: Entry, acceptor: &Acceptor, mutes: u32) -> io::Result<Option<Io>> {
    let process = &worker.process;
    let freed = process.free.notified();
    let mut accept = pin!(acceptor.accept());
    // The limits may be reached through other listeners while nobody knocks at this one.
    let outdated = || is_paused(process, entry) || process.mutes.load(SeqCst) != mutes;
    let came = poll_fn(|cx| match hindrance(process, entry, worker) {
        Some(pause) => Poll::Ready(Err(pause)),
        None if outdated() => Poll::Ready(Err(Duration::ZERO)),
        None => accept.as_mut().poll(cx).map(Ok),
    });
    match came.await {
        Ok(io) => {
            let io = io?;
            count(process, entry, worker);
            Ok(Some(io))
        }
        Err(_) if outdated() => Ok(None),
        Err(pause) => {
            tokio::select! {
                () = freed => {}
                () = tokio::time::sleep(pause) => {}
            }
            Ok(None)
        }
    }
}

/// Waits for a place under every limit.
async fn room(worker: &Worker, entry: Entry) {
    loop {
        let process = &worker.process;
        let freed = process.free.notified();
        let Some(pause) = hindrance(process, entry, worker) else { return };
        tokio::select! {
            () = freed => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// How long handshakes may take that have begun when the process stops listening, and when nothing waits any longer.
const LINGER: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);

/// Accepts what waits for this socket already: when it is closed, the kernel resets the rest. New connections are led to
/// another process by now, if there is one.
async fn drain(worker: &Rc<Worker>, entry: Entry, acceptor: &Acceptor) -> io::Result<()> {
    if worker.process.is_shared(entry) {
        return Ok(());
    }
    let begun = Instant::now();
    while !is_paused(&worker.process, entry) && begun.elapsed() < LONGEST {
        room(worker, entry).await;
        match timeout_at(begun + LINGER, acceptor.accept()).await {
            Ok(Ok(io)) => {
                count(&worker.process, entry, worker);
                begin(worker, entry, io);
            }
            Ok(Err(e)) => accept_failed(worker, entry, &e).await,
            Err(_) => break,
        }
    }
    Ok(())
}

/// A task that listens: the process goes on as long as there is one.
struct Listening(Arc<Process>);

impl Listening {
    fn begin(process: Arc<Process>) -> Listening {
        process.listening.up();
        Listening(process)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.listening.down();
    }
}

/// Why no connection may be accepted now: how long to wait before asking again, if nothing is freed.
fn hindrance(process: &Process, entry: Entry, worker: &Worker) -> Option<Duration> {
    let state = process.proxies.get(entry.frontend)?;
    let config = process.config.proxies.get(entry.frontend)?;
    let bind = config.binds.get(entry.bind)?;
    let reached = |now: u32, limit: u32| limit > 0 && now >= limit;
    let listener = state.front.listeners.get(entry.bind).map_or(0, |l| l.sessions.get());
    let process_full = reached(process.connections.get(), process.maxconn.load(Relaxed));
    if process_full {
        process.maxconn_reached.fetch_add(1, Relaxed);
    }
    let full = process_full
        || reached(state.front.sessions.get(), state.front.maxconn.load(Relaxed))
        || reached(listener, bind.maxconn);
    if full || state.paused.load(Relaxed) {
        return Some(Duration::from_millis(100));
    }
    let limits = [
        (&state.front.session_rate, config.session_rate_limit),
        (&process.session_rate, process.session_rate_limit.load(Relaxed)),
        (&process.connection_rate, process.connection_rate_limit.load(Relaxed)),
    ];
    let fast = limits.iter().any(|(rate, limit)| *limit > 0 && rate.get(worker.ms()) >= *limit);
    fast.then(|| Duration::from_millis(10))
}

/// Serves an accepted connection in a task of its own.
fn begin(worker: &Rc<Worker>, entry: Entry, io: Io) {
    let task = accept::serve(worker.clone(), entry, Rc::new(io));
    tokio::task::spawn_local(contained(worker.clone(), entry.frontend, task));
}

/// Counts an accepted connection; `accept::serve` uncounts it.
pub fn count(process: &Process, entry: Entry, worker: &Worker) {
    process.connections.up();
    process.counts.mine().connections.one();
    let ms = worker.ms();
    process.connection_rate.tick(ms);
    let Some(state) = process.proxies.get(entry.frontend) else { return };
    state.front.sessions.up();
    state.front.connection_rate.tick(ms);
    state.front.counts.mine().conn_tot.one();
    if let Some(listener) = state.front.listeners.get(entry.bind) {
        listener.sessions.up();
        listener.counts.mine().stot.one();
    }
}

/// Out of descriptors or memory: others have to end first. Anything else concerns the one connection only.
async fn accept_failed(worker: &Worker, entry: Entry, error: &io::Error) {
    use rustix::io::Errno;
    let exhausted = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM].map(|e| e.raw_os_error());
    if error.raw_os_error().is_some_and(|e| exhausted.contains(&e)) {
        let now = worker.ms() / 1000 + 1;
        if worker.process.exhausted.swap(now, Relaxed) != now {
            let text = format!("accept failed ({error}): connections wait until others have ended");
            report(worker, entry.frontend, level::EMERG, &text);
        }
        let freed = worker.process.free.notified();
        tokio::select! {
            () = freed => {}
            () = tokio::time::sleep(accept::ACCEPT_PAUSE) => {}
        }
    }
}

/// Says where a listener listens, for messages.
pub fn local(listener: &Listener) -> Option<SocketAddr> {
    listener.socket.local_addr().ok().and_then(|a| a.as_socket())
}

/// Marks a borrowed descriptor's use in other modules.
pub fn fd(listener: &Listener) -> std::os::fd::BorrowedFd<'_> {
    listener.socket.as_fd()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_inherit_what_their_line_says() {
        let text = "listen a\n mode tcp\n bind 127.0.0.1:1 mss 1000 tcp-ut 7s\n";
        let config = crate::testing::process(text).config.clone();
        let (proxy, entry) = (&config.proxies[0], Entry { frontend: 0, bind: 0 });
        let bind = Bind { address: Address::Ip(std::net::Ipv4Addr::LOCALHOST.into(), 0), ..proxy.binds[0].clone() };
        let listener = open(entry, &bind, 10, &Opening { reuse_port: true, ..Opening::default() }).unwrap();
        tune(&listener, &bind, proxy);
        let client = std::net::TcpStream::connect(local(&listener).unwrap()).unwrap();
        listener.socket.set_nonblocking(false).unwrap();
        let (accepted, _) = listener.socket.accept().unwrap();
        assert_eq!(accepted.tcp_user_timeout().unwrap(), Some(std::time::Duration::from_secs(7)));
        assert!(socket2::SockRef::from(&client).tcp_mss().unwrap() <= 1000);
    }
}
