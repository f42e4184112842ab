//! HTTP/2 clients: every stream becomes an exchange like any other (manual, section 5.1 `proto`).
//!
//! The codec is ours, as that of HTTP/1 is: what a client did wrong has to be answered, and logged, as HAProxy does it.

pub mod carrier;
pub mod mux;
pub mod pump;
pub mod receive;
pub mod server;
pub mod settings;
pub mod stream;
pub mod target;

use super::{
    Session,
    answer::End,
    client::{begin, give_stream, take_stream},
    exchange::{After, Exchange, Request, Setting},
    h1::{Conn, Reader as Bytes},
};
use crate::{
    contain::contained,
    deadline::Deadline,
    fault::{Fault, Kind, Phase},
    log,
    upstream::own::Own,
};
use carrier::Carrier;
use mux::{Mux, Opened, Peer};
use pump::Pump;
use sample::{Stream, stream::Vars};
use settings::Settings;
use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    task::{Context, Poll},
    time::{Duration, Instant, SystemTime},
};
use stream::{Link, Place, Reader, Writer};
pub use target::origin_form;
use wire::{
    http1::{Framing, Preface},
    http2::frame,
};

/// What the exchanges of one connection share.
struct Client {
    session: Session,
    mux: Rc<RefCell<Mux>>,
    carrier: Rc<Carrier>,
    seen: Cell<u32>,
    /// What one exchange leaves to the next.
    private: Cell<Own>,
    last_server: Cell<Option<(usize, usize)>>,
    vars: Cell<Vars>,
}

/// Serves a client's connection in HTTP/2.
pub async fn serve(mut session: Box<Session>, mut conn: Conn) {
    let greeted = greeted(&mut session, &mut conn.reader).await;
    let fe = session.proxy();
    let settings = Settings::front(&session.config.global.tune, fe.options.accept_unsafe_request);
    let mux = Rc::new(RefCell::new(Mux::new(Peer::Client, settings)));
    let client = Rc::new(Client {
        carrier: Rc::new(Carrier { mux: mux.clone(), io: conn.reader.io().clone() }),
        mux,
        seen: Cell::new(0),
        private: Cell::default(),
        last_server: Cell::default(),
        vars: Cell::new(std::mem::take(&mut session.vars)),
        session: *session,
    });
    if greeted != Some(true) {
        if greeted.is_some() {
            client.complain();
        }
        return;
    }
    client.mux.borrow_mut().control(|out| settings.announce(Peer::Client, out));
    let mut connection = Connection {
        pump: Pump::new(client.mux.clone(), conn.reader),
        client,
        deadline: Deadline::default(),
        closing: None,
        gone: false,
    };
    connection.run().await;
    connection.close().await;
}

/// Waits for the preface. `None`: it did not come; false: something else did.
async fn greeted(session: &mut Session, bytes: &mut Bytes) -> Option<bool> {
    let timeouts = &session.config.proxies[session.frontend].timeouts;
    session.deadline.set(session.accepted, timeouts.http_request.or(timeouts.client));
    let deadline = &mut session.deadline;
    let came = poll_fn(|cx| {
        loop {
            match wire::http1::preface(bytes.buffered()) {
                Preface::Yes => return Poll::Ready(Some(true)),
                Preface::No => return Poll::Ready(Some(false)),
                Preface::Maybe => {}
            }
            match bytes.poll_more(cx) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(_) => return Poll::Ready(None),
                Poll::Pending => return deadline.poll(cx).map(|()| None),
            }
        }
    })
    .await;
    session.deadline.set_at(None);
    if came == Some(true) {
        bytes.skip(frame::PREFACE.len());
    }
    came
}

/// The task that moves a connection's bytes.
struct Connection {
    client: Rc<Client>,
    pump: Pump,
    deadline: Deadline,
    /// Since when only the client is waited for.
    closing: Option<Instant>,
    /// Nothing can be sent any more.
    gone: bool,
}

impl Connection {
    async fn run(&mut self) {
        let process = self.client.session.worker.process.clone();
        let mut parting = pin!(process.parting(self.client.session.worker.random()));
        let mut parts = false;
        poll_fn(|cx| {
            parts = parts || parting.as_mut().poll(cx).is_ready();
            self.poll(cx, parts)
        })
        .await;
    }

    /// Ready when the connection is to be closed.
    fn poll(&mut self, cx: &mut Context<'_>, stopping: bool) -> Poll<()> {
        self.client.mux.borrow_mut().watch(cx);
        self.gone |= self.pump.receive(cx).is_err();
        self.begin();
        self.gone |= self.pump.send(cx).is_err();
        let mut mux = self.client.mux.borrow_mut();
        if self.gone || mux.vanish.is_some() {
            // The exchanges end by themselves once they see it.
            mux.drop_streams();
            return if mux.running == 0 { Poll::Ready(()) } else { Poll::Pending };
        }
        if stopping {
            let last = mux.receive.last;
            mux.announce_end(last);
        }
        let sent = mux.out.is_empty();
        let ending = mux.failed.is_some() || mux.leaving || mux.closed || stopping || mux.reached_its_end();
        if mux.running == 0 && sent && ending {
            return Poll::Ready(());
        }
        drop(mux);
        self.wait(cx)
    }

    /// Begins the exchanges of requests that have come, and logs what was none.
    fn begin(&mut self) {
        let (opened, complaints) = {
            let mut mux = self.client.mux.borrow_mut();
            (std::mem::take(&mut mux.receive.opened), std::mem::take(&mut mux.receive.complaints))
        };
        (0..complaints).for_each(|_| self.client.complain());
        for opened in opened {
            let place = Place(Link { mux: self.client.mux.clone(), id: opened.stream });
            let (worker, frontend) = (self.client.session.worker.clone(), self.client.session.frontend);
            let task = exchange(self.client.clone(), place, opened);
            tokio::task::spawn_local(contained(worker, frontend, task));
        }
    }

    /// Sees to it that nothing is waited for too long.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let timeouts = &self.client.session.proxy().timeouts;
        let mut mux = self.client.mux.borrow_mut();
        let idle = match mux.receive.count {
            0 => timeouts.http_request,
            _ => timeouts.http_keep_alive.or(timeouts.http_request),
        };
        match self.closing {
            _ if !mux.out.is_empty() => self.deadline.set(self.pump.progress, timeouts.client),
            Some(since) => self.deadline.set(since, timeouts.client_fin.or(timeouts.client)),
            _ if mux.running > 0 => self.deadline.set_at(None),
            None if idle.is_some() => self.deadline.set(mux.idle_since, idle),
            // Without a timeout of its own for that, any frame is a sign of life.
            None => self.deadline.set(mux.idle_since.max(self.pump.heard), timeouts.client),
        }
        std::task::ready!(self.deadline.poll(cx));
        if self.closing.is_some() || !mux.out.is_empty() {
            self.gone = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        // An idle client is told to go.
        self.closing = Some(Instant::now());
        let last = mux.receive.last;
        mux.announce_end(last);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Closes so that the client gets all that was sent: see the same for HTTP/1.
    async fn close(mut self) {
        let vanish = self.client.mux.borrow().vanish;
        if let Some(hops) = vanish {
            return self.pump.io().vanish_on_close(hops);
        }
        if self.gone || self.pump.io().shutdown_write().is_err() {
            return;
        }
        self.deadline.set(Instant::now(), Some(LINGER));
        poll_fn(|cx| match self.pump.drain(cx) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => self.deadline.poll(cx),
        })
        .await;
    }
}

impl Client {
    /// Logs what was no request.
    fn complain(&self) {
        let mut session = self.stream_session();
        let mut stream = take_stream(&mut session);
        stream.is_http = true;
        stream.origin = sample::stream::Origin::SessionError;
        stream.state[..2].copy_from_slice(b"PR");
        stream.times.closed = Some(Instant::now());
        session.state().front.counts.mine().ereq.one();
        log::access(&session.worker, &session.config, &mut stream);
        session.ended(&mut stream);
        self.vars.set(session.vars);
        give_stream(stream);
    }

    /// A session for one stream: the same client, its own clock.
    fn stream_session(&self) -> Session {
        let template = &self.session;
        Session {
            worker: template.worker.clone(),
            config: template.config.clone(),
            frontend: template.frontend,
            bind: template.bind,
            client: template.client.clone(),
            accepted: Instant::now(),
            accept_date: SystemTime::now(),
            deadline: Deadline::default(),
            private: self.private.take(),
            last_server: self.last_server.get(),
            requests: self.seen.get(),
            vars: self.vars.take(),
            counters: template.counters.shared(),
            upgrade: None,
            restless: true,
        }
    }
}

/// One request and its response.
async fn exchange(client: Rc<Client>, place: Place, mut opened: Opened) {
    let mut session = client.stream_session();
    let mut stream = take_stream(&mut session);
    client.seen.set(client.seen.get() + 1);
    stream.first_request = false;
    stream.client.below = Some(client.carrier.below());
    stream.client.stream = opened.stream;
    std::mem::swap(&mut stream.req, &mut opened.head);
    place.0.mux.borrow_mut().keep(opened.head);
    let after = serve_request(&mut session, &mut stream, &place.0, opened.request, opened.ended).await;
    if let After::Vanish(hops) = after {
        place.0.mux.borrow_mut().vanish = Some(hops);
    }
    session.ended(&mut stream);
    give_stream(stream);
    client.vars.set(session.vars);
    client.last_server.set(session.last_server);
    let mut private = client.private.take();
    private.join(session.private);
    client.private.set(private);
}

async fn serve_request(
    session: &mut Session,
    stream: &mut Stream,
    link: &Link,
    request: Option<wire::http2::Request>,
    ended: bool,
) -> After {
    let (config, process) = (session.config.clone(), session.worker.process.clone());
    let valid = request.is_some();
    let request = request.unwrap_or_default();
    let tunnel = request.connect || request.upgrade;
    let framing = framing(&request, ended, &mut stream.req);
    let mut reader = Reader::new(link.clone(), ended, tunnel);
    let mut writer = Writer::new(link.clone());
    if valid {
        begin(session, stream, 2);
    } else {
        stream.req.clear();
        stream.is_http = true;
    }
    let described = Request {
        framing,
        keep_alive: true,
        upgrade: request.upgrade,
        expect_continue: request.expect_continue,
        head_method: stream.req.method() == b"HEAD",
        connect_method: request.connect,
        multiplexed: true,
    };
    let at = Setting { session, config: &config, process: &process, stream };
    let mut exchange = Exchange::new(at, &mut reader, &mut writer, described);
    let refused = |kind| Err(End::Fault(Fault::new(kind, Phase::Request)));
    match () {
        () if !valid => exchange.conclude(refused(Kind::ClientProtocol)).await,
        // What its client gave up while it was on its way is not begun.
        () if link.is_dead() => exchange.conclude(refused(Kind::ClientAbort)).await,
        () => match exchange.run().await {
            After::Tunnel => Box::pin(exchange.tunnel()).await,
            after => after,
        },
    }
}

/// How the request's payload is delimited towards a server.
fn framing(request: &wire::http2::Request, ended: bool, head: &mut message::Head) -> Framing {
    match request.length {
        _ if request.connect || request.upgrade => Framing::None,
        Some(n) => Framing::Length(n),
        None if ended => Framing::None,
        None => {
            head.add(b"transfer-encoding", b"chunked");
            Framing::Chunked
        }
    }
}

/// How long a closed connection is still read from.
const LINGER: Duration = Duration::from_secs(1);
