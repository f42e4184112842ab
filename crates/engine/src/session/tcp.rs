//! TCP mode: content rules on what came first, a server, then bytes both ways.

use super::{
    Session, Upgrade,
    answer::End,
    exchange::{Exchange, Request, Setting},
    h1::{Conn, Reader, Writer},
    relay::{Moved, Relay, Splice},
    transport::{Sink, Source},
    tunnel,
    up::Up,
};
use crate::{
    fault::{Fault, Kind, Phase},
    log,
};
use config::{Proxy, ir::Mode};
use rules::{Flow, Protocol, Rule};
use sample::{Places, stream::Payload};
use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};
use wire::http1::{Framing, Preface};

/// Serves a session in TCP mode. What is answered is to go on in HTTP.
pub async fn serve(mut session: Box<Session>, conn: Conn) -> Option<(Box<Session>, Conn)> {
    let (config, process) = (session.config.clone(), session.worker.process.clone());
    let Conn { mut reader, mut writer } = conn;
    reader.tunnel();
    let mut stream = Box::new(session.stream());
    stream.times.request = Some(session.accepted);
    super::unique_id::give(&session.worker, &config, &mut stream);
    log::connected(&session.worker, &config, &stream);
    let request = Request {
        framing: Framing::Tunnel,
        keep_alive: false,
        upgrade: false,
        expect_continue: false,
        head_method: false,
        connect_method: true,
        multiplexed: false,
    };
    let at = Setting { session: &mut session, config: &config, process: &process, stream: &mut stream };
    let mut exchange = Exchange::new(at, &mut reader, &mut writer, request);
    (exchange.answered, exchange.after_done) = (true, true);
    let ended = exchange.run_tcp().await;
    if let Ok(After::Upgrade(upgrade)) = ended {
        session.upgraded(upgrade, &mut stream);
        reader.await_message();
        return Some((session, Conn { reader, writer }));
    }
    exchange.conclude_tcp(ended.err());
    None
}

/// What follows from the rules on a connection's first bytes.
enum After {
    End,
    Upgrade(Upgrade),
}

impl Exchange<'_, Reader, Writer> {
    /// Every step of a session that goes well.
    async fn run_tcp(&mut self) -> Result<After, End> {
        let fe = self.frontend();
        let delay = fe.rules.req_inspect_delay;
        let inspected = self.inspect(&fe.rules.tcp_request_content, delay, Places::FE_REQ_CONTENT).await;
        match inspected {
            Ok(None) => {}
            Ok(Some(protocol)) => return Ok(After::Upgrade(Upgrade { protocol, backend: None })),
            Err(end) => return Err(self.uninspected(end)),
        }
        if !fe.switching.is_empty() {
            show(&mut self.stream.req_body, self.reader.buffered(), true);
        }
        let backend = self.wanted_backend();
        if let Some(backend) = backend.filter(|b| self.config.proxies.get(*b).is_some_and(|p| p.mode == Mode::Http)) {
            return Ok(After::Upgrade(Upgrade { protocol: Protocol::Any, backend: Some(backend) }));
        }
        self.stream.has_req = false;
        let backend = self.enter(backend)?;
        let be = self.backend();
        if backend != self.session.frontend {
            let delay = be.rules.req_inspect_delay;
            self.inspect(&be.rules.tcp_request_content, delay, Places::BE_REQ_CONTENT).await?;
        }
        if !be.use_server.is_empty() || !be.stick_request.is_empty() {
            show(&mut self.stream.req_body, self.reader.buffered(), true);
        }
        self.client_persistence();
        self.stick_request();
        self.stream.has_req = false;
        self.find_server().await?;
        self.stream.req_body.bytes = Vec::new();
        self.guarded(async |exchange| exchange.tunnel_tcp(backend).await).await?;
        Ok(After::End)
    }

    /// A client that goes away while it is inspected is logged with the backend that it would have had.
    fn uninspected(&mut self, end: End) -> End {
        if matches!(end, End::Fault(_)) {
            let backend = self.wanted_backend();
            let _ = self.enter(backend);
            self.stream.times.request = None;
        }
        end
    }

    /// `tcp-request content` rules, which see what has come so far and may wait for more of it. They may also find that
    /// this is HTTP.
    async fn inspect(
        &mut self,
        rules: &[Arc<Rule>],
        delay: Option<Duration>,
        place: Places,
    ) -> Result<Option<Protocol>, End> {
        let until = delay.map(|d| Instant::now() + d);
        let (mut from, mut switched) = (0, None);
        while from < rules.len() {
            let over = until.is_none_or(|at| Instant::now() >= at) || self.reader.eof || self.reader.is_full();
            self.stream.inspecting = !over;
            show(&mut self.stream.req_body, self.reader.buffered(), over);
            self.look_for_http(over);
            let (flow, next) = rules::run(rules, self.stream, &*self.session.worker, place, from, over);
            from = next;
            match flow {
                Flow::Continue | Flow::Stop | Flow::Strict(_) => break,
                Flow::SwitchMode(protocol) => {
                    switched = Some(protocol);
                    break;
                }
                Flow::Wait if over => from += 1,
                Flow::Wait => self.more_to_inspect(until).await?,
                Flow::Pause(time) => self.pause(time, Phase::Request).await?,
                flow => return Err(self.refused(&flow, place, *b"PR")),
            }
        }
        (self.stream.inspecting, self.stream.req_coming) = (false, false);
        self.stream.req_body.bytes = Vec::new();
        Ok(switched)
    }

    /// Contents that are an HTTP request are shown as one.
    fn look_for_http(&mut self, over: bool) {
        let found = match wire::http1::preface(self.reader.buffered()) {
            Preface::Yes => Some(true),
            Preface::No | Preface::Maybe => self.reader.peek_request(&mut self.stream.req),
        };
        self.stream.has_req = found == Some(true);
        self.stream.req_coming = found.is_none() && !over;
    }

    /// The end that content rules make of a session.
    fn refused(&mut self, flow: &Flow, place: Places, state: [u8; 2]) -> End {
        if state == *b"PR" {
            self.stream.times.request = None;
        }
        self.count_refused(place, state);
        match flow {
            Flow::SilentDrop(hops) => End::Drop(state, *hops),
            _ => End::Reject(state),
        }
    }

    /// Waits for more bytes, or for the end of the inspection delay.
    async fn more_to_inspect(&mut self, until: Option<Instant>) -> Result<(), End> {
        let now = Instant::now();
        let client = self.frontend().timeouts.client.map(|t| self.session.accepted + t);
        self.session.deadline.set_at(until.into_iter().chain(client).min());
        let (deadline, reader) = (&mut self.session.deadline, &mut *self.reader);
        let gone = poll_fn(|cx| match reader.poll_more(cx) {
            Poll::Ready(more) => Poll::Ready(more.is_err()),
            Poll::Pending => deadline.poll(cx).map(|()| false),
        })
        .await;
        let late = client.is_some_and(|at| now < at && Instant::now() >= at) && until.is_none_or(|u| client < Some(u));
        match (gone, late) {
            (true, _) => Err(Fault::new(Kind::ClientAbort, Phase::Request).into()),
            (_, true) => Err(Fault::new(Kind::ClientTimeout, Phase::Request).into()),
            _ => Ok(()),
        }
    }

    async fn tunnel_tcp(&mut self, backend: usize) -> Result<(), End> {
        let (fe, be) = (self.frontend(), self.backend());
        if let Some(server) = &mut self.server {
            server.conn.reader.tunnel();
            server.conn.writer.tunnel();
        }
        log::early(&self.session.worker, self.config, self.stream);
        if backend != self.session.frontend {
            self.inspect_response(be, Places::BE_RES_CONTENT).await?;
        }
        self.inspect_response(fe, Places::FE_RES_CONTENT).await?;
        self.stick_tcp_response(be);
        let Some(server) = &mut self.server else { return Ok(()) };
        let conn = &mut server.conn;
        let (live, io) = (&self.session.worker.live, conn.reader.io().clone());
        let killed = || live.was_ended(&io);
        let ends = tunnel::Ends {
            client: (&mut *self.reader, &mut *self.writer),
            server: (&mut conn.reader, &mut conn.writer),
        };
        let terms = tunnel::Terms::of(fe, be, self.stream.timeouts.as_deref());
        let ended = tunnel::run(ends, terms, &mut self.session.deadline, &mut self.stream.counts, killed).await;
        Ok(ended?)
    }

    /// `tcp-response content` rules, which see what the server has sent so far. Meanwhile what the client sends goes on.
    async fn inspect_response(&mut self, proxy: &Proxy, place: Places) -> Result<(), End> {
        let rules = &proxy.rules.tcp_response_content;
        let until = proxy.rules.res_inspect_delay.map(|d| Instant::now() + d);
        let mut from = 0;
        while from < rules.len() {
            let Some(server) = &self.server else { return Ok(()) };
            let reader = &server.conn.reader;
            let over = until.is_none_or(|at| Instant::now() >= at) || reader.eof() || reader.is_full();
            self.stream.inspecting = !over;
            show(&mut self.stream.res_body, reader.buffered(), over);
            let (flow, next) = rules::run(rules, self.stream, &*self.session.worker, place, from, over);
            from = next;
            match flow {
                Flow::Continue | Flow::Stop | Flow::Strict(_) => break,
                Flow::Wait if over => from += 1,
                Flow::Wait => self.more_of_response(until).await?,
                Flow::Pause(time) => self.pause(time, Phase::Data).await?,
                flow => {
                    self.stream.counts.from_server += self.stream.res_body.bytes.len() as u64;
                    return Err(self.refused(&flow, place, *b"PD"));
                }
            }
        }
        self.stream.inspecting = false;
        self.stream.res_body.bytes = Vec::new();
        Ok(())
    }

    /// `stick store-response` rules, which see what the server has sent so far.
    fn stick_tcp_response(&mut self, be: &Proxy) {
        if let Some(server) = self.server.as_ref().filter(|_| !be.stick_response.is_empty()) {
            show(&mut self.stream.res_body, server.conn.reader.buffered(), true);
        }
        self.stick_response();
        self.stream.res_body.bytes = Vec::new();
    }

    /// Waits for more of what the server sends, or for the end of the inspection delay.
    async fn more_of_response(&mut self, until: Option<Instant>) -> Result<(), End> {
        let Some(server) = &mut self.server else { return Ok(()) };
        let Up { reader: from_server, writer: to_server, .. } = &mut server.conn;
        let (deadline, reader, counts) = (&mut self.session.deadline, &mut *self.reader, &mut self.stream.counts);
        let mut moved = Moved { bytes: &mut counts.bytes_in, spliced: &mut counts.spliced_in };
        deadline.set_at(until);
        let mut relay = Relay::new(Splice::Never);
        let came = poll_fn(|cx| {
            match relay.poll(reader, to_server, cx, &mut moved) {
                Poll::Ready(Ok(())) => to_server.close(),
                Poll::Ready(Err(side)) => return Poll::Ready(Err(tunnel::blame_up(&side))),
                Poll::Pending => {}
            }
            match from_server.poll_more(cx) {
                Poll::Ready(Ok(_)) => Poll::Ready(Ok(())),
                Poll::Ready(Err(_)) => Poll::Ready(Err(Fault::new(Kind::ServerAbort, Phase::Data))),
                Poll::Pending => deadline.poll(cx).map(Ok),
            }
        });
        Ok(came.await?)
    }

    /// Says what came of the session, and frees what it held.
    fn conclude_tcp(&mut self, end: Option<End>) {
        let parting = parting(end.as_ref());
        match end {
            Some(End::Fault(fault)) => {
                self.mark(fault.state());
                // A client that goes before anything flowed is nobody's loss here.
                if fault.kind != Kind::ClientAbort || matches!(fault.phase, Phase::Request | Phase::Data) {
                    self.count_fault(fault);
                }
            }
            Some(End::Reject(state) | End::Answer(_, state)) => self.mark(state),
            Some(End::Drop(state, hops)) => {
                self.mark(state);
                self.reader.io().vanish_on_close(hops);
            }
            Some(End::Vanish | End::Stats(_)) | None => {}
        }
        self.stream.times.closed = Some(Instant::now());
        self.account();
        if let Some(server) = self.leave_server() {
            self.part_with(server.conn, parting);
        }
        self.take_leave();
        log::access(&self.session.worker, self.config, self.stream);
    }

    /// Closes the server's connection, and in peace the client's, too.
    fn part_with(&mut self, mut server: Up, parting: Parting) {
        let over = server.reader.eof() && parting == Parting::BrokenOff;
        if (parting != Parting::InPeace && !over) || self.backend().options.nolinger {
            server.abort();
        } else {
            server.writer.close();
        }
        if parting == Parting::InPeace {
            self.writer.close();
        }
    }

    /// What has come by now is taken, so that the close that follows is not one that loses something: the kernel would
    /// send a reset.
    fn take_leave(&mut self) {
        if self.frontend().options.nolinger {
            self.reader.io().reset_on_close();
        } else if !self.reader.eof && !self.reader.is_full() {
            let _ = self.reader.poll_more(&mut Context::from_waker(Waker::noop()));
        }
    }
}

/// How the server is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parting {
    /// Both sides have ended, or it took them too long.
    InPeace,
    /// Reset, unless its own side has ended.
    BrokenOff,
    /// Reset in any case.
    Killed,
}

fn parting(end: Option<&End>) -> Parting {
    match end {
        None => Parting::InPeace,
        Some(End::Reject([b'P', b'D'])) => Parting::InPeace,
        Some(End::Fault(fault)) if fault.kind == Kind::Killed => Parting::Killed,
        Some(End::Fault(fault)) if !fault.aborts() => Parting::InPeace,
        Some(_) => Parting::BrokenOff,
    }
}

/// Shows the rules what has been received.
fn show(body: &mut Payload, received: &[u8], complete: bool) {
    body.bytes.clear();
    body.bytes.extend_from_slice(received);
    body.complete = complete;
}
