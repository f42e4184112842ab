//! Running the rulesets of a stream, with their waits.

use super::{
    answer::End,
    exchange::Exchange,
    transport::{Broken, Sink, Source},
};
use crate::fault::{Fault, Kind, Phase};
use config::{Proxy, keyword::options::NamePolicy};
use message::{Head, Version};
use rules::{Flow, Reply, Rule};
use sample::{Places, stream::Payload, table::Event};
use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use wire::http1::Framing;

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// `http-request` rules of one proxy (manual, section 4.2).
    pub async fn request_rules(&mut self, rules: &[Arc<Rule>], place: Places) -> Result<(), End> {
        self.run_rules(rules, place, Phase::Request, *b"PR").await
    }

    /// `option http-restrict-req-hdr-names`: fields with odd names are dropped, or deny the request.
    pub fn restrict_names(&mut self, proxy: &Proxy) -> Result<(), End> {
        let odd = |name: &[u8]| !name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
        match proxy.options.restrict_names {
            NamePolicy::Preserve => Ok(()),
            NamePolicy::Delete => {
                let req = &mut self.stream.req;
                let first = |req: &Head| req.iter().position(|(name, _)| odd(name));
                while let Some(at) = first(req) {
                    req.remove_at(at);
                }
                Ok(())
            }
            NamePolicy::Reject if self.stream.req.iter().any(|(name, _)| odd(name)) => {
                self.count_denied(*b"PR");
                self.stream.counters.count(Event::Error);
                Err(End::Answer(Box::new(self.error_reply(403)), *b"PR"))
            }
            NamePolicy::Reject => Ok(()),
        }
    }

    /// `tcp-response content` rules of the backend, where the response is HTTP. One that is rejected never was.
    pub async fn response_content_rules(&mut self, be: &Proxy) -> Result<(), End> {
        let rules = &be.rules.tcp_response_content;
        let judged = self.run_rules(rules, Places::BE_RES_CONTENT, Phase::Headers, *b"PD").await;
        if judged.is_err() {
            (self.stream.status, self.stream.times.response, self.stream.has_res) = (0, None, false);
            self.stream.counts.from_server = 0;
            self.drop_server(false);
        }
        judged
    }

    /// `http-response` rules of one proxy.
    pub async fn response_rules(&mut self, rules: &[Arc<Rule>], place: Places) -> Result<(), End> {
        self.run_rules(rules, place, Phase::Headers, *b"PH").await
    }

    /// `http-after-response` rules of backend and frontend, once a response of any origin is about to go.
    pub fn after_response_rules(&mut self) {
        if std::mem::replace(&mut self.after_done, true) {
            return;
        }
        let config = self.config;
        let backend = self.stream.backend.filter(|b| *b != self.session.frontend);
        let both = [(backend, Places::BE_HTTP_RES), (Some(self.session.frontend), Places::FE_HTTP_RES)];
        for (proxy, place) in both {
            let Some(proxy) = proxy.and_then(|p| config.proxies.get(p)) else { continue };
            let rules = &proxy.rules.http_after_response;
            if !rules.is_empty() {
                let _ = rules::run(rules, self.stream, &*self.session.worker, place, 0, true);
            }
        }
    }

    async fn run_rules(&mut self, rules: &[Arc<Rule>], place: Places, phase: Phase, state: [u8; 2]) -> Result<(), End> {
        let mut from = 0;
        while from < rules.len() {
            let (flow, next) = rules::run(rules, self.stream, &*self.session.worker, place, from, true);
            from = next;
            match flow {
                Flow::Continue | Flow::Stop | Flow::Strict(_) | Flow::SwitchMode(_) => {
                    return Ok(());
                }
                // Everything that may be waited for is there: a rule that still waits is taken as not matching.
                Flow::Wait => from += 1,
                Flow::Answer(reply) => return Err(self.replied(reply, state)),
                Flow::Tarpit(reply) => return Err(Box::pin(self.tarpit(reply)).await),
                Flow::Reject | Flow::Close => {
                    self.count_refused(place, state);
                    return Err(End::Reject(state));
                }
                Flow::SilentDrop(hops) => {
                    self.count_refused(place, state);
                    return Err(End::Drop(*b"PR", hops));
                }
                Flow::Hint(_) | Flow::ExpectNetscaler | Flow::ExpectProxy => {}
                Flow::Hints(head) => self.send_hints(&head).await?,
                Flow::Pause(time) => Box::pin(self.pause(time, phase)).await?,
                Flow::WaitForBody { within, at_least } => Box::pin(self.wait_for_body(within, at_least, phase)).await?,
                Flow::Failed => return Err(self.failed(state)),
                Flow::Service(_) => return Err(Fault::new(Kind::Internal, phase).into()),
            }
        }
        Ok(())
    }

    /// An interim response, for clients that know of such.
    async fn send_hints(&mut self, head: &Head) -> Result<(), End> {
        if self.stream.req.version() < Version::HTTP_11 {
            return Ok(());
        }
        self.stream.counts.bytes_out += super::respond::size(head);
        self.writer.head(head, Framing::None);
        let writer = &mut *self.writer;
        let sent = poll_fn(|cx| writer.poll_flush(cx)).await;
        sent.map_err(|_| Fault::new(Kind::ClientAbort, Phase::Request).into())
    }

    /// A denial keeps the phase's state; an answer that is no denial ends the exchange as a local one.
    fn replied(&mut self, reply: Box<Reply>, state: [u8; 2]) -> End {
        if reply.denied {
            self.count_denied(state);
            if state == *b"PR" {
                self.stream.counters.count(Event::Error);
            }
            return End::Answer(reply, state);
        }
        if reply.unauthorized {
            self.stream.counters.count(Event::Error);
        }
        self.frontend_state().front.counts.mine().intercepted.one();
        End::Answer(reply, [b'L', state[1]])
    }

    /// A rule that could not be carried out is the proxy's fault, and logged as its denial.
    fn failed(&mut self, state: [u8; 2]) -> End {
        if state == *b"PR" {
            self.stream.times.request = None;
        }
        self.frontend_state().front.counts.mine().eint.one();
        End::Answer(Box::new(self.error_reply(500)), state)
    }

    /// `tarpit`: the answer comes after `timeout tarpit`, or `timeout connect` where that is not set.
    async fn tarpit(&mut self, reply: Box<Reply>) -> End {
        let time = self.timeouts().tarpit.unwrap_or(Duration::ZERO);
        self.count_denied(*b"PT");
        self.stream.counters.count(Event::Error);
        self.stream.times.request = None;
        let paused = self.pause(time, Phase::Request).await;
        self.stream.times.queued = Some(Instant::now());
        match paused {
            Ok(()) => End::Answer(reply, *b"PT"),
            Err(_) => {
                self.stream.status = reply.head.status();
                End::Reject(*b"PT")
            }
        }
    }

    /// What content rules refuse counts for the frontend, whosever rules they are.
    pub fn count_refused(&self, place: Places, state: [u8; 2]) {
        match place {
            Places::FE_REQ_CONTENT | Places::BE_REQ_CONTENT => self.frontend_state().front.counts.mine().dreq.one(),
            _ => self.count_denied(state),
        }
    }

    /// Counts a denied request or response where the denying proxy's statistics show it.
    pub fn count_denied(&self, state: [u8; 2]) {
        let front = self.frontend_state().front.counts.mine();
        let back = self.stream.backend.and_then(|_| self.backend_state().back.counts.as_ref());
        if matches!(state[1], b'H' | b'D') {
            front.dresp.one();
            if let Some(back) = back {
                back.mine().common.dresp.one();
            }
            if let Some(server) = self.stream.target.and_then(|server| self.server_state(server)) {
                server.counts.mine().dresp.one();
            }
        } else {
            match back {
                Some(back) => back.mine().dreq.one(),
                None => front.dreq.one(),
            }
        }
    }

    /// Receives payload into the stream, until there is enough of it or the buffer is full: the request's, or in the
    /// phase of the response the response's.
    pub async fn wait_for_body(&mut self, within: Duration, at_least: u64, phase: Phase) -> Result<(), End> {
        let tune = &self.config.global.tune;
        let wanted = Wanted { at_least, room: tune.bufsize.saturating_sub(tune.maxrewrite) };
        if phase != Phase::Request {
            return self.wait_for_response_body(within, wanted).await;
        }
        if self.reader.ended() {
            return Ok(());
        }
        self.answer_expectation().await?;
        self.session.deadline.set(Instant::now(), Some(within));
        let (deadline, reader, body) = (&mut self.session.deadline, &mut *self.reader, &mut self.stream.req_body);
        let result = poll_fn(|cx| match poll_buffer(reader, body, wanted, cx) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
            Poll::Ready(Err(Broken::Malformed(_))) => Poll::Ready(Err(Kind::ClientProtocol)),
            Poll::Ready(Err(_)) => Poll::Ready(Err(Kind::ClientAbort)),
            Poll::Pending => deadline.poll(cx).map(|()| Err(Kind::ClientTimeout)),
        });
        result.await.map_err(|kind| Fault::new(kind, Phase::Request).into())
    }

    async fn wait_for_response_body(&mut self, within: Duration, wanted: Wanted) -> Result<(), End> {
        let Some(server) = &mut self.server else { return Ok(()) };
        self.session.deadline.set(Instant::now(), Some(within));
        let (deadline, body) = (&mut self.session.deadline, &mut self.stream.res_body);
        let reader = &mut server.conn.reader;
        let before = body.bytes.len();
        let result = poll_fn(|cx| match poll_buffer(reader, body, wanted, cx) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
            Poll::Ready(Err(Broken::Malformed(_))) => Poll::Ready(Err(Kind::ServerProtocol)),
            Poll::Ready(Err(_)) => Poll::Ready(Err(Kind::ServerAbort)),
            Poll::Pending => deadline.poll(cx).map(|()| Err(Kind::ServerTimeout)),
        });
        let result = result.await;
        self.stream.counts.from_server += (self.stream.res_body.bytes.len() - before) as u64;
        result.map_err(|kind| Fault::new(kind, Phase::Headers).into())
    }

    /// Tells a client that waits for it to go on: we want the payload ourselves.
    async fn answer_expectation(&mut self) -> Result<(), End> {
        if !std::mem::replace(&mut self.request.expect_continue, false) {
            return Ok(());
        }
        self.writer.head(&super::answer::interim(100, b"Continue"), wire::http1::Framing::None);
        let writer = &mut *self.writer;
        let sent = poll_fn(|cx| writer.poll_flush(cx)).await;
        self.stream.req.remove(b"expect");
        sent.map_err(|_| Fault::new(Kind::ClientAbort, Phase::Request).into())
    }
}

/// How much payload is waited for.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    /// Enough, in bytes; 0 = all of it.
    at_least: u64,
    /// No more than this fits.
    room: usize,
}

/// Moves payload into the stream. Ready once there is enough.
fn poll_buffer<S: Source>(
    source: &mut S,
    body: &mut Payload,
    wanted: Wanted,
    cx: &mut Context<'_>,
) -> Poll<Result<(), Broken>> {
    loop {
        let enough = wanted.at_least > 0 && body.bytes.len() as u64 >= wanted.at_least;
        if enough || body.bytes.len() >= wanted.room {
            return Poll::Ready(Ok(()));
        }
        if source.ended() {
            body.complete = true;
            return Poll::Ready(Ok(()));
        }
        std::task::ready!(source.poll_data(cx))?;
        body.bytes.extend_from_slice(source.data());
        source.consume(source.data().len());
    }
}
