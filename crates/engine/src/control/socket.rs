//! The sockets of `stats socket`: opened with the listeners, served by the first thread.

use super::{Cli, talk::talk};
use crate::{listener, session::accept::Entry, worker::Worker};
use config::{
    Config,
    keyword::{address::Address, stats::StatsSocket},
};
use socket2::{Domain, Socket};
use std::{io, os::fd::OwnedFd, rc::Rc, time::Duration};
use tokio::io::{AsyncRead, AsyncWrite};

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
pub fn open(config: &Config, reuse_port: bool) -> (Vec<Control>, Vec<(usize, io::Error)>) {
    let (mut opened, mut failed) = (Vec::new(), Vec::new());
    for (line, said) in config.global.sockets.iter().enumerate() {
        let entry = Entry { frontend: usize::MAX, bind: line };
        match listener::open(entry, &said.bind, BACKLOG, reuse_port) {
            Ok(listener) => opened.push(Control { line, socket: listener.socket }),
            Err(error) => failed.push((line, error)),
        }
    }
    (opened, failed)
}

/// Accepts conversations until the process ends; those that go on end with it.
pub async fn run(worker: Rc<Worker>, control: Control) -> io::Result<()> {
    let unix = control.socket.domain()? == Domain::UNIX;
    let fd: OwnedFd = control.socket.into();
    let Some(said) = worker.process.config.global.sockets.get(control.line).cloned() else { return Ok(()) };
    if unix {
        let listener = tokio::net::UnixListener::from_std(fd.into())?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => begin(&worker, &said, stream),
                Err(error) => pause(&error).await,
            }
        }
    }
    let listener = tokio::net::TcpListener::from_std(fd.into())?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => begin(&worker, &said, stream),
            Err(error) => pause(&error).await,
        }
    }
}

fn begin(worker: &Rc<Worker>, said: &StatsSocket, stream: impl AsyncRead + AsyncWrite + Unpin + 'static) {
    let timeout = worker.process.config.global.stats_timeout.unwrap_or(TIMEOUT);
    let cli = Cli::new(said.level, timeout);
    worker.process.counts.mine().connections.one();
    tokio::task::spawn_local(talk(worker.clone(), cli, stream));
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
