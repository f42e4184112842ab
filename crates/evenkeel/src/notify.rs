//! What the service manager is told (`-Ws`): datagrams to the socket that `NOTIFY_SOCKET` names.

use std::{
    io,
    os::{linux::net::SocketAddrExt, unix::net},
};

/// The way to the service manager.
#[derive(Debug)]
pub(crate) struct Manager(net::UnixDatagram);

impl Manager {
    /// `None` where there is none.
    pub(crate) fn find() -> Option<Manager> {
        let name = std::env::var("NOTIFY_SOCKET").ok()?;
        connect(&name).map_err(|e| tracing::warn!("the service manager cannot be reached: {e}")).ok()
    }

    pub(crate) fn ready(&self) {
        self.tell(&format!("READY=1\nMAINPID={}\nSTATUS=Ready.\n", std::process::id()));
    }

    pub(crate) fn reloading(&self) {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let micros = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
        self.tell(&format!("RELOADING=1\nSTATUS=Reloading Configuration.\nMONOTONIC_USEC={micros}\n"));
    }

    pub(crate) fn failed(&self) {
        self.tell("READY=1\nSTATUS=Reload failed!\n");
    }

    pub(crate) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    fn tell(&self, message: &str) {
        if let Err(e) = self.0.send(message.as_bytes()) {
            tracing::warn!("the service manager cannot be told: {e}");
        }
    }
}

fn connect(name: &str) -> io::Result<Manager> {
    let address = match name.strip_prefix('@') {
        Some(name) => net::SocketAddr::from_abstract_name(name),
        None => net::SocketAddr::from_pathname(name),
    };
    let socket = net::UnixDatagram::unbound()?;
    socket.connect_addr(&address?)?;
    Ok(Manager(socket))
}
