//! Exchanges that end otherwise than with a server's response: our own answers, and closing.

use super::{
    exchange::{After, Exchange},
    transport::{Sink, Source},
};
use crate::fault::{Fault, Kind, Phase};
use message::{Head, Version};
use rules::Reply;
use sample::table::Event;
use std::{future::poll_fn, task::Poll, time::Instant};
use wire::http1::Framing;

/// Why an exchange ends before, or without, a server's response.
#[derive(Debug)]
pub enum End {
    /// We answer ourselves; the two letters are the termination state.
    Answer(Box<Reply>, [u8; 2]),
    Fault(Fault),
    /// Close without an answer, and log: `reject`, with its termination state.
    Reject([u8; 2]),
    /// Close without the client's noticing, and log: `silent-drop`, with its termination state and the reach of a reset.
    Drop([u8; 2], u8),
    /// Close and log nothing: the client will try again.
    Vanish,
    /// The statistics page, of this proxy.
    Stats(usize),
}

impl From<Fault> for End {
    fn from(fault: Fault) -> End {
        End::Fault(fault)
    }
}

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// Carries out the end of an exchange.
    pub async fn finish(&mut self, end: End) -> After {
        match &end {
            End::Fault(fault) => self.drop_server(!self.parts_gently(*fault)),
            _ => self.discard_response(),
        }
        match end {
            End::Vanish => After::Reset,
            End::Drop(state, hops) => {
                self.reject(state);
                After::Vanish(hops)
            }
            End::Reject(state) => {
                self.reject(state);
                After::Close
            }
            End::Stats(proxy) => {
                self.stream.applet = Some("<STATS>");
                let reply = crate::stats::page::reply(self, proxy);
                let refused = reply.head.status() == 401;
                if refused {
                    self.stream.counters.count(Event::Error);
                }
                self.served_by_applet(!refused);
                self.mark(*b"LR");
                self.answer(Box::new(reply)).await
            }
            End::Answer(reply, state) => {
                // A denial is logged with the server that the client belongs to.
                if reply.denied && self.stream.backend.is_some() {
                    self.client_persistence();
                    self.stream.target = self.stream.target.or(self.persist.server);
                }
                self.mark(state);
                self.answer(reply).await
            }
            End::Fault(fault) => self.fail(fault).await,
        }
    }

    /// Whether the server sees its connection closed rather than reset: it has got all, or has said something odd.
    fn parts_gently(&self, fault: Fault) -> bool {
        match fault.kind {
            Kind::ServerProtocol | Kind::ClientTimeout => true,
            // It ended its side: so do we.
            Kind::ServerAbort => self.server.as_ref().is_some_and(|server| server.conn.reader.eof()),
            // Its payload was waited for, and nothing was sent in between.
            Kind::ServerTimeout => fault.phase == Phase::Headers && self.stream.has_res,
            Kind::ClientProtocol => self.request.multiplexed,
            Kind::ClientAbort => self.uploaded && (!self.stream.has_res || self.request.multiplexed),
            _ => false,
        }
    }

    /// A request that gets no answer is logged as one that was never whole.
    fn reject(&mut self, state: [u8; 2]) {
        if state == *b"PR" && !self.stream.has_res {
            self.stream.times.request = None;
        }
        self.mark(state);
    }

    /// What we serve ourselves is logged as if a server had done it; a password that is asked for is no response yet.
    fn served_by_applet(&mut self, responded: bool) {
        let now = Some(Instant::now());
        let times = &mut self.stream.times;
        (times.queued, times.connected) = (now, now);
        times.response = now.filter(|_| responded);
    }

    /// Answers a fault with HAProxy's page for it, if there is still something to answer.
    async fn fail(&mut self, fault: Fault) -> After {
        self.mark(fault.state());
        self.count_fault(fault);
        if self.answered {
            return After::Close;
        }
        // What a client would be told that has gone, or has not said all, is logged and not said.
        let whole = fault.phase == Phase::Headers && self.uploaded;
        let silent = fault.kind == Kind::Killed || (fault.kind == Kind::ClientAbort && !whole);
        if fault.kind == Kind::ClientAbort && fault.phase == Phase::Request && self.stream.backend.is_none() {
            let _ = self.choose_backend();
        }
        if fault.kind == Kind::ClientTimeout && fault.phase == Phase::Request {
            self.stream.times.request = None;
        }
        match fault.status() {
            None => After::Close,
            Some(status) if silent => {
                let reached = !matches!(fault.phase, Phase::Queue | Phase::Connect);
                self.stream.status = if reached { status } else { 0 };
                After::Close
            }
            Some(status) => {
                let mut reply = self.error_reply(status);
                let clients = matches!(fault.kind, Kind::ClientAbort | Kind::ClientProtocol | Kind::ClientTimeout);
                reply.close |= clients && fault.phase != Phase::Request;
                self.answer(Box::new(reply)).await
            }
        }
    }

    /// The page for a status: the backend's `errorfile`, else the frontend's, else HAProxy's own.
    pub fn error_reply(&self, status: u16) -> Reply {
        rules::http_errors::answer(self.stream, &*self.session.worker, status)
    }

    /// Sends an answer of ours and waits until it is out.
    async fn answer(&mut self, mut reply: Box<Reply>) -> After {
        let status = reply.head.status();
        self.stream.status = reply.status.unwrap_or(status);
        self.stream.times.closed = Some(Instant::now());
        if reply.silent {
            return After::Close;
        }
        std::mem::swap(&mut self.stream.res, &mut reply.head);
        self.stream.has_res = true;
        let body_allowed = !self.request.head_method && status != 204 && status != 304;
        let parts = self.process.parts(self.session.worker.random());
        self.keep_alive = self.keep_alive && !reply.close && !parts;
        self.after_response_rules();
        self.client_connection_field();
        self.answered = true;
        self.stream.counts.bytes_out += super::respond::size(&self.stream.res) + reply.body.len() as u64;
        let framing = Framing::Length(reply.body.len() as u64);
        self.writer.head(&self.stream.res, framing);
        let body = if body_allowed { &reply.body[..] } else { &[] };
        match self.send_all(body).await {
            true if self.keep_alive => After::KeepAlive,
            _ => After::Close,
        }
    }

    /// Writes payload and everything queued; false when the client did not take it in time.
    async fn send_all(&mut self, mut data: &[u8]) -> bool {
        let timeout = self.timeouts().client;
        self.session.deadline.set(Instant::now(), timeout);
        let (writer, deadline) = (&mut *self.writer, &mut self.session.deadline);
        poll_fn(|cx| {
            while !data.is_empty() {
                match writer.poll_write(cx, data, false) {
                    Poll::Ready(Ok(n)) => data = data.get(n..).unwrap_or(&[]),
                    Poll::Ready(Err(_)) => return Poll::Ready(false),
                    Poll::Pending => return deadline.poll(cx).map(|()| false),
                }
            }
            writer.end(None);
            match writer.poll_flush(cx) {
                Poll::Ready(result) => Poll::Ready(result.is_ok()),
                Poll::Pending => deadline.poll(cx).map(|()| false),
            }
        })
        .await
    }

    /// Sets who ended the stream, and when, unless that is known already.
    pub fn mark(&mut self, state: [u8; 2]) {
        if self.stream.state[..2] == *b"--" {
            self.stream.state[..2].copy_from_slice(&state);
            self.stream.client.aborted |= state[0] == b'C';
            self.stream.server.aborted |= state[0] == b'S' && state[1] != b'C';
        }
    }

    /// Counts a fault against those who are tracked.
    fn count_tracked(&self, fault: Fault) {
        let event = match (fault.kind, fault.phase) {
            (Kind::ServerAbort | Kind::ServerProtocol | Kind::ServerTimeout, Phase::Headers) => Event::Failure,
            (Kind::ClientProtocol, _) => Event::Error,
            _ => return,
        };
        self.stream.counters.count(event);
    }

    pub fn count_fault(&self, fault: Fault) {
        let front = self.frontend_state().front.counts.mine();
        match fault.kind {
            Kind::Internal => front.eint.one(),
            Kind::ClientProtocol => front.ereq.one(),
            Kind::ClientAbort | Kind::ClientTimeout if fault.phase == Phase::Request => front.ereq.one(),
            _ => {}
        }
        self.count_tracked(fault);
        let Some(counts) = &self.backend_state().back.counts else { return };
        if self.stream.backend.is_none() {
            return;
        }
        let server = self.stream.target.and_then(|s| self.backend_state().servers.get(s)).map(|s| s.counts.mine());
        let both = |pick: fn(&crate::state::server::ServerCounts) -> &crate::state::Count| {
            pick(&counts.mine().common).one();
            if let Some(server) = server {
                pick(server).one();
            }
        };
        match (fault.kind, fault.phase) {
            (Kind::ClientAbort | Kind::ClientTimeout, p) if p >= Phase::Headers => both(|c| &c.cli_abrt),
            (Kind::ServerAbort, Phase::Data | Phase::Last) => {
                both(|c| &c.srv_abrt);
                both(|c| &c.eresp);
            }
            (Kind::ServerTimeout, Phase::Data | Phase::Last) => both(|c| &c.srv_abrt),
            (Kind::ServerProtocol, Phase::Data | Phase::Last) => both(|c| &c.eresp),
            (k, Phase::Headers) if fault.blames_server() && k != Kind::ClientAbort => both(|c| &c.eresp),
            (_, Phase::Connect | Phase::Queue) if fault.blames_server() || fault.kind == Kind::NoServer => {
                both(|c| &c.econ);
            }
            _ => {}
        }
    }
}

/// The head of an interim response.
pub fn interim(status: u16, reason: &[u8]) -> Head {
    Head::response(Version::HTTP_11, status, reason)
}
