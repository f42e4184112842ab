//! What a run of the load generator does: all bounds are here.

use super::response::Expect;
use std::{net::SocketAddr, time::Duration};

/// A bounded load on one address.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) address: SocketAddr,
    /// Connections open at the same time; for `Style::Hold` the exchanges under way at the same time.
    pub(crate) connections: usize,
    /// Requests in all.
    pub(crate) requests: u64,
    /// Connection number `n` sends request `n` modulo their count.
    pub(crate) asks: Vec<Ask>,
    pub(crate) style: Style,
    /// A run that takes longer fails.
    pub(crate) limit: Duration,
}

/// A request, and what its response has to be.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) request: Vec<u8>,
    pub(crate) expect: Expect,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Style {
    /// One request a connection, and the proxy closes it.
    Close,
    /// So many calls of HTTP/2 at once on each connection, of so many messages each, which are what is counted.
    Calls(usize, usize),
    /// Upgrade each connection, pass one frame to and fro, then leave it open and idle.
    Hold,
    /// One request a connection, which is then left open and idle.
    Keep,
    KeepAlive,
    /// Keep-alive at a rate below what the proxies can do, whatever they answer in time.
    Paced,
    /// So many requests of HTTP/2 at once on each connection.
    Streams(usize),
}

impl Style {
    /// Whether connections are used again by a later run.
    pub(crate) fn goes_on(self) -> bool {
        matches!(self, Style::KeepAlive | Style::Paced | Style::Streams(_) | Style::Calls(..))
    }
}

impl Ask {
    /// A GET with these further header lines, each with its CRLF, answered by 200 and `body`.
    pub(crate) fn get(path: &str, headers: &str, body: &[u8]) -> Self {
        // Comparing a large body would cost the load generator more than sending it.
        let compared = (body.len() <= 4096).then(|| body.to_vec());
        let expect = Expect { status: 200, length: body.len() as u64, body: compared };
        Self { request: head(path, headers), expect }
    }

    /// A websocket handshake, answered by 101.
    pub(crate) fn upgrade(path: &str) -> Self {
        let headers = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        Self { request: head(path, headers), expect: Expect { status: 101, length: 0, body: None } }
    }
}

fn head(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench.local\r\nUser-Agent: evenkeel-benches\r\nAccept: */*\r\n{headers}\r\n")
        .into_bytes()
}
