//! The UDP receiver that logs are sent to. The kernel's buffer keeps them until they are read.

use std::io;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

const SEVERITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/// A log receiver on a free port of 127.0.0.1.
#[derive(Debug)]
pub(crate) struct Collector(UdpSocket);

/// One log line without its syslog header.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) severity: &'static str,
    pub(crate) text: Vec<u8>,
}

impl Collector {
    pub(crate) fn bind(port: u16) -> io::Result<Self> {
        Ok(Self(UdpSocket::bind(("127.0.0.1", port))?))
    }

    /// One datagram, waiting until `deadline` at most.
    pub(crate) fn datagram(&self, deadline: Instant) -> Option<Vec<u8>> {
        let mut buffer = vec![0; 65_536];
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.0.set_read_timeout(Some(left)).ok()?;
        let len = self.0.recv(&mut buffer).ok()?;
        buffer.truncate(len);
        Some(buffer)
    }

    /// The lines that already came, without waiting.
    pub(crate) fn lines(&self) -> Vec<Line> {
        std::iter::from_fn(|| self.datagram(Instant::now())).map(|d| line(&d)).collect()
    }
}

/// Takes off `<PRI>Mon dd HH:MM:SS tag[pid]: `.
fn line(datagram: &[u8]) -> Line {
    let text = datagram.strip_suffix(b"\n").unwrap_or(datagram);
    let (pri, rest) = priority(text).unwrap_or((6, text));
    let header = rest.windows(3).position(|w| w == b"]: ").map_or(0, |at| at + 3);
    Line { severity: SEVERITIES[pri & 7], text: rest.get(header..).unwrap_or_default().to_vec() }
}

fn priority(text: &[u8]) -> Option<(usize, &[u8])> {
    let rest = text.strip_prefix(b"<")?;
    let end = rest.iter().position(|b| *b == b'>')?;
    let number = std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()?;
    Some((number, rest.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_taken_off() {
        let line = line(b"<133>Nov 22 10:00:00 haproxy[12]: Server be/s1 is UP [x]: y\n");
        assert_eq!((line.severity, line.text.as_slice()), ("notice", &b"Server be/s1 is UP [x]: y"[..]));
    }
}
