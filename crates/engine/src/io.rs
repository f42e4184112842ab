//! One connected socket, of either family, shared by the two directions of its task.

use crate::upstream::connect;
use config::keyword::options::Probes;
use nix::libc;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags, Shutdown, sockopt};
use sample::{
    Below,
    below::{Layer, TcpInfo},
    stream::Marks,
};
use std::{
    cell::{Cell, OnceCell},
    fmt::{self, Write},
    io::{self, ErrorKind, IoSlice},
    net::SocketAddr,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    rc::{Rc, Weak},
    task::{Context, Poll, ready},
};
use tokio::{
    io::Interest,
    net::{TcpStream, UnixStream},
};

/// A connected stream socket. Reading and writing take `&self`: both directions belong to one task.
///
/// The runtime is told of one that is accepted only once something has to be waited for. That costs two calls to the kernel,
/// which a client can do without whose request is there at once, and whose answer fits into the socket.
pub struct Io {
    /// With the runtime.
    watched: OnceCell<Watched>,
    /// Before that.
    fresh: Cell<Option<OwnedFd>>,
    /// The last read of a fresh one has taken all there was.
    emptied: Cell<bool>,
    /// `None` = a unix socket.
    ends: Option<Ends>,
    /// Our address, once it was asked for.
    local: Cell<Option<SocketAddr>>,
    pace: Cell<Pace>,
}

/// Whether the kernel may hold small writes back while an earlier one is on its way (Nagle's algorithm).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// It may, and would: the next write is the second one.
    Held,
    /// It may, but has nothing to wait for: nothing was written.
    Idle,
    /// It was told not to.
    NoDelay,
}

#[derive(Debug)]
enum Watched {
    Tcp(TcpStream),
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
    /// A socket that the runtime has not been told of, and that does not block; without `ends` one of the unix family.
    pub fn fresh(fd: OwnedFd, ends: Option<Ends>) -> Io {
        Io::with(OnceCell::new(), Some(fd), ends, Pace::NoDelay)
    }

    /// A socket of TCP that was connected at once. The peer is spoken to before it has anything to say.
    ///
    /// As for every one that was connected, Nagle's algorithm is in force until before the second write.
    pub fn connected(fd: OwnedFd, ends: Ends) -> Io {
        let io = Io::with(OnceCell::new(), Some(fd), Some(ends), Pace::Idle);
        io.emptied.set(true);
        io
    }

    /// A socket of TCP that was connected, which took some time.
    pub fn tcp(stream: TcpStream, ends: Ends) -> Io {
        Io::with(OnceCell::from(Watched::Tcp(stream)), None, Some(ends), Pace::Idle)
    }

    pub fn unix(stream: UnixStream) -> Io {
        Io::with(OnceCell::from(Watched::Unix(stream)), None, None, Pace::NoDelay)
    }

    fn with(watched: OnceCell<Watched>, fresh: Option<OwnedFd>, ends: Option<Ends>, pace: Pace) -> Io {
        let local = Cell::new(ends.and_then(|ends| ends.local));
        Io { watched, fresh: Cell::new(fresh), emptied: Cell::new(false), ends, local, pace: Cell::new(pace) }
    }

    /// Takes the socket from the runtime, with what is known of it.
    pub fn into_parts(self) -> io::Result<(OwnedFd, Option<Ends>)> {
        let fd = match self.watched.into_inner() {
            Some(Watched::Tcp(stream)) => stream.into_std()?.into(),
            Some(Watched::Unix(stream)) => stream.into_std()?.into(),
            None => self.fresh.into_inner().ok_or(ErrorKind::NotConnected)?,
        };
        Ok((fd, self.ends))
    }

    pub fn is_unix(&self) -> bool {
        self.ends.is_none()
    }

    /// Whether the runtime hears of what happens here.
    pub fn is_watched(&self) -> bool {
        self.watched.get().is_some()
    }

    /// Has the runtime hear of it from now on.
    fn watch(&self) -> io::Result<&Watched> {
        if let Some(watched) = self.watched.get() {
            return Ok(watched);
        }
        let fd = self.fresh.take().ok_or(ErrorKind::NotConnected)?;
        let watched = match self.is_unix() {
            false => Watched::Tcp(TcpStream::from_std(fd.into())?),
            true => Watched::Unix(UnixStream::from_std(fd.into())?),
        };
        Ok(self.watched.get_or_init(|| watched))
    }

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
            self.hurry();
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

    /// Goes before a write: one alone leaves at once, but the kernel would hold the next one back.
    pub fn hurry(&self) {
        match self.pace.get() {
            Pace::NoDelay => {}
            Pace::Idle => self.pace.set(Pace::Held),
            Pace::Held => self.set_nodelay(),
        }
    }

    /// Ready when a read is worth trying: there may be data, the end, or an error.
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_watched() && !self.emptied.get() {
            return Poll::Ready(Ok(()));
        }
        match self.watch()? {
            Watched::Tcp(s) => s.poll_read_ready(cx),
            Watched::Unix(s) => s.poll_read_ready(cx),
        }
    }

    /// Ready when a write is worth trying.
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.watched.get() {
            Some(Watched::Tcp(s)) => s.poll_write_ready(cx),
            Some(Watched::Unix(s)) => s.poll_write_ready(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    /// Looks at what has arrived without taking it.
    pub fn peek(&self, to: &mut [u8]) -> io::Result<usize> {
        self.try_io(Interest::READABLE, |fd| Ok(rustix::net::recv(fd, &mut *to, RecvFlags::PEEK)?.0))
    }

    /// Ends the writing direction, once everything written is on its way.
    pub fn shutdown_write(&self) -> io::Result<()> {
        self.with_fd(|fd| Ok(rustix::net::shutdown(fd, Shutdown::Write)?))
    }

    /// Ends the reading direction: whoever waits for something to read sees the end.
    pub fn shutdown_read(&self) -> io::Result<()> {
        self.with_fd(|fd| Ok(rustix::net::shutdown(fd, Shutdown::Read)?))
    }

    /// Makes the close that follows send a reset and drop what was not sent.
    pub fn reset_on_close(&self) {
        let _ = self.with_fd(|fd| Ok(sockopt::set_socket_linger(fd, Some(std::time::Duration::ZERO))?));
    }

    /// Makes the close that follows send nothing at all, so that the peer waits in vain. Where the kernel denies that to
    /// us, a reset goes no further than the next `hops`.
    pub fn vanish_on_close(&self, hops: u8) {
        use nix::sys::socket::{setsockopt, sockopt::TcpRepair};
        let repaired = hops == 0 && self.with_fd(|fd| Ok(setsockopt(&fd, TcpRepair, &1)?)).is_ok();
        if !repaired {
            let _ = self.with_fd(|fd| Ok(sockopt::set_ip_ttl(fd, u32::from(hops.max(1)))?));
            self.reset_on_close();
        }
    }

    fn set_nodelay(&self) {
        self.pace.set(Pace::NoDelay);
        if !self.is_unix() {
            let _ = self.with_fd(|fd| Ok(sockopt::set_tcp_nodelay(fd, true)?));
        }
    }

    /// Makes segments that are sent smaller by so many bytes than the peer would take.
    pub fn cut_mss(&self, bytes: u32) {
        let _ = self.with_fd(|fd| {
            let socket = socket2::SockRef::from(&fd);
            socket.set_tcp_mss(socket.tcp_mss()?.saturating_sub(bytes))
        });
    }

    /// Keep-alive probes, at intervals of the kernel's unless said otherwise.
    pub fn set_keepalive(&self, probes: &Probes) {
        let _ = self.with_fd(|fd| {
            let _ = sockopt::set_socket_keepalive(fd, true);
            let _ = probes.count.map(|count| sockopt::set_tcp_keepcnt(fd, count));
            let _ = probes.idle.map(|idle| sockopt::set_tcp_keepidle(fd, idle));
            let _ = probes.interval.map(|interval| sockopt::set_tcp_keepintvl(fd, interval));
            Ok(())
        });
    }

    /// Tells the kernel how packets are to be treated.
    fn treat(&self, marks: Marks) {
        let v4 = self.peer().is_none_or(|peer| peer.ip().to_canonical().is_ipv4());
        let _ = self.with_fd(|fd| {
            connect::marked(&socket2::SockRef::from(&fd), v4, marks);
            Ok(())
        });
    }

    pub fn peer(&self) -> Option<SocketAddr> {
        self.ends.map(|ends| ends.peer)
    }

    pub fn local(&self) -> Option<SocketAddr> {
        if self.local.get().is_none() && !self.is_unix() {
            let asked = self.with_fd(|fd| Ok(rustix::net::getsockname(fd)?));
            self.local.set(asked.ok().and_then(|local| local.try_into().ok()));
        }
        self.local.get()
    }

    /// Runs `run` where the socket seems ready; when it would block, readiness is waited for anew.
    pub fn try_io<T>(&self, interest: Interest, run: impl FnOnce(BorrowedFd<'_>) -> io::Result<T>) -> io::Result<T> {
        match self.watched.get() {
            Some(Watched::Tcp(s)) => s.try_io(interest, || run(s.as_fd())),
            Some(Watched::Unix(s)) => s.try_io(interest, || run(s.as_fd())),
            None => self.try_fresh(interest, run),
        }
    }

    fn try_fresh<T>(&self, interest: Interest, run: impl FnOnce(BorrowedFd<'_>) -> io::Result<T>) -> io::Result<T> {
        let result = self.with_fd(run);
        if result.as_ref().is_err_and(|e| e.kind() == ErrorKind::WouldBlock) {
            match interest.is_readable() {
                true => self.emptied.set(true),
                false => drop(self.watch()?),
            }
        }
        result
    }

    /// Runs `run` on the socket. An error besides those of `run` means that the runtime has refused it, and it is closed.
    fn with_fd<T>(&self, run: impl FnOnce(BorrowedFd<'_>) -> io::Result<T>) -> io::Result<T> {
        match self.watched.get() {
            Some(Watched::Tcp(s)) => run(s.as_fd()),
            Some(Watched::Unix(s)) => run(s.as_fd()),
            None => {
                let fd = self.fresh.take().ok_or(ErrorKind::NotConnected)?;
                let result = run(fd.as_fd());
                self.fresh.set(Some(fd));
                result
            }
        }
    }
}

impl fmt::Debug for Io {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Io").field("watched", &self.watched).field("ends", &self.ends).finish_non_exhaustive()
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
        if self.is_unix() {
            return None;
        }
        let info = self.with_fd(|fd| Ok(nix::sys::socket::getsockopt(&fd, TcpInfoOption)?)).ok()?;
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

    fn set_mark(&self, mark: u32) {
        self.treat(Marks { mark: Some(mark), tos: None });
    }

    fn set_tos(&self, tos: u8) {
        self.treat(Marks { mark: None, tos: Some(tos) });
    }

    fn describe(&self, layers: u32, _stream: u32) -> String {
        let mut text = String::new();
        if layers & Layer::Connection as u32 != 0 {
            let show = |address: Option<SocketAddr>| address.map_or_else(|| "unix".into(), |a| a.to_string());
            let _ = write!(text, "conn .local={} .peer={} ", show(self.local()), show(self.peer()));
        }
        if layers & Layer::Socket as u32 != 0 {
            let info = self.tcp().unwrap_or_default();
            let fd = self.with_fd(|fd| Ok(fd.as_raw_fd())).unwrap_or(-1);
            let _ = write!(text, "fd={fd} .rtt={} .unacked={}", info.rtt, info.unacked);
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
    use std::{
        future::poll_fn,
        io::{Read, Write},
        os::unix::net::UnixStream as Peer,
    };

    fn pair() -> io::Result<(Io, Peer)> {
        let (ours, theirs) = Peer::pair()?;
        ours.set_nonblocking(true)?;
        Ok((Io::fresh(ours.into(), None), theirs))
    }

    #[tokio::test]
    async fn who_is_not_waited_for_is_not_watched() -> io::Result<()> {
        let (io, mut peer) = pair()?;
        let mut got = [0; 9];
        peer.write_all(b"hello")?;
        assert_eq!(poll_fn(|cx| io.poll_read(cx, &mut got)).await?, 5);
        assert!(!io.is_watched());
        let waits = poll_fn(|cx| Poll::Ready(io.poll_read(cx, &mut got).is_pending()));
        assert!(waits.await && io.is_watched());
        peer.write_all(b"again")?;
        assert_eq!(poll_fn(|cx| io.poll_read(cx, &mut got)).await?, 5);
        drop(peer);
        assert_eq!(poll_fn(|cx| io.poll_read(cx, &mut got)).await?, 0);
        Ok(())
    }

    #[tokio::test]
    async fn who_takes_no_more_is_waited_for() -> io::Result<()> {
        let (io, mut peer) = pair()?;
        let bytes = [b'x'; 65_536];
        let mut sent = 0;
        let write = |cx: &mut Context<'_>| io.poll_write(cx, &[IoSlice::new(&bytes)], false);
        while let Poll::Ready(n) = poll_fn(|cx| Poll::Ready(write(cx))).await {
            sent += n?;
        }
        assert!(io.is_watched());
        peer.read_exact(&mut vec![0; sent])?;
        sent = poll_fn(write).await?;
        let (fd, ends) = io.into_parts()?;
        drop(fd);
        assert_eq!((peer.read_to_end(&mut Vec::new())?, ends.is_none()), (sent, true));
        Ok(())
    }

    /// What rules say of packets is what the kernel knows then.
    #[tokio::test]
    async fn sockets_are_measured_and_marked() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let marks = Marks { mark: None, tos: Some(0x20) };
        let endpoint = connect::Endpoint::Ip(address);
        let (io, accepted) = tokio::join!(endpoint.connect(None, false, marks), listener.accept());
        let (io, _) = (io.expect("it is there"), accepted.expect("it comes"));
        assert_eq!(io.with_fd(|fd| Ok(sockopt::ip_tos(fd)?)).ok(), Some(0x20));
        io.set_tos(0x10);
        assert_eq!(io.with_fd(|fd| Ok(sockopt::ip_tos(fd)?)).ok(), Some(0x10));
        assert!(io.tcp().is_some_and(|info| info.rtt > 0 && info.lost == 0), "{:?}", io.tcp());
        let (ours, _theirs) = UnixStream::pair().expect("a pair");
        assert_eq!(Io::unix(ours).tcp(), None);
    }
}
