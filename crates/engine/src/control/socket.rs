//! The sockets of `stats socket`: opened with the listeners, served by the first thread.

use super::{Cli, talk::talk};
use crate::{
    handover,
    listener::{self, Opening},
    session::accept::Entry,
    worker::Worker,
};
use config::{
    Config,
    keyword::{address::Address, stats::Level},
};
use socket2::{Domain, Socket};
use std::{
    io,
    os::{fd::OwnedFd, unix::net::UnixStream},
    rc::Rc,
    time::Duration,
};
use tokio::sync::mpsc::UnboundedReceiver;

/// A socket that listens for one `stats socket` line.
#[derive(Debug)]
pub struct Control {
    /// Index of the line.
    pub line: usize,
    socket: Socket,
}

/// Connections that may wait in the kernel.
const BACKLOG: u32 = 1024;

/// How long a conversation may rest unless told otherwise: `stats timeout`.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Opens every socket; those that cannot be opened by their index.
pub fn open(config: &Config, how: &Opening) -> (Vec<Control>, Vec<(usize, io::Error)>) {
    let (mut opened, mut failed) = (Vec::new(), Vec::new());
    for (line, said) in config.global.sockets.iter().enumerate() {
        let entry = Entry { frontend: usize::MAX, bind: line };
        match listener::open(entry, &said.bind, BACKLOG, how) {
            Ok(listener) => opened.push(Control { line, socket: listener.socket }),
            Err(error) => failed.push((line, error)),
        }
    }
    (opened, failed)
}

impl Control {
    /// A second handle on the socket.
    pub fn share(&self) -> Option<Socket> {
        self.socket.try_clone().ok()
    }
}

/// Accepts conversations until the process stops; those that go on end with it.
pub async fn run(worker: Rc<Worker>, control: Control) -> io::Result<()> {
    let Some(said) = worker.process.config.global.sockets.get(control.line).cloned() else { return Ok(()) };
    let stop = worker.process.stop.notified();
    if worker.process.is_stopping() {
        return Ok(());
    }
    tokio::select! {
        () = stop => Ok(()),
        result = accept(control, |stream| match stream {
            Stream::Unix(stream) => begin_unix(&worker, said.level, said.expose_fd_listeners, stream),
            Stream::Tcp(stream) => {
                tokio::task::spawn_local(talk(worker.clone(), begin(&worker, said.level), stream));
            }
        }) => result,
    }
}

/// The other end of a conversation.
#[derive(Debug)]
pub enum Stream {
    Unix(tokio::net::UnixStream),
    Tcp(tokio::net::TcpStream),
}

/// Accepts conversations.
///
/// # Errors
/// The socket is not fit for it.
pub async fn accept(control: Control, mut begin: impl FnMut(Stream)) -> io::Result<()> {
    let unix = control.socket.domain()? == Domain::UNIX;
    let fd = OwnedFd::from(control.socket);
    if unix {
        let listener = tokio::net::UnixListener::from_std(fd.into())?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => begin(Stream::Unix(stream)),
                Err(error) => pause(&error).await,
            }
        }
    }
    let listener = tokio::net::TcpListener::from_std(fd.into())?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => begin(Stream::Tcp(stream)),
            Err(error) => pause(&error).await,
        }
    }
}

/// Conversations that do not come from a socket of the configuration's: a master process holds them.
pub async fn answer(worker: Rc<Worker>, mut asked: UnboundedReceiver<(UnixStream, Level)>) {
    while let Some((stream, level)) = asked.recv().await {
        let stream = stream.set_nonblocking(true).and_then(|()| tokio::net::UnixStream::from_std(stream));
        match stream {
            Ok(stream) => begin_unix(&worker, level, level == Level::Admin, stream),
            Err(error) => tracing::warn!("a conversation could not begin: {error}"),
        }
    }
}

fn begin(worker: &Worker, level: Level) -> Cli {
    worker.process.counts.mine().connections.one();
    Cli::new(level, worker.process.config.global.stats_timeout.unwrap_or(TIMEOUT))
}

/// A conversation that may end with the listeners being given away.
fn begin_unix(worker: &Rc<Worker>, level: Level, exposes: bool, stream: tokio::net::UnixStream) {
    let cli = Cli { exposes, ..begin(worker, level) };
    let worker = worker.clone();
    tokio::task::spawn_local(async move {
        let Some(stream) = talk(worker.clone(), cli, stream).await else { return };
        let sockets = worker.process.offered();
        let give = move || {
            let stream = stream.into_std()?;
            stream.set_nonblocking(false)?;
            handover::give(&stream, &sockets)
        };
        // It waits for the other side's word, which this thread's connections must not.
        if let Ok(Err(error)) = tokio::task::spawn_blocking(give).await {
            tracing::warn!("the listeners could not be given away: {error}");
        }
    });
}

/// Out of descriptors: others have to end first.
async fn pause(error: &io::Error) {
    tracing::warn!("the stats socket could not accept: {error}");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// A socket's address as the configuration writes it.
pub(super) fn shown(address: &Address) -> String {
    match address {
        Address::Unix(path) => format!("unix@{}", String::from_utf8_lossy(path)),
        Address::Abstract(name) => format!("abns@{}", String::from_utf8_lossy(name)),
        Address::Fd(fd) => format!("fd@{fd}"),
        Address::Ip(ip, port) if ip.is_ipv4() => format!("ipv4@{ip}:{port}"),
        Address::Ip(ip, port) => format!("ipv6@[{ip}]:{port}"),
    }
}
