//! One end of a connection, read by whole messages.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::http::{head_len, message_len};

/// How a connection ended for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Open,
    Reset,
}

/// What to read up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Want {
    /// So many bytes.
    Count(usize),
    /// The end of the connection.
    End,
    /// An empty line.
    Head,
    /// A message with its body.
    Message,
    /// A text.
    Text(Vec<u8>),
}

/// A connection and all that was read from it.
#[derive(Debug)]
pub(crate) struct Peer {
    stream: TcpStream,
    pub(crate) seen: Vec<u8>,
    taken: usize,
    pub(crate) end: End,
}

impl Peer {
    pub(crate) fn new(stream: TcpStream) -> Self {
        drop(stream.set_nodelay(true));
        Self { stream, seen: Vec::new(), taken: 0, end: End::Open }
    }

    /// Reads until it has what is wanted; false when the connection or the time ends before.
    pub(crate) fn read(&mut self, want: &Want, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(len) = self.found(want) {
                self.taken += len;
                return true;
            }
            if !self.fill(deadline.saturating_duration_since(Instant::now())) {
                return *want == Want::End && self.end != End::Open;
            }
        }
    }

    /// Reads the next `want`, and gives its bytes instead of keeping them.
    pub(crate) fn take(&mut self, want: &Want, limit: Duration) -> Option<Vec<u8>> {
        let found = self.read(want, limit);
        let taken = std::mem::take(&mut self.taken);
        found.then(|| self.seen.drain(..taken).collect())
    }

    /// Reads until the end or until nothing came for so long.
    pub(crate) fn read_quiet(&mut self, quiet: Duration) {
        while self.fill(quiet) {}
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// What the other side sees as the address of this one.
    pub(crate) fn address(&self) -> String {
        self.stream.local_addr().map(|a| a.to_string()).unwrap_or_default()
    }

    /// Lets writes fail that the other side does not take for so long.
    pub(crate) fn give_up_after(&self, time: Duration) {
        drop(self.stream.set_write_timeout(Some(time)));
    }

    pub(crate) fn half_close(&self) {
        drop(self.stream.shutdown(std::net::Shutdown::Write));
    }

    /// Makes the coming drop send RST instead of FIN.
    pub(crate) fn reset(&self) {
        drop(socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)));
    }

    fn found(&self, want: &Want) -> Option<usize> {
        let rest = self.seen.get(self.taken..)?;
        match want {
            Want::Count(n) => (rest.len() >= *n).then_some(*n),
            Want::End => None,
            Want::Head => head_len(rest),
            Want::Message => message_len(rest),
            Want::Text(text) => rest.windows(text.len()).position(|w| w == text).map(|at| at + text.len()),
        }
    }

    /// One read; false when nothing came in time or the connection ended.
    fn fill(&mut self, limit: Duration) -> bool {
        if self.end != End::Open || limit.is_zero() {
            return false;
        }
        drop(self.stream.set_read_timeout(Some(limit)));
        let mut buffer = [0; 16384];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.end = End::Closed,
            Ok(n) => {
                self.seen.extend_from_slice(buffer.get(..n).unwrap_or_default());
                return true;
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(_) => self.end = End::Reset,
        }
        false
    }
}
