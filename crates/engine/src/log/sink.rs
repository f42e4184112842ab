//! Where log lines go, and never waiting on the way: what cannot be taken at once is lost, and counted.

use config::keyword::{address::Address, log::Sink};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    cell::{OnceCell, RefCell},
    ffi::OsStr,
    io,
    net::{IpAddr, UdpSocket},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr as UnixAddr, UnixDatagram},
        },
    },
    rc::Rc,
};

/// A thread's sockets, each opened when it is needed first.
#[derive(Debug, Default)]
pub(super) struct Sinks {
    v4: OnceCell<UdpSocket>,
    v6: OnceCell<UdpSocket>,
    unix: OnceCell<UnixDatagram>,
    /// Inherited descriptors by number.
    fds: RefCell<Vec<(i32, Rc<OwnedFd>)>>,
}

impl Sinks {
    /// Sends one line, line feed included.
    ///
    /// # Errors
    /// The operating system's, `WouldBlock` where the target is full, `Unsupported` for targets that are none of ours.
    pub(super) fn send(&self, sink: &Sink, line: &[u8]) -> io::Result<()> {
        match sink {
            Sink::Datagram(Address::Ip(ip, port)) => {
                let socket = match ip {
                    IpAddr::V4(_) => opened(&self.v4, || UdpSocket::bind(("0.0.0.0", 0)))?,
                    IpAddr::V6(_) => opened(&self.v6, || UdpSocket::bind(("::", 0)))?,
                };
                socket.send_to(line, (*ip, *port)).map(drop)
            }
            Sink::Datagram(Address::Unix(path)) => {
                self.send_unix(line, UnixAddr::from_pathname(OsStr::from_bytes(path))?)
            }
            Sink::Datagram(Address::Abstract(name)) => self.send_unix(line, UnixAddr::from_abstract_name(name)?),
            Sink::Stdout => write_now(rustix::stdio::stdout(), line),
            Sink::Stderr => write_now(rustix::stdio::stderr(), line),
            Sink::Fd(fd) | Sink::Datagram(Address::Fd(fd)) => write_now(self.inherited(*fd)?.as_fd(), line),
            Sink::Ring(_) | Sink::Stream(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn send_unix(&self, line: &[u8], to: UnixAddr) -> io::Result<()> {
        let socket = opened(&self.unix, UnixDatagram::unbound)?;
        socket.send_to_addr(line, &to).map(drop)
    }

    fn inherited(&self, fd: i32) -> io::Result<Rc<OwnedFd>> {
        let mut fds = self.fds.borrow_mut();
        if let Some((_, owned)) = fds.iter().find(|(number, _)| *number == fd) {
            return Ok(owned.clone());
        }
        let owned = Rc::new(OwnedFd::from(crate::inherit::take(fd)?));
        fds.push((fd, owned.clone()));
        Ok(owned)
    }
}

/// A socket that does not wait.
trait NonBlocking: Sized {
    fn non_blocking(self) -> io::Result<Self>;
}

impl NonBlocking for UdpSocket {
    fn non_blocking(self) -> io::Result<Self> {
        self.set_nonblocking(true).map(|()| self)
    }
}

impl NonBlocking for UnixDatagram {
    fn non_blocking(self) -> io::Result<Self> {
        self.set_nonblocking(true).map(|()| self)
    }
}

fn opened<S: NonBlocking>(cell: &OnceCell<S>, open: impl FnOnce() -> io::Result<S>) -> io::Result<&S> {
    if cell.get().is_none() {
        let _ = cell.set(open()?.non_blocking()?);
    }
    cell.get().ok_or_else(|| io::ErrorKind::Other.into())
}

/// Writes to a descriptor that others share, whose mode is therefore left alone: it is asked whether it takes the line.
fn write_now(fd: BorrowedFd<'_>, line: &[u8]) -> io::Result<()> {
    let mut ready = [PollFd::new(&fd, PollFlags::OUT)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    if poll(&mut ready, Some(&now))? == 0 {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    rustix::io::write(fd, line)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn datagrams_arrive_whole() {
        let (sinks, mut buffer) = (Sinks::default(), [0; 64]);
        let inet = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        let port = inet.local_addr().expect("its address").port();
        sinks.send(&Sink::Datagram(Address::Ip(Ipv4Addr::LOCALHOST.into(), port)), b"one\n").expect("sent");
        let n = inet.recv(&mut buffer).expect("received");
        assert_eq!(&buffer[..n], b"one\n");

        let name = format!("evenkeel-log-{}", std::process::id()).into_bytes();
        let unix = UnixDatagram::bind_addr(&UnixAddr::from_abstract_name(&name).expect("a name")).expect("a socket");
        sinks.send(&Sink::Datagram(Address::Abstract(name)), b"two\n").expect("sent");
        let n = unix.recv(&mut buffer).expect("received");
        assert_eq!(&buffer[..n], b"two\n");
        let gone = sinks.send(&Sink::Datagram(Address::Unix(b"/nonexistent/log".to_vec())), b"x\n");
        assert_eq!(gone.map_err(|e| e.kind()), Err(io::ErrorKind::NotFound));
    }

    #[test]
    fn a_full_pipe_is_not_waited_for() {
        let (_reader, writer) = std::io::pipe().expect("a pipe");
        let line = [b'x'; 4096];
        let results = std::iter::repeat_with(|| write_now(writer.as_fd(), &line)).take(64);
        let lost = results.filter(|r| matches!(r, Err(e) if e.kind() == io::ErrorKind::WouldBlock)).count();
        assert!(lost > 0 && lost < 64, "{lost} of 64 lost");
    }
}
