//! Bytes both ways: TCP mode, and HTTP connections that have become something else.

use super::{
    Session,
    relay::{Moved, Relay, Splice},
    server::ServerConn,
    transport::{Broken, Side, Sink, Source},
};
use crate::{
    deadline::Deadline,
    fault::{Fault, Kind, Phase},
};
use config::{Proxy, keyword::options::Options};
use sample::{Stream, stream::Counts};
use std::{
    future::poll_fn,
    num::NonZeroU32,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

/// The two connections, each as where its bytes come from and where bytes for it go.
#[derive(Debug)]
pub struct Ends<'a, CR, CW, SR, SW> {
    pub client: (&'a mut CR, &'a mut CW),
    pub server: (&'a mut SR, &'a mut SW),
}

/// What the configuration says of the two sides.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    client: Limits,
    server: Limits,
}

/// Milliseconds, in the four bytes that a tunnel can spare for them all its life.
type Millis = NonZeroU32;

fn millis(time: Option<Duration>) -> Option<Millis> {
    NonZeroU32::new(u32::try_from(time?.as_millis()).unwrap_or(u32::MAX).max(1))
}

fn after(from: Instant, time: Millis) -> Option<Instant> {
    from.checked_add(Duration::from_millis(time.get().into()))
}

/// What it says of one side.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// How long it may be silent; `None` = for ever.
    open: Option<Millis>,
    /// The same once it has been told that nothing more will come: `timeout client-fin`, `timeout server-fin`.
    half_closed: Option<Millis>,
    /// `option independent-streams`: what is sent to the side does not count as its activity.
    independent: bool,
    /// How what comes from it is moved.
    splice: Splice,
}

impl Terms {
    /// `timeout tunnel` takes the place of the other two, and `set` that of all.
    pub fn of(fe: &Proxy, be: &Proxy, set: Option<&sample::stream::Timeouts>) -> Terms {
        let set = set.copied().unwrap_or_default();
        let splice = |says: fn(&Options) -> bool| Splice::of(&fe.options, &be.options, says);
        let side = |proxy: &Proxy, open, half_closed, splice| Limits {
            open: millis(set.tunnel.or(be.timeouts.tunnel).or(open)),
            half_closed: millis(half_closed),
            independent: proxy.options.independent_streams,
            splice,
        };
        Terms {
            client: side(fe, set.client.or(fe.timeouts.client), fe.timeouts.client_fin, splice(|o| o.splice_request)),
            server: side(be, set.server.or(be.timeouts.server), be.timeouts.server_fin, splice(|o| o.splice_response)),
        }
    }
}

/// Moves bytes between a client and its server, as the configuration of both lets them.
pub fn between<'a, R: Source, K: Sink>(
    session: &'a mut Session,
    stream: &'a mut Stream,
    client: (&'a mut R, &'a mut K),
    server: &'a mut ServerConn,
) -> impl Future<Output = Result<(), Fault>> + 'a {
    let backend = stream.backend.unwrap_or(session.frontend);
    let terms = Terms::of(session.proxy(), &session.config.proxies[backend], stream.timeouts.as_deref());
    let conn = &mut server.conn;
    let (live, io) = (&session.worker.live, conn.reader.io().clone());
    let ends = Ends { client, server: (&mut conn.reader, &mut conn.writer) };
    run(ends, terms, &mut session.deadline, &mut stream.counts, move || live.was_ended(&io))
}

/// One direction: its bytes, and whether it has ended.
struct Way<'a, S, K> {
    source: &'a mut S,
    sink: &'a mut K,
    moved: Moved<'a>,
    relay: Relay,
    /// When bytes moved last.
    at: Instant,
    /// When the end was passed on.
    ended: Option<Instant>,
}

impl<'a, S: Source, K: Sink> Way<'a, S, K> {
    fn new(source: &'a mut S, sink: &'a mut K, moved: Moved<'a>, splice: Splice, now: Instant) -> Way<'a, S, K> {
        Way { source, sink, moved, relay: Relay::new(splice), at: now, ended: None }
    }

    /// Moves what can be moved. An error says whether the source failed, or the sink.
    fn poll(&mut self, cx: &mut Context<'_>) -> Result<(), Side<()>> {
        if self.ended.is_some() {
            return Ok(());
        }
        let before = *self.moved.bytes;
        let polled = self.relay.poll(self.source, self.sink, cx, &mut self.moved);
        if *self.moved.bytes != before {
            self.at = Instant::now();
        }
        match polled {
            Poll::Pending => Ok(()),
            Poll::Ready(Ok(())) => {
                self.end();
                Ok(())
            }
            Poll::Ready(Err(Side::Source(_))) => Err(Side::Source(())),
            Poll::Ready(Err(Side::Sink(_))) => Err(Side::Sink(())),
        }
    }

    fn end(&mut self) {
        self.ended = Some(Instant::now());
        self.sink.close();
    }

    fn awaits_source(&self) -> bool {
        self.ended.is_none() && matches!(self.relay.waits, Side::Source(()))
    }

    fn awaits_sink(&self) -> bool {
        self.ended.is_none() && matches!(self.relay.waits, Side::Sink(()))
    }
}

/// Until when a side may stay as it is: `from` it bytes come, `to` it they go.
fn expiry<A: Source, B: Sink, C: Source, D: Sink>(
    from: &Way<'_, A, B>,
    to: &Way<'_, C, D>,
    limits: &Limits,
) -> Option<Instant> {
    let mut last = from.at;
    if to.awaits_sink() {
        last = to.at;
    } else if !from.awaits_source() {
        return None;
    } else if !limits.independent {
        last = last.max(to.at);
    }
    match (to.ended, limits.half_closed) {
        (Some(ended), Some(limit)) => after(last.max(ended), limit),
        _ => after(last, limits.open?),
    }
}

/// Moves bytes until both sides have ended, or one has failed. `counts` grows by the bytes moved.
///
/// A side that is silent for too long is taken for one that has ended: the other one may still finish what it is doing,
/// in its own time. A side that takes nothing for too long has failed. `killed` is asked whether an end of the server's side
/// is that of the session.
pub fn run<'a, CR: Source, CW: Sink, SR: Source, SW: Sink>(
    ends: Ends<'a, CR, CW, SR, SW>,
    terms: Terms,
    deadline: &'a mut Deadline,
    counts: &'a mut Counts,
    killed: impl Fn() -> bool + 'a,
) -> impl Future<Output = Result<(), Fault>> + 'a {
    let now = Instant::now();
    let moved = Moved { bytes: &mut counts.bytes_in, spliced: &mut counts.spliced_in };
    let up = Way::new(ends.client.0, ends.server.1, moved, terms.client.splice, now);
    let moved = Moved { bytes: &mut counts.from_server, spliced: &mut counts.spliced_out };
    let down = Way::new(ends.server.0, ends.client.1, moved, terms.server.splice, now);
    let mut tunnel = Tunnel { up, down, terms, late: None };
    // No `async`: it would hold the arguments beside what is made of them, for as long as the tunnel lasts.
    poll_fn(move |cx| {
        let result = ready!(tunnel.poll(cx, deadline, &killed));
        deadline.set_at(None);
        Poll::Ready(result)
    })
}

struct Tunnel<'a, CR, CW, SR, SW> {
    up: Way<'a, CR, SW>,
    down: Way<'a, SR, CW>,
    terms: Terms,
    /// The side that was silent for too long first.
    late: Option<Fault>,
}

impl<CR: Source, CW: Sink, SR: Source, SW: Sink> Tunnel<'_, CR, CW, SR, SW> {
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        deadline: &mut Deadline,
        killed: &impl Fn() -> bool,
    ) -> Poll<Result<(), Fault>> {
        loop {
            let Tunnel { up, down, terms, late } = self;
            up.poll(cx).map_err(|side| blame(side, Kind::ClientAbort, Kind::ServerAbort))?;
            down.poll(cx).map_err(|side| blame(side, Kind::ServerAbort, Kind::ClientAbort))?;
            if down.ended.is_some() && killed() {
                return Poll::Ready(Err(Fault::new(Kind::Killed, Phase::Connect)));
            }
            if up.ended.is_some() && down.ended.is_some() {
                return Poll::Ready(late.map_or(Ok(()), Err));
            }
            let client = expiry(up, down, &terms.client);
            let server = expiry(down, up, &terms.server);
            deadline.set_at(client.into_iter().chain(server).min());
            ready!(deadline.poll(cx));
            let past = |at: Option<Instant>| at.is_some_and(|at| at <= Instant::now());
            if past(client) {
                expired(up, down.awaits_sink(), late, Kind::ClientTimeout)?;
            }
            if past(server) {
                expired(down, up.awaits_sink(), late, Kind::ServerTimeout)?;
            }
        }
    }
}

/// Ends the way from a side whose time is over; one that is `stuck` with what we have for it fails.
fn expired<S: Source, K: Sink>(
    from: &mut Way<'_, S, K>,
    stuck: bool,
    late: &mut Option<Fault>,
    kind: Kind,
) -> Result<(), Fault> {
    let fault = *late.get_or_insert(Fault::new(kind, Phase::Data));
    if stuck {
        return Err(fault);
    }
    from.end();
    Ok(())
}

fn blame(side: Side<()>, source: Kind, sink: Kind) -> Fault {
    let kind = match side {
        Side::Source(()) => source,
        Side::Sink(()) => sink,
    };
    Fault::new(kind, Phase::Data)
}

/// Whose fault it is that the client's bytes do not reach the server.
pub fn blame_up(side: &Side<Broken>) -> Fault {
    let kind = match side {
        Side::Source(_) => Kind::ClientAbort,
        Side::Sink(_) => Kind::ServerAbort,
    };
    Fault::new(kind, Phase::Data)
}
