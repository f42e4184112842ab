//! Bytes both ways: TCP mode, and HTTP connections that have become something else.

use super::transport::{Side, Sink, Source, poll_relay};
use crate::{
    deadline::Deadline,
    fault::{Fault, Kind, Phase},
};
use sample::stream::Counts;
use std::{
    future::poll_fn,
    task::{Context, Poll},
    time::{Duration, Instant},
};

/// The two connections, each as where its bytes come from and where bytes for it go.
#[derive(Debug)]
pub struct Ends<'a, CR, CW, SR, SW> {
    pub client: (&'a mut CR, &'a mut CW),
    pub server: (&'a mut SR, &'a mut SW),
}

/// How long either side may be silent; `None` = for ever.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    pub client: Option<Duration>,
    pub server: Option<Duration>,
    /// The same once the other side has ended: `timeout client-fin`, `timeout server-fin`.
    pub client_fin: Option<Duration>,
    pub server_fin: Option<Duration>,
}

/// One direction: its bytes, and whether it has ended.
struct Way<'a, S, K> {
    source: &'a mut S,
    sink: &'a mut K,
    moved: u64,
    ended: bool,
}

impl<S: Source, K: Sink> Way<'_, S, K> {
    /// Moves what can be moved. An error says whether the source failed, or the sink.
    fn poll(&mut self, cx: &mut Context<'_>) -> Result<(), Side<()>> {
        if self.ended {
            return Ok(());
        }
        let mut waits = Side::Source(());
        match poll_relay(self.source, self.sink, cx, &mut self.moved, &mut waits) {
            Poll::Pending => Ok(()),
            Poll::Ready(Ok(())) => {
                self.ended = true;
                self.sink.close();
                Ok(())
            }
            Poll::Ready(Err(Side::Source(_))) => Err(Side::Source(())),
            Poll::Ready(Err(Side::Sink(_))) => Err(Side::Sink(())),
        }
    }
}

/// Moves bytes until both sides have ended, one has failed, or both have been silent for too long.
/// `counts` grows by the bytes moved.
pub async fn run<CR: Source, CW: Sink, SR: Source, SW: Sink>(
    ends: Ends<'_, CR, CW, SR, SW>,
    timeouts: Timeouts,
    deadline: &mut Deadline,
    counts: &mut Counts,
) -> Result<(), Fault> {
    let mut up = Way { source: ends.client.0, sink: ends.server.1, moved: 0, ended: false };
    let mut down = Way { source: ends.server.0, sink: ends.client.1, moved: 0, ended: false };
    let mut seen = None;
    let result = poll_fn(|cx| {
        if let Err(side) = up.poll(cx) {
            return Poll::Ready(Err(blame(side, Kind::ClientAbort, Kind::ServerAbort)));
        }
        if let Err(side) = down.poll(cx) {
            return Poll::Ready(Err(blame(side, Kind::ServerAbort, Kind::ClientAbort)));
        }
        if up.ended && down.ended {
            return Poll::Ready(Ok(()));
        }
        let now = (up.moved, down.moved, up.ended, down.ended);
        let (limit, late) = limit(&timeouts, up.ended, down.ended);
        if seen != Some(now) {
            seen = Some(now);
            deadline.set(Instant::now(), limit);
        }
        deadline.poll(cx).map(|()| Err(Fault::new(late, Phase::Data)))
    })
    .await;
    counts.bytes_in += up.moved;
    counts.from_server += down.moved;
    deadline.set_at(None);
    result
}

/// How long the silence may last now, and whose fault it is then. While both sides are open, one of them has to be
/// silent for both times.
fn limit(timeouts: &Timeouts, up_ended: bool, down_ended: bool) -> (Option<Duration>, Kind) {
    match (up_ended, down_ended) {
        (true, _) => (timeouts.server_fin.or(timeouts.server), Kind::ServerTimeout),
        (_, true) => (timeouts.client_fin.or(timeouts.client), Kind::ClientTimeout),
        _ => (timeouts.client.zip(timeouts.server).map(|(c, s)| c.max(s)), Kind::ClientTimeout),
    }
}

fn blame(side: Side<()>, source: Kind, sink: Kind) -> Fault {
    let kind = match side {
        Side::Source(()) => source,
        Side::Sink(()) => sink,
    };
    Fault::new(kind, Phase::Data)
}
