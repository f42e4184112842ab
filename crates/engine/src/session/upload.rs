//! The request's payload on its way to the server.

use super::{
    relay::{Moved, Relay, Splice},
    transport::{Broken, Side, Sink, Source},
};
use std::task::{Context, Poll};

/// How much of the payload is out.
#[derive(Debug)]
pub struct Sent {
    /// Of what was buffered before there was a server.
    pub buffered: usize,
    /// Of all of it.
    pub total: u64,
    pub spliced: u64,
    relay: Relay,
}

impl Sent {
    /// Nothing yet.
    pub fn nothing(splice: Splice) -> Sent {
        Sent { buffered: 0, total: 0, spliced: 0, relay: Relay::new(splice) }
    }
}

/// How far the request's payload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upload {
    Done,
    /// Waiting for the client, or for the server.
    Client,
    Server,
    ClientGone,
    ServerGone,
    Malformed,
}

/// Sends what can be sent now of the request: what was buffered first, then what the client sends.
pub fn upload<R: Source, K: Sink>(
    buffered: &[u8],
    sent: &mut Sent,
    reader: &mut R,
    writer: &mut K,
    cx: &mut Context<'_>,
) -> Upload {
    let before = sent.buffered;
    let waits = send_buffered(buffered, &mut sent.buffered, writer, cx);
    sent.total += (sent.buffered - before) as u64;
    match waits {
        Poll::Ready(Ok(())) => {}
        Poll::Ready(Err(_)) => return Upload::ServerGone,
        Poll::Pending => return Upload::Server,
    }
    let mut moved = Moved { bytes: &mut sent.total, spliced: &mut sent.spliced };
    match sent.relay.poll(reader, writer, cx, &mut moved) {
        Poll::Ready(Ok(())) => Upload::Done,
        Poll::Ready(Err(Side::Source(Broken::Malformed(_)))) => Upload::Malformed,
        Poll::Ready(Err(Side::Source(_))) => Upload::ClientGone,
        Poll::Ready(Err(Side::Sink(_))) => Upload::ServerGone,
        Poll::Pending => match sent.relay.waits {
            Side::Source(()) => Upload::Client,
            Side::Sink(()) => Upload::Server,
        },
    }
}

/// Sends payload that was received before. `sent` counts its bytes that are out.
pub fn send_buffered<K: Sink>(
    buffered: &[u8],
    sent: &mut usize,
    writer: &mut K,
    cx: &mut Context<'_>,
) -> Poll<Result<(), Broken>> {
    while let Some(rest) = buffered.get(*sent..).filter(|r| !r.is_empty()) {
        *sent += std::task::ready!(writer.poll_write(cx, rest, false))?;
    }
    Poll::Ready(Ok(()))
}
