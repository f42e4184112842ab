//! HTTP/2 clients, through hyper: every stream becomes an exchange like any other (manual, section 5.1 `proto`).

pub mod body;
pub mod convert;
pub mod io;

use super::{
    Session,
    exchange::{After, Exchange, Request, Setting},
    h1::Conn,
};
use crate::deadline::Deadline;
use body::{Answer, Reader, Writer};
pub use convert::origin_form;
use hyper::{Request as HyperRequest, Response, body::Incoming, service::service_fn};
use std::{
    cell::Cell,
    convert::Infallible,
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    task::Poll,
    time::{Instant, SystemTime},
};

/// Streams that a client may have open at once: `tune.h2.max-concurrent-streams`.
const STREAMS: u32 = 100;

/// What the streams of one connection share.
#[derive(Debug)]
struct Shared {
    open: Cell<u32>,
    seen: Cell<u32>,
    /// When the last stream ended.
    idle_since: Cell<Instant>,
}

/// Serves a client's connection whose preface has come.
pub async fn serve(session: Box<Session>, conn: Conn) {
    let worker = session.worker.clone();
    let config = session.config.clone();
    let timeouts = config.proxies[session.frontend].timeouts.clone();
    let idle = timeouts.http_keep_alive.or(timeouts.http_request).or(timeouts.client);
    let shared = Rc::new(Shared { open: Cell::new(0), seen: Cell::new(0), idle_since: Cell::new(Instant::now()) });
    let template: Rc<Session> = Rc::from(session);
    let service = service_fn({
        let shared = shared.clone();
        move |request| answer(template.clone(), shared.clone(), request)
    });
    let mut builder = hyper::server::conn::http2::Builder::new(Local);
    builder.auto_date_header(false);
    builder.max_concurrent_streams(STREAMS).timer(io::Timer);
    let mut connection = pin!(builder.serve_connection(io::Socket::new(conn), service));
    let mut stop = pin!(worker.process.stop.notified());
    let mut deadline = Deadline::default();
    let mut closing = false;
    poll_fn(|cx| {
        if connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let stopping = worker.process.is_stopping() || stop.as_mut().poll(cx).is_ready();
        deadline.set(shared.idle_since.get(), idle.filter(|_| shared.open.get() == 0));
        if !closing && (stopping || deadline.poll(cx).is_ready()) {
            closing = true;
            connection.as_mut().graceful_shutdown();
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await;
}

/// Runs one stream's exchange beside the connection, and gives hyper the response once its head is there.
async fn answer(
    template: Rc<Session>,
    shared: Rc<Shared>,
    request: HyperRequest<Incoming>,
) -> Result<Response<Answer>, Infallible> {
    let (writer, head) = body::channel();
    tokio::task::spawn_local(exchange(template, shared, request, writer));
    Ok(head.await)
}

async fn exchange(template: Rc<Session>, shared: Rc<Shared>, request: HyperRequest<Incoming>, mut writer: Writer) {
    shared.open.set(shared.open.get() + 1);
    let mut session = stream_session(&template, &shared);
    let (config, process) = (session.config.clone(), session.worker.process.clone());
    let mut stream = Box::new(session.stream());
    let (parts, incoming) = request.into_parts();
    let framing = convert::request(&parts, &incoming, &mut stream.req);
    let mut reader = Reader::new(incoming, writer.share());
    super::client::begin(&session, &mut stream, 2);
    let described = Request {
        framing,
        keep_alive: true,
        upgrade: false,
        expect_continue: false,
        head_method: parts.method == hyper::Method::HEAD,
        connect_method: false,
        multiplexed: true,
    };
    let at = Setting { session: &mut session, config: &config, process: &process, stream: &mut stream };
    let mut exchange = Exchange::new(at, &mut reader, &mut writer, described);
    if exchange.run().await == After::Tunnel {
        exchange.tunnel().await;
    }
    writer.finish();
    shared.open.set(shared.open.get() - 1);
    shared.idle_since.set(Instant::now());
}

/// A session for one stream: the same client, its own clock.
fn stream_session(template: &Session, shared: &Shared) -> Session {
    let seen = shared.seen.get();
    shared.seen.set(seen + 1);
    let now = Instant::now();
    Session {
        worker: template.worker.clone(),
        config: template.config.clone(),
        frontend: template.frontend,
        bind: template.bind,
        client: template.client.clone(),
        accepted: now,
        accept_date: SystemTime::now(),
        deadline: Deadline::default(),
        private: None,
        last_server: None,
        requests: seen,
        vars: sample::stream::Vars::default(),
        upgrade: None,
    }
}

/// Spawns hyper's own tasks on this thread.
#[derive(Debug, Clone, Copy)]
struct Local;

impl<F: Future + 'static> hyper::rt::Executor<F> for Local {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(async move {
            let _ = future.await;
        });
    }
}

/// How much of a payload may wait for a slow client before the server is held back, in bytes.
const QUEUED: usize = 64 * 1024;
