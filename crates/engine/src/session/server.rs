//! The way to the server: a place on it, a connection, the request, and the head of the response.

use super::{
    answer::{End, interim},
    exchange::{Exchange, poll_left},
    transport::{Gone, Sink, Source},
    up::{Sending, Up},
    upload::{Sent, Upload, upload},
};
use crate::{
    check::observe::Seen,
    fault::{Fault, Kind, Phase},
    io::below,
    state::ServerState,
    upstream::{
        assign::{Assigned, Slot, Wish, assign},
        farm,
        multi::{Line, Wanted},
        pool::{Announced, Idle},
    },
};
use config::{ir::RetryOn, keyword::options::Reuse};
use sample::Places;
use std::{
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};
use wire::http1::{Asked, Framing, Parsed};

/// The pause before a server that refused is tried again.
const TURN_AROUND: Duration = Duration::from_secs(1);

/// The connection that an exchange uses, and its place on the server.
#[derive(Debug)]
pub struct ServerConn {
    pub conn: Up,
    pub slot: Slot,
    /// Requests it has carried before this one.
    pub requests: u32,
    /// Only this client may use it again.
    pub private: bool,
    pub announced: Announced,
    /// What the codec found out about the response.
    pub response: Option<Parsed>,
}

/// A connection that a request need not open.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "it lives for two lines")]
enum Kept {
    Idle(Idle),
    Line(Rc<Line>),
}

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// Gets a connection to a server, waiting and retrying as configured.
    pub async fn find_server(&mut self) -> Result<(), End> {
        if !self.retry.resent {
            self.retry.wish = Wish {
                key: self.balancing_key(),
                pinned: self.pinned_server().or(self.preferred_server()),
                avoid: None,
                priority: self.stream.priority,
            };
        }
        // Mostly there is a place at once, and a connection to reuse: what waits is kept out of the way.
        match self.assign()? {
            Assigned::Slot(slot) => match self.reuse(&slot) {
                Some(kept) => {
                    self.take_place(&slot)?;
                    self.connected_by(slot, kept);
                    Ok(())
                }
                None => Box::pin(self.connect(Assigned::Slot(slot))).await,
            },
            waiting => Box::pin(self.connect(waiting)).await,
        }
    }

    fn assign(&mut self) -> Result<Assigned, Fault> {
        let backend = self.stream.backend.unwrap_or(self.session.frontend);
        let mut assigned = assign(&self.session.worker, backend, self.retry.wish);
        let full = assigned.as_ref().is_err_and(|fault| fault.phase == Phase::Queue);
        if full && let Some(server) = self.retry.wish.pinned.filter(|_| self.backend().redispatch.is_some()) {
            self.redispatch(server);
            assigned = assign(&self.session.worker, backend, self.retry.wish);
        }
        if assigned.is_err() {
            // The logs name the server that was wanted, though it had no room.
            self.stream.target = self.stream.target.or(self.retry.wish.pinned);
        }
        assigned
    }

    /// Connects to the server whose place was had, or is waited for, and to others where that fails.
    async fn connect(&mut self, mut assigned: Assigned) -> Result<(), End> {
        loop {
            let Some(slot) = self.place(assigned).await? else {
                if let Some(server) = self.stream.target {
                    self.redispatch(server);
                }
                assigned = self.assign()?;
                continue;
            };
            let server = slot.server;
            self.take_place(&slot)?;
            if let Some(kept) = self.reuse(&slot) {
                self.connected_by(slot, kept);
                return Ok(());
            }
            let opened = self.open(server).await;
            self.observe(match &opened {
                Ok(_) => Some(Seen::Connected),
                Err(fault) => fault.blames_server().then_some(Seen::Unconnected),
            });
            match opened {
                Ok(conn) => {
                    let announced = self.announcement(server);
                    self.server =
                        Some(ServerConn { conn, slot, requests: 0, private: false, announced, response: None });
                    self.know_server();
                    return Ok(());
                }
                Err(fault) if !fault.blames_server() || !self.retries(RetryOn::ConnFailure) => return Err(fault.into()),
                Err(fault) => {
                    drop(slot);
                    self.try_again(server);
                    if fault.kind == Kind::ServerAbort && self.retry.wish.pinned == Some(server) {
                        let pause = self.timeouts().connect.map_or(TURN_AROUND, |t| t.min(TURN_AROUND));
                        self.pause(pause, Phase::Connect).await?;
                    }
                    assigned = self.assign()?;
                }
            }
        }
    }

    /// The hash of what the backend balances by.
    fn balancing_key(&mut self) -> Option<u32> {
        // What has come of the payload is looked at; nothing is waited for.
        let _ = self.reader.poll_data(&mut Context::from_waker(Waker::noop()));
        let buffered = &self.stream.req_body.bytes;
        let body = if buffered.is_empty() { self.reader.data() } else { buffered };
        farm::request_key(self.backend(), &self.cx(Places::BE_SET_SERVER), body)
    }

    /// Another protocol is only asked for once the server has said that it knows how (RFC 8441, section 3).
    pub async fn may_upgrade(&mut self) -> Result<(), End> {
        let Some(link) = self.server.as_ref().and_then(|server| server.conn.link()).cloned() else { return Ok(()) };
        self.session.deadline.set(Instant::now(), self.timeouts().server);
        let settled = poll_fn(|cx| link.poll_upgrades(cx));
        match self.watched(settled, Phase::Headers, Kind::ServerTimeout).await? {
            true => Ok(()),
            false => Err(Fault::new(Kind::ServerAbort, Phase::Headers).into()),
        }
    }

    /// Finds a place, waiting in a queue for no longer than `timeout queue`. `None`: it has to be looked for anew.
    async fn place(&mut self, assigned: Assigned) -> Result<Option<Slot>, End> {
        let line = match assigned {
            Assigned::Slot(slot) => return Ok(Some(slot)),
            Assigned::Line(line) => line,
        };
        let (server, waiter) = (line.server(), line.waiter.clone());
        self.stream.target = server;
        self.session.deadline.set(Instant::now(), self.timeouts().queue);
        let waited = self.watched(line.wait(), Phase::Queue, Kind::QueueTimeout).await;
        match server {
            Some(_) => self.stream.counts.server_queue = waiter.place(),
            None => self.stream.counts.backend_queue = waiter.place(),
        }
        if waited.is_err() {
            self.stream.times.queued = Some(Instant::now());
        }
        waited
    }

    /// Waits for `work`, but no longer than the deadline, nor than the client is there.
    pub async fn watched<T>(&mut self, work: impl Future<Output = T>, phase: Phase, late: Kind) -> Result<T, End> {
        let abort = self.aborts_on_close();
        // In TCP mode what comes is all payload, and a reset only shows once there is someone to send it to.
        let (http, mut watch) = (self.stream.is_http, self.reader.ended() || (abort && !self.stream.is_http));
        let (deadline, reader) = (&mut self.session.deadline, &mut *self.reader);
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Ok(done));
            }
            if watch && let Poll::Ready(gone) = poll_left(reader, deadline, cx) {
                if (abort && gone == Gone::Closed) || (http && gone == Gone::Reset) {
                    return Poll::Ready(Err(Fault::new(Kind::ClientAbort, phase).into()));
                }
                watch = false;
            }
            deadline.poll(cx).map(|()| Err(Fault::new(late, phase).into()))
        })
        .await
    }

    /// `option abortonclose`, which HTTP streams have unless told otherwise.
    pub fn aborts_on_close(&self) -> bool {
        self.backend().options.abortonclose.or(self.frontend().options.abortonclose).unwrap_or(self.stream.is_http)
    }

    /// Takes note of the server whose turn it is. A server with `redir` gets no requests for pages: their clients do.
    fn take_place(&mut self, slot: &Slot) -> Result<(), End> {
        self.count_try(slot.server);
        // Another try at the same server is time spent connecting, not queueing.
        if self.stream.target != Some(slot.server) || self.stream.times.queued.is_none() {
            self.stream.times.queued = Some(Instant::now());
        }
        self.stream.target = Some(slot.server);
        if let Some(state) = self.server_state(slot.server) {
            state.counts.mine().stot.one();
        }
        if self.retry.wish.pinned.is_none() {
            self.count_both(slot.server, |c| &c.lbtot);
        }
        let prefix = self.backend().servers.get(slot.server).and_then(|s| s.redirect_prefix.as_deref());
        match prefix.filter(|_| matches!(self.stream.req.method(), b"GET" | b"HEAD")) {
            None => Ok(()),
            Some(prefix) => {
                let url = [prefix, super::h2::origin_form(&self.stream.req)].concat();
                Err(End::Answer(Box::new(rules::http_errors::location(302, &url)), *b"LC"))
            }
        }
    }

    /// Takes an idle connection to the server, if the configuration lets this request have one.
    fn reuse(&mut self, slot: &Slot) -> Option<Kept> {
        if self.retry.failed_connection {
            return None;
        }
        let at = (slot.proxy, slot.server);
        // What can be sent again needs no connection of its own to be safe.
        let first = self.session.requests == 0 && !self.replaceable();
        let reuse = self.backend().reuse;
        let announced = self.announcement(slot.server);
        if self.speaks_h2(slot.server) {
            let limit = self.backend().servers.get(slot.server).and_then(|said| said.max_reuse);
            let wanted = Wanted { reuse, first, owner: self.owner(), announced: &announced, limit };
            return self.session.worker.lines.find(at, &wanted).map(Kept::Line);
        }
        let pool = &self.session.worker.pool;
        let own = self.session.private.take(at, &announced);
        own.or_else(|| pool.take(self.process, at, (reuse, first), &announced)).map(Kept::Idle)
    }

    /// Puts the idle connection that [`Exchange::reuse`] found to work.
    fn connected_by(&mut self, slot: Slot, kept: Kept) {
        self.stream.times.connected = self.stream.times.queued;
        self.count_both(slot.server, |c| &c.reuse);
        self.stream.server = sample::Conn { reused: true, ..sample::Conn::default() };
        self.server = Some(match kept {
            Kept::Idle(Idle { conn, requests, private, announced, .. }) => {
                self.stream.server.below = Some(below(conn.reader.io()));
                ServerConn { conn: conn.into(), slot, requests, private, announced, response: None }
            }
            Kept::Line(line) => {
                let requests = line.mux.borrow().receive.count;
                let conn = self.asking(&line);
                ServerConn { conn, slot, requests, private: false, announced: None, response: None }
            }
        });
        self.know_server();
    }

    /// What samples and logs tell of the connection.
    fn know_server(&mut self) {
        let Some(ServerConn { conn, .. }) = &self.server else { return };
        let (io, known) = (conn.reader.io(), &mut self.stream.server);
        (known.src, known.dst) = (io.local(), io.peer());
        known.http_major = if matches!(conn.writer, Sending::H1(_)) { 1 } else { 2 };
    }

    /// Gives the request the form in which servers get it.
    pub fn adapt_request(&mut self) {
        if self.backend().options.http_drop_request_trailers {
            self.reader.drop_trailers();
        }
        self.server_connection_field();
    }

    /// A request of HTTP/2 has an absolute target, of which an HTTP/1 server gets the path.
    fn adapt_target(&mut self) {
        let old = self.server.as_ref().is_some_and(|server| matches!(server.conn.writer, Sending::H1(_)));
        if self.request.multiplexed && old {
            let path = super::h2::origin_form(&self.stream.req).to_vec();
            self.stream.req.set_target(&path);
        }
        if self.request.upgrade && old {
            self.add_websocket_key();
        }
    }

    /// The key of a websocket's handshake, which HTTP/2 does without, as HAProxy writes it.
    fn add_websocket_key(&mut self) {
        let asks = self.asks_for_websocket();
        let req = &mut self.stream.req;
        if asks && !req.has(b"sec-websocket-key") {
            let words = [(); 4].map(|()| self.session.worker.random().to_be_bytes());
            req.add_verbatim(b"Sec-Websocket-Key", &sample::base64::STANDARD.encode(words.as_flattened()));
        }
    }

    /// Queues the request's head, and what is buffered of its payload.
    pub fn send_request(&mut self) {
        self.keep_request();
        self.adapt_target();
        let framing = self.request.framing;
        self.uploaded = self.reader.ended() && self.stream.req_body.bytes.is_empty();
        self.sent = Sent::nothing(self.splice_request());
        if let Some(server) = &mut self.server {
            server.conn.writer.head(&self.stream.req, framing);
        }
        if let Some(state) = self.stream.target.and_then(|s| self.server_state(s)) {
            state.counts.mine().req_tot.one();
        }
    }

    /// Sends the request and waits for the response's head, handing interim responses on.
    pub async fn response_head(&mut self) -> Result<(), End> {
        loop {
            let parsed = self.next_head().await.inspect_err(|end| self.observe(Seen::of(end)))?;
            let status = self.stream.res.status();
            if parsed.upgrade && status == 101 {
                self.grant_upgrade();
            }
            self.stream.counts.from_server += super::respond::size(&self.stream.res);
            if status >= 200 || status == 101 || status < 100 {
                self.observe(Some(Seen::Status(status)));
                self.stream.times.response = Some(Instant::now());
                self.stream.has_res = true;
                self.stream.status = status;
                self.stream.server_status = status;
                if let Some(server) = &mut self.server {
                    server.response = Some(parsed);
                }
                return Ok(());
            }
            self.hand_on_interim().await?;
        }
    }

    /// A server that speaks HTTP/2 grants another protocol by its status alone.
    fn grant_upgrade(&mut self) {
        let res = &mut self.stream.res;
        if let Some(protocol) = self.stream.req.field(b"upgrade").filter(|_| !res.has(b"upgrade")) {
            res.add(b"connection", b"upgrade");
            res.add(b"upgrade", protocol);
        }
    }

    async fn hand_on_interim(&mut self) -> Result<(), End> {
        let head = std::mem::replace(&mut self.stream.res, interim(100, b""));
        self.writer.head(&head, Framing::None);
        let writer = &mut *self.writer;
        let sent = poll_fn(|cx| writer.poll_flush(cx)).await;
        sent.map_err(|_| Fault::new(Kind::ClientAbort, Phase::Headers).into())
    }

    async fn next_head(&mut self) -> Result<Parsed, End> {
        let timeouts = self.timeouts();
        let abort = self.aborts_on_close();
        let asked = match &self.request {
            r if r.head_method => Asked::Head,
            r if r.connect_method => Asked::Connect,
            r if r.upgrade => Asked::Upgrade,
            _ => Asked::Other,
        };
        let unknown = Fault::new(Kind::Internal, Phase::Headers);
        let server = self.server.as_mut().ok_or(unknown)?;
        let fresh = server.requests == 0 || self.session.requests == 0;
        let chunks = self.stream.req.version() >= message::Version::HTTP_11;
        let (deadline, res) = (&mut self.session.deadline, &mut self.stream.res);
        let (body, reader, uploaded) = (&self.stream.req_body.bytes, &mut *self.reader, &mut self.uploaded);
        let (conn, sent) = (&mut server.conn, &mut self.sent);
        // Once all is sent, or the server takes no more, only the response is waited for.
        let (mut sending, mut seen) = (true, None);
        let result = poll_fn(|cx| {
            if sending {
                let now = upload(body, sent, reader, &mut conn.writer, cx);
                match now {
                    Upload::ClientGone => return Poll::Ready(Err(Fault::new(Kind::ClientAbort, Phase::Headers))),
                    Upload::Malformed => return Poll::Ready(Err(Fault::new(Kind::ClientProtocol, Phase::Headers))),
                    Upload::Client | Upload::Server => {}
                    // The server may have answered before it stopped listening.
                    Upload::Done | Upload::ServerGone => sending = false,
                }
                *uploaded = now == Upload::Done;
                if seen.replace((now, sent.total)) != Some((now, sent.total)) {
                    let timeout = if now == Upload::Client { timeouts.client } else { timeouts.server };
                    deadline.set(Instant::now(), timeout);
                }
            }
            if let Poll::Ready(head) = conn.reader.poll_head(asked, chunks, res, cx) {
                return Poll::Ready(head);
            }
            if *uploaded
                && let Poll::Ready(gone) = poll_left(reader, deadline, cx)
                && (abort || gone == Gone::Reset)
            {
                return Poll::Ready(Err(Fault::new(Kind::ClientAbort, gone.phase())));
            }
            let late = match seen {
                Some((Upload::Client, _)) => Kind::ClientTimeout,
                _ => Kind::ServerTimeout,
            };
            deadline.poll(cx).map(|()| Err(Fault::new(late, Phase::Headers)))
        })
        .await;
        self.session.deadline.set_at(None);
        let told = self.was_ended() || self.server.as_ref().is_some_and(|s| s.conn.reader.was_refused());
        match result {
            // A kept connection may have died while the request was on its way: the client is to try again, unless we can.
            Err(fault)
                if !fresh && !told && fault.kind == Kind::ServerAbort && !self.resends(RetryOn::EmptyResponse) =>
            {
                Err(End::Vanish)
            }
            other => other.map_err(End::Fault),
        }
    }

    /// Whether a command has ended the sessions of the server.
    pub fn was_ended(&self) -> bool {
        let io = self.server.as_ref().map(|server| server.conn.reader.io());
        io.is_some_and(|io| self.session.worker.live.was_ended(io))
    }

    pub fn server_state(&self, server: usize) -> Option<&ServerState> {
        self.backend_state().servers.get(server)
    }

    /// Closes the connection to the server in the middle of an exchange, and frees the place on it.
    pub fn drop_server(&mut self, reset: bool) {
        let Some(server) = self.leave_server() else { return };
        if reset { server.conn.abort() } else { server.conn.part() }
    }

    /// Does without the server's response. The connection can be kept if all of it has come.
    pub fn discard_response(&mut self) {
        let Some(server) = self.server.as_mut().filter(|s| s.response.is_some()) else { return self.drop_server(true) };
        let (reader, mut cx) = (&mut server.conn.reader, Context::from_waker(Waker::noop()));
        while let Poll::Ready(Ok(())) = reader.poll_data(&mut cx) {
            let came = reader.data().len();
            self.stream.counts.from_server += came as u64;
            reader.consume(came);
            if reader.ended() {
                break;
            }
        }
        self.release_server();
    }

    /// Takes the server away from the exchange. Its place may go to another at once: the logs want the load before that.
    pub fn leave_server(&mut self) -> Option<ServerConn> {
        let server = self.server.take()?;
        let load = self.server_state(server.slot.server).map_or(0, |state| state.served.get());
        self.stream.counts.server_left = Some(load.saturating_sub(1));
        Some(server)
    }

    /// The server of the last request, if the client still has a connection of its own to it: for
    /// `option prefer-last-server`, and after a 401 or 407. A wish, no more: it has to have room.
    fn preferred_server(&self) -> Option<usize> {
        let at @ (backend, server) = self.session.last_server?;
        let here = self.session.private.has(at) && backend == self.stream.backend.unwrap_or(self.session.frontend);
        let state = self.server_state(server).filter(|_| here)?;
        let free = state.is_usable() && !state.is_full(self.backend_state().back.sessions.get());
        free.then_some(server)
    }

    /// Keeps the connection for another request, or closes it, and frees the place on the server.
    pub fn release_server(&mut self) {
        let be = self.backend();
        // Who has been asked for a password once stays where it was asked.
        let asked = matches!(self.stream.server_status, 401 | 407) || self.session.last_server.is_some();
        let sticks = (asked || be.options.prefer_last_server) && !be.balance.is_deterministic();
        self.session.last_server = self.stream.backend.zip(self.stream.target).filter(|_| sticks);
        let Some(server) = self.leave_server() else { return };
        if !server.response.is_some_and(|r| r.keep_alive) || !self.uploaded || !self.server_keeps() {
            return server.conn.abort();
        }
        let at = (server.slot.proxy, server.slot.server);
        let Some(conn) = server.conn.into_clean() else {
            let limit = be.servers.get(at.1).and_then(|said| said.pool_max_conn);
            return self.session.worker.lines.trim(at, limit);
        };
        // Once private it stays so: it may be authenticated for its client.
        let private = server.private || self.backend().reuse == Reuse::Never || self.authenticates_connection();
        let (requests, announced) = (server.requests + 1, server.announced);
        // `max-reuse` is for HTTP/2 only, as with HAProxy: the golden rows `max-reuse-0` and `max-reuse-1`.
        let idle = Idle { conn, since: Instant::now(), requests, private, announced };
        if private {
            self.session.private.put(at, idle);
        } else {
            self.session.worker.pool.put(self.process, at, idle);
        }
    }
}

impl<R, K> Exchange<'_, R, K> {
    /// Whether the server asks for a scheme that authenticates the connection, not the request: NTLM and its like.
    fn authenticates_connection(&self) -> bool {
        let field: &[u8] = match self.stream.status {
            401 => b"www-authenticate",
            407 => b"proxy-authenticate",
            _ => return false,
        };
        let of_connection = |v: &[u8]| v.starts_with(b"NTLM") || v.starts_with(b"Nego");
        self.stream.res.all(field).any(of_connection)
    }
}
