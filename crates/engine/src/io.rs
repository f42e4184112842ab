//! One connected socket, of either family, shared by the two directions of its task.

use crate::upstream::connect;
use config::keyword::options::Probes;
use nix::libc;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags};
use sample::{
    Below,
    below::{Layer, TcpInfo},
    stream::Marks,
};
use std::{
    fmt::Write,
    io::{self, ErrorKind, IoSlice},
    net::SocketAddr,
    os::fd::{AsFd, AsRawFd, BorrowedFd},
    rc::{Rc, Weak},
    task::{Context, Poll, ready},
};
use tokio::{
    io::Interest,
    net::{TcpStream, UnixStream},
};

/// A connected stream socket. Reading and writing take `&self`: both directions belong to one task.
#[derive(Debug)]
pub enum Io {
    Tcp(TcpStream, Ends),
    Unix(UnixStream),
}

/// What is known of a connection's addresses without asking the kernel.
#[derive(Debug, Clone, Copy)]
pub struct Ends {
    /// A socket that the peer has reset does not tell it any more.
    pub peer: SocketAddr,
    /// `None` = to be asked for.
    pub local: Option<SocketAddr>,
}

impl Io {
    /// Reads into `to`, which must not be empty; `Ok(0)` is the end.
    ///
    /// A read that fills less than it could has emptied the socket, so the readiness is dropped at once: the next
    /// call waits instead of asking the kernel in vain.
    pub fn poll_read(&self, cx: &mut Context<'_>, to: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.poll_read_ready(cx))?;
            let mut got = None;
            let tried = self.try_io(Interest::READABLE, |fd| {
                let (n, _) = rustix::net::recv(fd, &mut *to, RecvFlags::empty())?;
                got = Some(n);
                if n > 0 && n < to.len() { Err(ErrorKind::WouldBlock.into()) } else { Ok(()) }
            });
            match (got, tried) {
                (Some(n), _) => return Poll::Ready(Ok(n)),
                (None, Err(e)) if e.kind() == ErrorKind::WouldBlock => {}
                (None, Err(e)) if e.kind() == ErrorKind::Interrupted => {}
                (None, result) => return Poll::Ready(result.map(|()| 0)),
            }
        }
    }

    /// Writes some of `from`, in one call to the kernel; at least one byte where any was given. With `more`, the kernel
    /// may hold the last, partial packet back until the next write, or [`Io::push`].
    pub fn poll_write(&self, cx: &mut Context<'_>, from: &[IoSlice<'_>], more: bool) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.poll_write_ready(cx))?;
            let tried = self.try_io(Interest::WRITABLE, |fd| Ok(write(fd, from, more)?));
            match tried {
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                result => return Poll::Ready(result),
            }
        }
    }

    /// Sends what the kernel holds back after a write with `more`.
    pub fn push(&self) {
        // Saying it again makes the kernel send what it holds.
        self.set_nodelay();
    }

    /// Ready when a read would return something: data, the end, or an error.
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Io::Tcp(s, _) => s.poll_read_ready(cx),
            Io::Unix(s) => s.poll_read_ready(cx),
        }
    }

    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Io::Tcp(s, _) => s.poll_write_ready(cx),
            Io::Unix(s) => s.poll_write_ready(cx),
        }
    }

    /// Looks at what has arrived without taking it.
    pub fn peek(&self, to: &mut [u8]) -> io::Result<usize> {
        self.try_io(Interest::READABLE, |fd| Ok(rustix::net::recv(fd, &mut *to, RecvFlags::PEEK)?.0))
    }

    /// Ends the writing direction, once everything written is on its way.
    pub fn shutdown_write(&self) -> io::Result<()> {
        let fd = self.fd();
        rustix::net::shutdown(fd, rustix::net::Shutdown::Write).map_err(Into::into)
    }

    /// Makes the close that follows send a reset and drop what was not sent.
    pub fn reset_on_close(&self) {
        let _ = rustix::net::sockopt::set_socket_linger(self.fd(), Some(std::time::Duration::ZERO));
    }

    /// Makes the close that follows send nothing at all, so that the peer waits in vain. Where the kernel denies that to
    /// us, a reset goes no further than the next `hops`.
    pub fn vanish_on_close(&self, hops: u8) {
        use nix::sys::socket::{setsockopt, sockopt::TcpRepair};
        if hops == 0 && setsockopt(&self.fd(), TcpRepair, &1).is_ok() {
            return;
        }
        let _ = rustix::net::sockopt::set_ip_ttl(self.fd(), u32::from(hops.max(1)));
        self.reset_on_close();
    }

    pub fn set_nodelay(&self) {
        if let Io::Tcp(s, _) = self {
            let _ = s.set_nodelay(true);
        }
    }

    /// Makes segments that are sent smaller by so many bytes than the peer would take.
    pub fn cut_mss(&self, bytes: u32) {
        let fd = self.fd();
        let socket = socket2::SockRef::from(&fd);
        if let Ok(mss) = socket.tcp_mss() {
            let _ = socket.set_tcp_mss(mss.saturating_sub(bytes));
        }
    }

    /// Keep-alive probes, at intervals of the kernel's unless said otherwise.
    pub fn set_keepalive(&self, probes: &Probes) {
        use rustix::net::sockopt;
        let _ = sockopt::set_socket_keepalive(self.fd(), true);
        let _ = probes.count.map(|count| sockopt::set_tcp_keepcnt(self.fd(), count));
        let _ = probes.idle.map(|idle| sockopt::set_tcp_keepidle(self.fd(), idle));
        let _ = probes.interval.map(|interval| sockopt::set_tcp_keepintvl(self.fd(), interval));
    }

    fn is_v4(&self) -> bool {
        self.peer().is_none_or(|peer| peer.ip().to_canonical().is_ipv4())
    }

    pub fn peer(&self) -> Option<SocketAddr> {
        match self {
            Io::Tcp(_, ends) => Some(ends.peer),
            Io::Unix(_) => None,
        }
    }

    pub fn local(&self) -> Option<SocketAddr> {
        match self {
            Io::Tcp(s, ends) => ends.local.or_else(|| s.local_addr().ok()),
            Io::Unix(_) => None,
        }
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        match self {
            Io::Tcp(s, _) => s.as_fd(),
            Io::Unix(s) => s.as_fd(),
        }
    }

    /// Runs `run` where the socket seems ready; when it would block, readiness is waited for anew.
    pub fn try_io<T>(&self, interest: Interest, run: impl FnOnce(BorrowedFd<'_>) -> io::Result<T>) -> io::Result<T> {
        match self {
            Io::Tcp(s, _) => s.try_io(interest, || run(s.as_fd())),
            Io::Unix(s) => s.try_io(interest, || run(s.as_fd())),
        }
    }
}

/// A connection as samples see it. It does not keep the socket open.
pub fn below(io: &Rc<Io>) -> Weak<dyn Below> {
    let io: Weak<dyn Below> = Rc::<Io>::downgrade(io);
    io
}

/// `TCP_INFO`.
#[derive(Debug, Clone, Copy)]
struct TcpInfoOption;

nix::getsockopt_impl!(
    TcpInfoOption,
    libc::IPPROTO_TCP,
    libc::TCP_INFO,
    libc::tcp_info,
    nix::sys::socket::sockopt::GetStruct<libc::tcp_info>
);

impl Below for Io {
    fn tcp(&self) -> Option<TcpInfo> {
        let Io::Tcp(..) = self else { return None };
        let info = nix::sys::socket::getsockopt(&self.fd(), TcpInfoOption).ok()?;
        Some(TcpInfo {
            rtt: info.tcpi_rtt,
            rttvar: info.tcpi_rttvar,
            unacked: info.tcpi_unacked,
            sacked: info.tcpi_sacked,
            lost: info.tcpi_lost,
            retrans: info.tcpi_retrans,
            fackets: info.tcpi_fackets,
            reordering: info.tcpi_reordering,
        })
    }

    fn local(&self) -> Option<SocketAddr> {
        Io::local(self)
    }

    fn peer(&self) -> Option<SocketAddr> {
        Io::peer(self)
    }

    fn set_mark(&self, mark: u32) {
        connect::marked(&socket2::SockRef::from(&self.fd()), self.is_v4(), Marks { mark: Some(mark), tos: None });
    }

    fn set_tos(&self, tos: u8) {
        connect::marked(&socket2::SockRef::from(&self.fd()), self.is_v4(), Marks { mark: None, tos: Some(tos) });
    }

    fn describe(&self, layers: u32, _stream: u32) -> String {
        let mut text = String::new();
        if layers & Layer::Connection as u32 != 0 {
            let show = |address: Option<SocketAddr>| address.map_or_else(|| "unix".into(), |a| a.to_string());
            let _ = write!(text, "conn .local={} .peer={} ", show(Io::local(self)), show(Io::peer(self)));
        }
        if layers & Layer::Socket as u32 != 0 {
            let info = self.tcp().unwrap_or_default();
            let _ = write!(text, "fd={} .rtt={} .unacked={}", self.fd().as_raw_fd(), info.rtt, info.unacked);
        }
        text
    }
}

fn write(fd: BorrowedFd<'_>, from: &[IoSlice<'_>], more: bool) -> rustix::io::Result<usize> {
    let flags = if more { SendFlags::NOSIGNAL | SendFlags::MORE } else { SendFlags::NOSIGNAL };
    match from {
        [one] => rustix::net::send(fd, one, flags),
        many => rustix::net::sendmsg(fd, many, &mut SendAncillaryBuffer::default(), flags),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What rules say of packets is what the kernel knows then.
    #[tokio::test]
    async fn sockets_are_measured_and_marked() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let marks = Marks { mark: None, tos: Some(0x20) };
        let endpoint = connect::Endpoint::Ip(address);
        let (io, accepted) = tokio::join!(endpoint.connect(None, false, marks), listener.accept());
        let (io, _) = (io.expect("it is there"), accepted.expect("it comes"));
        assert_eq!(rustix::net::sockopt::ip_tos(io.fd()), Ok(0x20));
        io.set_tos(0x10);
        assert_eq!(rustix::net::sockopt::ip_tos(io.fd()), Ok(0x10));
        assert!(io.tcp().is_some_and(|info| info.rtt > 0 && info.lost == 0), "{:?}", io.tcp());
        let (ours, _theirs) = UnixStream::pair().expect("a pair");
        assert_eq!(Io::Unix(ours).tcp(), None);
    }
}
