//! The client side of a scene: several connections, one list of steps.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use super::origin::drip;
use super::peer::{End, Peer, Seen, ms, pause};
use super::proxy::Proxy;
use super::step::{Kind, Step};

/// Connections by number, each with the time it was opened.
#[derive(Debug)]
pub(crate) struct Client {
    port: u16,
    conns: BTreeMap<usize, (Peer, Instant)>,
    refused: Vec<usize>,
}

impl Client {
    /// `port`: the frontend's.
    pub(crate) fn new(port: u16) -> Self {
        Self { port, conns: BTreeMap::new(), refused: Vec::new() }
    }

    /// Does the steps in order.
    pub(crate) fn play(&mut self, steps: &[Step], proxy: &Proxy) {
        for step in steps {
            match &step.kind {
                Kind::Wait(n) => pause(ms(*n)),
                Kind::Cli(command) => drop(proxy.cli(command)),
                kind => {
                    if let Some(peer) = self.peer(step.conn) {
                        play(peer, kind);
                    }
                }
            }
        }
    }

    /// The connection of that number, opened at its first use; `None` when it is refused.
    pub(crate) fn peer(&mut self, conn: usize) -> Option<&mut Peer> {
        if !self.conns.contains_key(&conn) {
            let opened = Instant::now();
            let Ok(stream) = TcpStream::connect(("127.0.0.1", self.port)) else {
                self.refused.push(conn);
                return None;
            };
            self.conns.insert(conn, (Peer::new(stream, Arc::default()), opened));
        }
        self.conns.get_mut(&conn).map(|(peer, _)| peer)
    }

    /// Reads each open connection until 250 ms of silence, then closes it; gives what each saw.
    pub(crate) fn finish(&mut self) -> BTreeMap<usize, Heard> {
        let refused = |conn: &usize| (*conn, Heard { seen: Seen::default(), opened: Instant::now(), port: 0 });
        let mut heard: BTreeMap<usize, Heard> = self.refused.iter().map(refused).collect();
        for (conn, (peer, opened)) in &mut self.conns {
            let port = peer.port;
            if peer.is_open() {
                peer.read_quiet(ms(250));
            }
            heard.insert(*conn, Heard { seen: peer.seen(), opened: *opened, port });
        }
        for (peer, _) in self.conns.values_mut() {
            peer.close();
        }
        heard
    }
}

/// What one client connection saw until its end.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) seen: Seen,
    pub(crate) opened: Instant,
    /// 0 when the connection was refused.
    pub(crate) port: u16,
}

impl Heard {
    /// The word that `connection_after` uses.
    pub(crate) fn after(&self) -> &'static str {
        match self.seen.end {
            None if self.port == 0 => "refused",
            None => "open",
            Some(End::Closed) => "closed",
            Some(End::Reset) => "reset",
            Some(End::OwnClose) => "client-close",
            Some(End::OwnReset) => "client-reset",
        }
    }

    /// Milliseconds from the opening to the end that the proxy made.
    pub(crate) fn closed_after(&self) -> Option<i64> {
        let by_proxy = matches!(self.seen.end, Some(End::Closed | End::Reset));
        let at = self.seen.ended_at.filter(|_| by_proxy)?;
        i64::try_from(at.duration_since(self.opened).as_millis()).ok()
    }
}

fn play(peer: &mut Peer, kind: &Kind) {
    match kind {
        Kind::Send(data) => peer.send(data),
        Kind::Drip { data, each, gap } => drip(peer, data, *each, *gap),
        Kind::ReadUntil(text, limit) => drop(peer.read_until(text, ms(*limit))),
        Kind::ReadQuiet(n) => peer.read_quiet(ms(*n)),
        Kind::ReadClose(n) | Kind::ReadEof(n) => drop(peer.read_close(ms(*n))),
        Kind::HalfClose => peer.half_close(),
        Kind::Close => peer.close(),
        Kind::Reset => peer.reset(),
        _ => {}
    }
}
