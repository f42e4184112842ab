//! The response on its way to the client, and what is counted when it is over.

use super::{
    answer::End,
    exchange::{After, Exchange, poll_left},
    relay::{Moved, Relay},
    transport::{Broken, Gone, Side, Sink, Source},
    tunnel,
    up::{Receiving, Sending},
    upload::{Upload, send_buffered, upload},
};
use crate::{
    fault::{Fault, Kind, Phase},
    log,
};
use config::keyword::options::HttpMode;
use message::{Head, Line, Version};
use sample::table::Event;
use std::{
    future::poll_fn,
    sync::atomic::Ordering::Relaxed,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};
use wire::http1::Framing;

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// Sends the response's head and moves its payload.
    pub async fn relay_response(&mut self) -> Result<After, End> {
        let parsed = self.server.as_ref().and_then(|s| s.response).ok_or(Fault::new(Kind::Internal, Phase::Headers))?;
        self.stream.status = self.stream.res.status();
        self.keep_alive = self.keep_alive && self.client_keeps(parsed.framing);
        if self.frontend().options.logasap {
            self.log_asap();
        }
        if parsed.framing == Framing::Tunnel {
            return Ok(self.open_tunnel());
        }
        // Nothing follows a request for a tunnel that there will not be.
        if let Some(server) = self.server.as_mut().filter(|_| self.request.upgrade || self.request.connect_method)
            && let Sending::H2(writer) = &mut server.conn.writer
        {
            writer.close();
        }
        self.client_connection_field();
        let bare = self.frontend().options.http_drop_response_trailers;
        if let Some(server) = self.server.as_mut().filter(|_| bare) {
            server.conn.reader.drop_trailers();
        }
        // A server that speaks HTTP/2 does not say that its response comes in pieces.
        if parsed.framing == Framing::Chunked && !self.stream.res.has(b"transfer-encoding") {
            self.stream.res.add(b"transfer-encoding", b"chunked");
        }
        self.writer.head(&self.stream.res, self.framing_for_client(parsed.framing));
        self.answered = true;
        self.relay().await?;
        if !self.uploaded && parsed.keep_alive {
            // The client has its answer, though the server went without having listened to the end.
            let by_stream = self.server.as_ref().is_some_and(|s| matches!(s.conn.reader, Receiving::H2(..)));
            let fault = Fault::new(Kind::ServerAbort, if by_stream { Phase::Data } else { Phase::Last });
            self.mark(fault.state());
            self.count_fault(fault);
        }
        if parsed.framing == Framing::Chunked {
            self.count_trailers();
        }
        self.release_server();
        Ok(if self.keep_alive { After::KeepAlive } else { After::Close })
    }

    /// A response that is known to have no payload ends with its head where the protocol can say so.
    fn framing_for_client(&self, framing: Framing) -> Framing {
        let reader = self.server.as_ref().map(|server| &server.conn.reader);
        let over = reader.is_some_and(|reader| reader.ended() && reader.trailers().is_none());
        match framing {
            Framing::Chunked if self.request.multiplexed && over && self.stream.res_body.bytes.is_empty() => {
                Framing::None
            }
            other => other,
        }
    }

    /// `option logasap`: the line counts what has come by now.
    fn log_asap(&mut self) {
        let Some(server) = &mut self.server else { return };
        let _ = server.conn.reader.poll_data(&mut Context::from_waker(Waker::noop()));
        let come = server.conn.reader.data().len() as u64;
        self.stream.counts.from_server += come;
        log::early(&self.session.worker, self.config, self.stream);
        self.stream.counts.from_server -= come;
    }

    /// Whether the client's connection can live on behind a response of this framing.
    fn client_keeps(&self, framing: Framing) -> bool {
        let odd = self.stream.res.version() < Version::HTTP_11 && framing == Framing::Chunked;
        self.frontend().http_mode != HttpMode::Close
            && !self.process.parts(self.session.worker.random())
            && !matches!(framing, Framing::UntilClose | Framing::Tunnel)
            && !odd
    }

    /// Moves the payload of the response, and what is still to come of the request's: an answer may come before the
    /// request is whole, and the rest follows as long as the server listens.
    async fn relay(&mut self) -> Result<(), Fault> {
        let (timeouts, splice) = (self.timeouts(), self.splice_response());
        // Nothing more is read from a client whose connection ends with this response: its end is not seen.
        let abort = self.aborts_on_close() && self.keep_alive;
        let Some(server) = &mut self.server else { return Ok(()) };
        let conn = &mut server.conn;
        let (deadline, stream) = (&mut self.session.deadline, &mut *self.stream);
        let (reader, writer, uploaded) = (&mut *self.reader, &mut *self.writer, &mut self.uploaded);
        let (body, sent) = (&stream.req_body.bytes, &mut self.sent);
        let (out, spliced) = (&mut stream.counts.from_server, &mut stream.counts.spliced_out);
        let (mut first, mut phase) = (Some(&stream.res_body.bytes), Phase::Data);
        let (mut relay, mut listens, mut moved, mut buffered) = (Relay::new(splice), true, None, 0);
        poll_fn(|cx| {
            if !*uploaded && listens {
                match upload(body, sent, reader, &mut conn.writer, cx) {
                    Upload::Done => *uploaded = true,
                    Upload::ServerGone => listens = false,
                    Upload::ClientGone => return Poll::Ready(Err(Fault::new(Kind::ClientAbort, phase))),
                    Upload::Malformed => return Poll::Ready(Err(Fault::new(Kind::ClientProtocol, phase))),
                    Upload::Client | Upload::Server => {}
                }
            }
            if let Some(bytes) = first {
                match send_buffered(bytes, &mut buffered, writer, cx) {
                    Poll::Ready(Ok(())) => first = None,
                    Poll::Ready(Err(_)) => return Poll::Ready(Err(Fault::new(Kind::ClientAbort, phase))),
                    Poll::Pending => relay.waits = Side::Sink(()),
                }
            }
            if phase == Phase::Data && first.is_none() {
                match relay.poll(&mut conn.reader, writer, cx, &mut Moved { bytes: out, spliced }) {
                    Poll::Ready(Ok(())) => phase = Phase::Last,
                    Poll::Ready(Err(side)) => return Poll::Ready(Err(blame(side))),
                    Poll::Pending => {}
                }
            }
            if phase == Phase::Last && (*uploaded || !listens || conn.reader.poll_gone(cx).is_ready()) {
                return Poll::Ready(Ok(()));
            }
            if *uploaded
                && matches!(relay.waits, Side::Source(()))
                && let Poll::Ready(gone) = poll_left(reader, deadline, cx)
                && (abort || gone == Gone::Reset)
            {
                return Poll::Ready(Err(Fault::new(Kind::ClientAbort, phase)));
            }
            let (timeout, late) = match (phase, &relay.waits) {
                (Phase::Data, Side::Source(())) => (timeouts.server, Kind::ServerTimeout),
                _ => (timeouts.client, Kind::ClientTimeout),
            };
            if moved.replace((*out, sent.total)) != Some((*out, sent.total)) {
                deadline.set(Instant::now(), timeout);
            }
            deadline.poll(cx).map(|()| Err(Fault::new(late, phase)))
        })
        .await
    }

    /// The end of a chunked payload and its trailers count as well.
    fn count_trailers(&mut self) {
        let Some(reader) = self.server.as_ref().map(|s| &s.conn.reader) else { return };
        let trailers = reader.received_trailers();
        // The end is a frame of its own only where there is something to say.
        if trailers.is_none() && matches!(reader, Receiving::H2(..)) {
            return;
        }
        let fields = trailers.into_iter().flat_map(|t| t.fields()).map(|f| f.name.len() + f.value.len());
        self.stream.counts.from_server += fields.sum::<usize>() as u64 + 1;
    }

    /// Both sides agreed to speak something else: the response's head is queued, and all that follows is no longer HTTP.
    fn open_tunnel(&mut self) -> After {
        self.accept_key();
        self.writer.head(&self.stream.res, Framing::Tunnel);
        self.answered = true;
        self.keep_alive = false;
        self.stream.req.forget_fields();
        self.stream.res.forget_fields();
        self.reader.tunnel();
        self.writer.tunnel();
        if let Some(server) = &mut self.server {
            server.conn.reader.tunnel();
            server.conn.writer.tunnel();
        }
        After::Tunnel
    }

    /// A client of HTTP/1 expects an answer to its key, of which a server that speaks HTTP/2 knows nothing.
    fn accept_key(&mut self) {
        let of_h2 = self.server.as_ref().is_some_and(|server| matches!(server.conn.reader, Receiving::H2(..)));
        let (req, res) = (&self.stream.req, &mut self.stream.res);
        if of_h2
            && self.request.upgrade
            && !self.request.multiplexed
            && let Some(key) = req.field(b"sec-websocket-key")
        {
            // What follows a 101 has no length.
            res.remove(b"content-length");
            res.add_verbatim(b"Sec-Websocket-Accept", &super::websocket::accept(key));
        }
    }

    /// Moves bytes both ways until both sides have ended, then logs the exchange that it began with.
    pub async fn tunnel(&mut self) -> After {
        let ended = self.guarded(async |exchange| exchange.relay_tunnel().await).await;
        self.conclude(ended).await
    }

    async fn relay_tunnel(&mut self) -> Result<After, End> {
        let Some(server) = &mut self.server else { return Ok(After::Close) };
        let client = (&mut *self.reader, &mut *self.writer);
        let ended = tunnel::between(self.session, self.stream, client, server).await;
        if !ended.is_err_and(Fault::aborts) {
            self.server = None;
        }
        ended?;
        Ok(After::Close)
    }

    /// Counts what a server's answer says of client and server, where they are tracked.
    pub fn count_status(&self) {
        let event = Event::of_status(self.stream.server_status);
        event.into_iter().for_each(|event| self.stream.counters.count(event));
    }

    /// Counts the exchange in the statistics once it is over.
    pub fn account(&mut self) {
        let front = self.frontend_state().front.counts.mine();
        self.stream.counts.bytes_in += self.sent.total;
        self.stream.counts.spliced_in += self.sent.spliced;
        let counts = &self.stream.counts;
        self.stream.counters.count_all(&[(Event::BytesIn, counts.bytes_in), (Event::BytesOut, counts.from_server)]);
        front.bout.add(counts.bytes_out + counts.from_server);
        front.bin.add(counts.bytes_in);
        front.reqbout.add(counts.to_server);
        front.resbin.add(counts.from_server);
        front.spliced_in.add(counts.spliced_in);
        front.spliced_out.add(counts.spliced_out);
        self.process.counts.mine().spliced.add(counts.spliced_in + counts.spliced_out);
        if let Some(listener) = self.frontend_state().front.listeners.get(self.session.bind) {
            let listener = listener.counts.mine();
            listener.bout.add(counts.bytes_out + counts.from_server);
            listener.bin.add(counts.bytes_in);
        }
        if self.answered {
            front.responses[class(self.stream.status)].one();
        }
        let Some(backend) = self.stream.backend else { return };
        let state = &self.process.proxies[backend];
        state.back.sessions.down();
        let server = self.stream.target.and_then(|s| state.servers.get(s));
        let sets = state.back.counts.as_ref().map(|c| &c.mine().common).into_iter();
        for set in sets.chain(server.map(|s| s.counts.mine())) {
            set.bout.add(counts.bytes_out + counts.from_server);
            set.bin.add(counts.bytes_in);
            set.reqbout.add(counts.to_server);
            set.resbin.add(counts.from_server);
            set.spliced_in.add(counts.spliced_out);
            set.spliced_out.add(counts.spliced_in);
        }
        if self.answered {
            let said = class(self.stream.status);
            state.back.counts.iter().for_each(|c| c.mine().common.responses[said].one());
        }
        // A server is counted by what it said itself.
        if let Some(server) = server.filter(|_| self.stream.server_status != 0) {
            server.counts.mine().responses[class(self.stream.server_status)].one();
        }
        self.account_times(state, server);
    }

    fn account_times(&self, state: &crate::state::ProxyState, server: Option<&crate::state::ServerState>) {
        let times = &self.stream.times;
        let since = |from: Option<Instant>, to: Option<Instant>| match (from, to) {
            (Some(from), Some(to)) => to.saturating_duration_since(from),
            _ => Duration::ZERO,
        };
        let ms = |d: Duration| d.as_millis() as u64;
        let queue = ms(since(times.request, times.queued));
        let connect = ms(since(times.queued, times.connected));
        let response = ms(since(times.connected, times.response));
        let total = ms(since(times.request, times.closed));
        let back = &state.back.times;
        back.queue.add(queue);
        back.connect.add(connect);
        back.response.add(response);
        back.total.add(total);
        if let Some(server) = server {
            server.times.queue.add(queue);
            server.times.connect.add(connect);
            server.times.response.add(response);
            server.times.total.add(total);
            server.last_session.store(self.session.worker.ms() / 1000 + 1, Relaxed);
        }
    }
}

/// Whose fault the end of a response's payload was.
fn blame(side: Side<Broken>) -> Fault {
    match side {
        Side::Source(Broken::Malformed(_)) => Fault::new(Kind::ServerProtocol, Phase::Data),
        Side::Source(_) => Fault::new(Kind::ServerAbort, Phase::Data),
        Side::Sink(_) => Fault::new(Kind::ClientAbort, Phase::Data),
    }
}

/// Index of a status in the counters of responses.
pub fn class(status: u16) -> usize {
    match status {
        100..=599 => usize::from(status / 100) - 1,
        _ => 5,
    }
}

/// What a head weighs in HAProxy's byte counts: its internal representation, not the bytes on the wire.
pub fn size(head: &Head) -> u64 {
    const LINE: usize = 20;
    const VERSION: usize = 8;
    let line = match head.line() {
        Line::Request { method, target } => method.len() + target.len(),
        Line::Response { reason, .. } => reason.len() + 3,
    };
    let fields: usize = head.fields().iter().map(|f| f.name.len() + f.value.len()).sum();
    (LINE + VERSION + line + fields + 1) as u64
}
