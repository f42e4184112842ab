//! Opening a connection to a server.

use crate::io::{Ends, Io};
use config::keyword::{
    address::{Address, Port},
    server::Server,
};
use rustix::io::Errno;
use sample::stream::Marks;
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::SocketAddr,
    os::{linux::net::SocketAddrExt, unix::net::SocketAddr as UnixAddr},
};
use tokio::{
    io::Interest,
    net::{TcpStream, UnixStream},
};

/// Where to connect: the server's address in force, and the port made from the client's where it is an offset.
#[derive(Debug, Clone)]
pub enum Endpoint {
    Abstract(Vec<u8>),
    Ip(SocketAddr),
    Unix(Vec<u8>),
}

impl Endpoint {
    /// `now` is the address in force (a run-time command may have changed it); `wanted` is where the client wanted to go,
    /// which a server without address or port takes. `None`: the server has no address yet.
    pub fn of(server: &Server, now: Option<SocketAddr>, wanted: Option<SocketAddr>) -> Option<Endpoint> {
        match (&server.address, now) {
            (Address::Unix(path), _) => Some(Endpoint::Unix(path.clone())),
            (Address::Abstract(name), _) => Some(Endpoint::Abstract(name.clone())),
            (_, Some(addr)) => {
                let wanted_port = wanted.map_or(0, |wanted| wanted.port());
                let port = match server.port {
                    Port::Fixed(_) if addr.port() == 0 => wanted_port,
                    Port::Fixed(_) => addr.port(),
                    Port::Offset(by) => (i32::from(wanted_port) + by) as u16,
                };
                let ip = wanted.filter(|_| addr.ip().is_unspecified()).map_or(addr.ip(), |wanted| wanted.ip());
                Some(Endpoint::Ip(SocketAddr::new(ip, port)))
            }
            _ => None,
        }
    }

    /// Connects, from `source` if given. With `smart`, the handshake's last packet is the first that is written. How long it
    /// may take is the caller's matter.
    pub async fn connect(&self, source: Option<SocketAddr>, smart: bool, marks: Marks) -> io::Result<Io> {
        match self {
            Endpoint::Ip(addr) => tcp(*addr, source, smart, marks).await,
            Endpoint::Unix(path) => {
                use std::os::unix::ffi::OsStrExt;
                Ok(Io::unix(UnixStream::connect(std::ffi::OsStr::from_bytes(path)).await?))
            }
            Endpoint::Abstract(name) => {
                let stream = std::os::unix::net::UnixStream::connect_addr(&UnixAddr::from_abstract_name(name)?)?;
                stream.set_nonblocking(true)?;
                Ok(Io::unix(UnixStream::from_std(stream)?))
            }
        }
    }
}

async fn tcp(addr: SocketAddr, source: Option<SocketAddr>, smart: bool, marks: Marks) -> io::Result<Io> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
    marked(&socket, addr.is_ipv4(), marks);
    if let Some(source) = source {
        socket.set_reuse_address(true)?;
        socket.bind(&source.into())?;
    }
    if smart {
        let _ = rustix::net::sockopt::set_tcp_quickack(&socket, false);
    }
    match socket.connect(&addr.into()) {
        Err(error) if error.raw_os_error() != Some(Errno::INPROGRESS.raw_os_error()) => return Err(error),
        _ => {}
    }
    let ends = Ends { peer: addr, local: None };
    // A server of this machine has mostly taken the connection by now.
    if rustix::net::getpeername(&socket).is_ok() {
        return Ok(Io::connected(socket.into(), ends));
    }
    let stream = TcpStream::from_std(socket.into())?;
    let ready = stream.ready(Interest::WRITABLE | Interest::ERROR).await?;
    // A connection that is there has nothing to tell: asking for its error costs a call to the kernel.
    if (ready.is_error() || ready.is_write_closed() || ready.is_read_closed())
        && let Some(error) = stream.take_error()?
    {
        return Err(error);
    }
    Ok(Io::tcp(stream, ends))
}

/// Tells the kernel how packets are to be treated, from the first one on. What it does not let us say is left unsaid, as with
/// HAProxy.
pub fn marked(socket: &Socket, v4: bool, marks: Marks) {
    if let Some(mark) = marks.mark {
        let _ = socket.set_mark(mark);
    }
    if let Some(tos) = marks.tos {
        let _ = if v4 { socket.set_tos_v4(tos.into()) } else { socket.set_tclass_v6(tos.into()) };
    }
}

/// The number of what went wrong, in the table of `bc_err`.
pub fn failure(error: &io::Error) -> u8 {
    let name = match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::CONNREFUSED) => "EREFUSED",
        Some(Errno::CONNRESET) => "ERESET",
        Some(Errno::NETUNREACH | Errno::HOSTUNREACH) => "EUNREACH",
        Some(Errno::ADDRINUSE) => "ADDR_INUSE",
        Some(Errno::ADDRNOTAVAIL) => "CANT_BIND",
        Some(Errno::MFILE) => "PROC_FDLIM",
        Some(Errno::NFILE) => "SYS_FDLIM",
        Some(Errno::NOMEM) => "ENOMEM",
        Some(Errno::NOBUFS) => "ENOBUFS",
        Some(Errno::PIPE) => "EPIPE",
        _ => "SOCK_ERR",
    };
    sample::fetch::failure::by_name(name)
}
