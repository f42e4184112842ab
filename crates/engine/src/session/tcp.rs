//! TCP mode: content rules on what came first, a server, then bytes both ways.

use super::{
    Session,
    answer::End,
    exchange::{Exchange, Request},
    h1::{Conn, Reader, Writer},
    transport::{Sink, Source},
    tunnel,
};
use crate::{
    fault::{Fault, Kind, Phase},
    log,
};
use config::Proxy;
use rules::{Flow, Rule};
use sample::Places;
use std::{
    future::poll_fn,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};
use wire::http1::Framing;

/// Serves a session in TCP mode.
pub async fn serve(mut session: Box<Session>, conn: Conn) {
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
    let mut exchange = Exchange {
        session: &mut session,
        config: &config,
        process: &process,
        stream: &mut stream,
        reader: &mut reader,
        writer: &mut writer,
        request,
        server: None,
        idle: None,
        retry: super::retry::Retry::default(),
        uploaded: false,
        sent: super::upload::Sent::default(),
        answered: true,
        keep_alive: false,
        persist: super::persist::Persist::default(),
        after_done: true,
    };
    let ended = exchange.run_tcp().await;
    if let Err(end) = ended {
        exchange.end_tcp(end);
    }
    exchange.stream.times.closed = Some(Instant::now());
    exchange.account();
    if let Some(server) = exchange.server.take().filter(|_| exchange.stream.state[0] != b'-') {
        server.conn.io().reset_on_close();
    }
    log::access(&exchange.session.worker, &config, exchange.stream);
}

impl Exchange<'_, Reader, Writer> {
    /// Every step of a session that goes well.
    async fn run_tcp(&mut self) -> Result<(), End> {
        let fe = self.frontend();
        self.inspect(&fe.rules.tcp_request_content, fe.rules.req_inspect_delay, Places::FE_REQ_CONTENT).await?;
        let backend = self.choose_tcp_backend()?;
        let be = self.backend();
        if backend != self.session.frontend {
            self.inspect(&be.rules.tcp_request_content, be.rules.req_inspect_delay, Places::BE_REQ_CONTENT).await?;
        }
        self.client_persistence();
        self.find_server().await?;
        self.guarded(async |exchange| exchange.tunnel_tcp(be).await).await
    }

    /// `tcp-request content` rules, which see what has come so far and may wait for more of it.
    async fn inspect(&mut self, rules: &[Arc<Rule>], delay: Option<Duration>, place: Places) -> Result<(), End> {
        let until = delay.map(|d| Instant::now() + d);
        let mut from = 0;
        while from < rules.len() {
            let over = until.is_none_or(|at| Instant::now() >= at) || self.reader.eof || self.reader.is_full();
            self.stream.inspecting = !over;
            self.stream.req_body.bytes.clear();
            self.stream.req_body.bytes.extend_from_slice(self.reader.buffered());
            self.stream.req_body.complete = over;
            let (flow, next) = rules::run(rules, self.stream, &*self.session.worker, place, from, over);
            from = next;
            match flow {
                Flow::Continue | Flow::Stop | Flow::Strict(_) => break,
                Flow::Wait if over => from += 1,
                Flow::Wait => self.more_to_inspect(until).await?,
                Flow::Pause(time) => self.pause(time, Phase::Request).await?,
                Flow::SilentDrop(hops) => return Err(End::Drop(*b"PR", hops)),
                _ => {
                    self.count_tcp_denied();
                    return Err(End::Reject(*b"PR"));
                }
            }
        }
        self.stream.req_body.bytes = Vec::new();
        Ok(())
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

    fn choose_tcp_backend(&mut self) -> Result<usize, End> {
        self.choose_backend_of(config::ir::Mode::Tcp)
    }

    async fn tunnel_tcp(&mut self, be: &Proxy) -> Result<(), End> {
        let fe = self.frontend();
        let timeouts = tunnel::Timeouts {
            client: be.timeouts.tunnel.or(fe.timeouts.client),
            server: be.timeouts.tunnel.or(be.timeouts.server),
            client_fin: fe.timeouts.client_fin,
            server_fin: be.timeouts.server_fin,
        };
        let Some(server) = &mut self.server else { return Ok(()) };
        log::early(&self.session.worker, self.config, self.stream);
        let conn = &mut server.conn;
        conn.reader.tunnel();
        conn.writer.tunnel();
        let ends = tunnel::Ends {
            client: (&mut *self.reader, &mut *self.writer),
            server: (&mut conn.reader, &mut conn.writer),
        };
        tunnel::run(ends, timeouts, &mut self.session.deadline, &mut self.stream.counts).await?;
        Ok(())
    }

    fn count_tcp_denied(&self) {
        match (self.stream.backend, &self.backend_state().back.counts) {
            (Some(_), Some(counts)) => counts.mine().dreq.one(),
            _ => self.frontend_state().front.counts.mine().dreq.one(),
        }
    }

    /// Sets the termination state of a session that ended early.
    fn end_tcp(&mut self, end: End) {
        match end {
            End::Fault(fault) => self.mark(fault.state()),
            End::Reject(state) | End::Answer(_, state) => self.mark(state),
            End::Drop(state, hops) => {
                self.mark(state);
                self.reader.io().vanish_on_close(hops);
            }
            End::Vanish => self.reader.io().reset_on_close(),
            End::Stats(_) => {}
        }
    }
}
