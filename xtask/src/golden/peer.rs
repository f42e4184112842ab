//! One TCP connection of a scene, on the client's or the origin's side, and all that it saw.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How a connection ended, seen from our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The proxy sent FIN.
    Closed,
    /// The proxy sent RST.
    Reset,
    /// The script closed it.
    OwnClose,
    /// The script reset it.
    OwnReset,
}

/// What a connection saw so far; shared with the thread that plays it.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    pub(crate) data: Vec<u8>,
    pub(crate) end: Option<End>,
    pub(crate) ended_at: Option<Instant>,
}

/// A blocking connection. `mark` is how much of what was seen the script has used.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Own port number.
    pub(crate) port: u16,
    stream: Option<TcpStream>,
    seen: Arc<Mutex<Seen>>,
    mark: usize,
}

/// Waits without doing anything. The runner is made of threads that block.
#[expect(clippy::disallowed_methods, reason = "a driver of plain threads; there is no async task to hold up")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Milliseconds, as the rows count.
pub(crate) fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A lock whose holder cannot have left it half-done: every update here is one assignment or append.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Peer {
    pub(crate) fn new(stream: TcpStream, seen: Arc<Mutex<Seen>>) -> Self {
        drop(stream.set_nodelay(true));
        drop(stream.set_write_timeout(Some(Duration::from_secs(10))));
        let port = stream.local_addr().map_or(0, |a| a.port());
        Self { port, stream: Some(stream), seen, mark: 0 }
    }

    /// What was seen so far.
    pub(crate) fn seen(&self) -> Seen {
        lock(&self.seen).clone()
    }

    /// True until either side ended the connection.
    pub(crate) fn is_open(&self) -> bool {
        lock(&self.seen).end.is_none()
    }

    /// Reads once, until `deadline` at most. False when nothing came or the connection ended.
    fn read_some(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let Some(stream) = self.stream.as_mut().filter(|_| !left.is_zero()) else { return false };
        if lock(&self.seen).end.is_some() {
            return false;
        }
        let mut buffer = [0; 65_536];
        drop(stream.set_read_timeout(Some(left.max(ms(1)))));
        match stream.read(&mut buffer) {
            Ok(0) => self.ended(End::Closed),
            Ok(n) => {
                lock(&self.seen).data.extend_from_slice(buffer.get(..n).unwrap_or_default());
                return true;
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(e) if e.kind() == ErrorKind::Interrupted => return true,
            Err(_) => self.ended(End::Reset),
        }
        false
    }

    fn ended(&self, end: End) {
        let mut seen = lock(&self.seen);
        // A close of the script counts even when the proxy was first.
        let own = matches!(end, End::OwnClose | End::OwnReset) && self.stream.is_some();
        if seen.end.is_none() || own {
            seen.end = Some(end);
            seen.ended_at = Some(Instant::now());
        }
    }

    /// Reads until `take` finds what it wants behind the mark (it gives the length used), or time is up.
    pub(crate) fn read_with(&mut self, limit: Duration, take: impl Fn(&[u8]) -> Option<usize>) -> bool {
        let deadline = Instant::now() + limit;
        loop {
            let found = take(lock(&self.seen).data.get(self.mark..).unwrap_or_default());
            if let Some(len) = found {
                self.mark += len;
                return true;
            }
            if !self.read_some(deadline) && (!self.is_open() || Instant::now() >= deadline) {
                return false;
            }
        }
    }

    /// Until `text` was seen behind the last match, or end.
    pub(crate) fn read_until(&mut self, text: &[u8], limit: Duration) -> bool {
        self.read_with(limit, |data| find(data, text).map(|at| at + text.len()))
    }

    /// Until `n` more bytes came.
    pub(crate) fn read_n(&mut self, n: usize, limit: Duration) -> bool {
        self.read_with(limit, |data| (data.len() >= n).then_some(n))
    }

    /// One HTTP/1 message with its body.
    pub(crate) fn read_message(&mut self, limit: Duration) -> bool {
        self.read_with(limit, message_length)
    }

    /// Until nothing came for `quiet`, or end.
    pub(crate) fn read_quiet(&mut self, quiet: Duration) {
        while self.read_some(Instant::now() + quiet) {}
        self.use_all();
    }

    /// Until the proxy ends the connection, or time is up.
    pub(crate) fn read_close(&mut self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while self.is_open() && Instant::now() < deadline {
            self.read_some(deadline);
        }
        self.use_all();
        !self.is_open()
    }

    fn use_all(&mut self) {
        self.mark = lock(&self.seen).data.len();
    }

    /// Writes all; a refused write is noted as the end that it shows.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let Some(stream) = self.stream.as_mut() else { return };
        match stream.write_all(bytes) {
            Err(e) if e.kind() == ErrorKind::ConnectionReset => self.ended(End::Reset),
            _ => {}
        }
    }

    /// Shuts down writing.
    pub(crate) fn half_close(&mut self) {
        if let Some(stream) = &self.stream {
            drop(stream.shutdown(Shutdown::Write));
        }
    }

    /// Takes what already came, without waiting.
    pub(crate) fn drain(&mut self) {
        while self.read_some(Instant::now() + ms(1)) {}
        self.use_all();
    }

    /// Closes.
    pub(crate) fn close(&mut self) {
        self.ended(End::OwnClose);
        self.stream = None;
    }

    /// Closes with RST.
    pub(crate) fn reset(&mut self) {
        self.ended(End::OwnReset);
        if let Some(stream) = self.stream.take() {
            drop(socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)));
        }
    }
}

/// Offset of the first `needle`.
pub(crate) fn find(data: &[u8], needle: &[u8]) -> Option<usize> {
    data.windows(needle.len().max(1)).position(|w| w == needle)
}

/// Length of the HTTP/1 message that `data` begins with, once it is whole.
pub(crate) fn message_length(data: &[u8]) -> Option<usize> {
    let head = find(data, b"\r\n\r\n")? + 4;
    let lines = String::from_utf8_lossy(data.get(..head)?).to_ascii_lowercase();
    let field = |name: &str| lines.split("\r\n").find_map(|l| l.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    if field("transfer-encoding").is_some_and(|v| v.ends_with("chunked")) {
        return Some(head + chunks_length(data.get(head..)?)?);
    }
    let body = field("content-length").and_then(|v| v.parse().ok()).unwrap_or(0);
    (data.len() >= head + body).then_some(head + body)
}

/// Length of a request with the binary PROXY header before it, if any; [`message_length`] ends in that header's
/// signature, as the scripts of PROTOCOL.md's rows did when they were recorded.
pub(crate) fn request_length(data: &[u8]) -> Option<usize> {
    let proxy = proxy_v2_length(data)?;
    Some(proxy + message_length(data.get(proxy..)?)?)
}

/// Length of a binary PROXY header, 0 when there is none; `None` while it is not whole.
fn proxy_v2_length(data: &[u8]) -> Option<usize> {
    const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
    if !data.starts_with(SIGNATURE) {
        return Some(0);
    }
    let len = data.get(14..16).map(|b| usize::from(u16::from_be_bytes([b[0], b[1]])))?;
    Some(16 + len)
}

/// Length of a chunked body with its trailers, once it is whole.
pub(crate) fn chunks_length(data: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = find(data.get(at..)?, b"\r\n")?;
        let size = chunk_size(data.get(at..at + line)?)?;
        at += line + 2;
        if size == 0 {
            break;
        }
        at += size + 2;
    }
    loop {
        let line = find(data.get(at..)?, b"\r\n")?;
        at += line + 2;
        if line == 0 {
            return Some(at);
        }
    }
}

/// Size that a chunk line announces; its extensions are ignored.
pub(crate) fn chunk_size(line: &[u8]) -> Option<usize> {
    let digits = line.split(|b| *b == b';').next()?;
    usize::from_str_radix(std::str::from_utf8(digits).ok()?.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_measured() {
        let check = |text: &str, len: Option<usize>| assert_eq!(message_length(text.as_bytes()), len, "{text}");
        check("GET / HTTP/1.1\r\n", None);
        check("GET / HTTP/1.1\r\n\r\nmore", Some(18));
        check("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", None);
        check("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", Some(41));
        check("A\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n0\r\nt: 1\r\n\r\nz", Some(53));
    }
}
