//! HTTP/1 clients: one connection, one request after the other.

use super::{
    Session,
    exchange::{After, Exchange, Request, Setting},
    h1::{Conn, Reader, Writer},
    lounge::{Idle, PATIENCE},
    opened::Opened,
    transport::{Broken, Sink, Source},
};
use crate::{
    fault::{Fault, Kind, Phase},
    log,
};
use config::{Config, Proxy};
use sample::{Stream, table::Event};
use std::{
    future::poll_fn,
    task::Poll,
    time::{Duration, Instant, SystemTime},
};
use wire::http1::{self, Framing, Parsed};

/// A client's connection that goes on, but not as one of HTTP/1 that is busy.
#[derive(Debug)]
pub enum Left {
    Idle(Box<Idle>),
    /// It has become a tunnel.
    Opened(Box<Opened>),
}

/// Serves a client's connection until one of the two sides has enough, or it is left to others.
pub async fn serve(mut session: Box<Session>, conn: Conn) -> Option<Left> {
    let (config, process) = (session.config.clone(), session.worker.process.clone());
    let Conn { mut reader, mut writer } = conn;
    loop {
        if first_byte(&mut session, &mut reader, &mut writer).await? == First::Later {
            return Some(Left::Idle(Box::new(Idle { session, conn: Conn { reader, writer } })));
        }
        let mut stream = take_stream(&mut session);
        let parsed = request(&mut session, &config, &mut reader, &mut writer, &mut stream).await?;
        let request = describe(&parsed, &stream);
        let at = Setting { session: &mut session, config: &config, process: &process, stream: &mut stream };
        let mut exchange = Exchange::new(at, &mut reader, &mut writer, request);
        let after = exchange.run().await;
        if after == After::Tunnel {
            let (server, sent) = (exchange.server.take(), exchange.sent);
            let client = Conn { reader, writer };
            return Some(Left::Opened(Box::new(Opened { session, stream, client, request, server, sent })));
        }
        session.ended(&mut stream);
        give_stream(stream);
        match after {
            After::KeepAlive if !process.is_stopping() || config.global.close_spread.is_some() => {
                if !reader.ended() && !Box::pin(drain(&mut session, &mut reader)).await {
                    close(&mut reader, &mut writer, &mut session).await;
                    return None;
                }
                next(&mut session);
            }
            After::Reset => return None,
            After::Vanish(hops) => {
                reader.io().vanish_on_close(hops);
                return None;
            }
            After::KeepAlive | After::Close | After::Tunnel => {
                close(&mut reader, &mut writer, &mut session).await;
                return None;
            }
        }
    }
}

/// The clock starts again for the request that may follow.
fn next(session: &mut Session) {
    session.requests += 1;
    session.accepted = Instant::now();
    session.accept_date = SystemTime::now();
}

/// Receives and drops what an answer of ours did not wait for of the payload. False: it will not come whole.
async fn drain(session: &mut Session, reader: &mut Reader) -> bool {
    let timeout = session.proxy().timeouts.client;
    session.deadline.set(Instant::now(), timeout);
    let deadline = &mut session.deadline;
    poll_fn(|cx| {
        while !reader.ended() {
            match reader.poll_data(cx) {
                Poll::Ready(Ok(())) => reader.consume(reader.data().len()),
                Poll::Ready(Err(_)) => return Poll::Ready(false),
                Poll::Pending => return deadline.poll(cx).map(|()| false),
            }
        }
        Poll::Ready(true)
    })
    .await
}

/// Whether the first byte of a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    Came,
    /// It may take longer.
    Later,
}

/// Waits for the first byte of a request, holding no memory for it. `None`: it will not come.
async fn first_byte(session: &mut Session, reader: &mut Reader, writer: &mut Writer) -> Option<First> {
    if !reader.buffered().is_empty() {
        return Some(First::Came);
    }
    let first = session.requests == 0;
    let timeouts = &session.proxy().timeouts;
    let request = timeouts.http_request.or(timeouts.client);
    let wait = if first { request } else { timeouts.http_keep_alive.or(request) };
    session.deadline.set(session.accepted, wait);
    let until = session.deadline.at();
    // Counted from here: one who comes back from there has something to say.
    let patience = (!first && session.may_rest()).then(|| Instant::now() + PATIENCE);
    session.deadline.set_at(until.into_iter().chain(patience).min());
    let process = session.worker.process.clone();
    let mut parting = std::pin::pin!(process.parting(session.worker.random()));
    // With this option it is the next response that says so.
    let stays = first || session.proxy().options.idle_close_on_response;
    let mut parts = false;
    let deadline = &mut session.deadline;
    let came = poll_fn(|cx| {
        if let Poll::Ready(more) = reader.poll_more(cx) {
            return Poll::Ready(match more {
                Ok(true) => Ok(()),
                Ok(false) | Err(_) => Err(Kind::ClientAbort),
            });
        }
        parts = parts || std::future::Future::poll(parting.as_mut(), cx).is_ready();
        if parts && !stays {
            return Poll::Ready(Err(Kind::Internal));
        }
        deadline.poll(cx).map(|()| Err(Kind::ClientTimeout))
    })
    .await;
    match came {
        Ok(()) => Some(First::Came),
        Err(Kind::ClientTimeout) if patience.is_some() && until.is_none_or(|until| Instant::now() < until) => {
            session.deadline.set_at(until);
            Some(First::Later)
        }
        // Nobody misses a request that was never begun on a kept connection.
        Err(_) if !first => None,
        Err(kind) => {
            let mut stream = take_stream(session);
            refuse(session, writer, &mut stream, Fault::new(kind, Phase::Request), None).await;
            None
        }
    }
}

/// Receives a request's head. `None`: it was malformed or did not come; what had to be said about it is said.
async fn request(
    session: &mut Session,
    config: &Config,
    reader: &mut Reader,
    writer: &mut Writer,
    stream: &mut Stream,
) -> Option<Parsed> {
    let began = Instant::now();
    stream.times.idle = began.duration_since(session.accepted);
    stream.times.request_date = session.accept_date + stream.times.idle;
    let timeouts = &config.proxies[session.frontend].timeouts;
    session.deadline.set(began, timeouts.http_request.or(timeouts.client));
    let deadline = &mut session.deadline;
    let outcome = poll_fn(|cx| {
        loop {
            match reader.request(&mut stream.req) {
                Ok(Some(parsed)) if parsed.framing == Framing::Chunked && reader.misframed() => {
                    return Poll::Ready(Err((Kind::ClientProtocol, None)));
                }
                Ok(Some(parsed)) => return Poll::Ready(Ok(parsed)),
                Ok(None) => {}
                Err(fault) => return Poll::Ready(Err((Kind::ClientProtocol, Some(fault)))),
            }
            match reader.poll_more(cx) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false) | Err(_)) => return Poll::Ready(Err((Kind::ClientAbort, None))),
                Poll::Pending => return deadline.poll(cx).map(|()| Err((Kind::ClientTimeout, None))),
            }
        }
    })
    .await;
    session.deadline.set_at(None);
    match outcome {
        Ok(parsed) => {
            begin(session, stream, 1);
            Some(parsed)
        }
        Err((kind, fault)) => {
            refuse(session, writer, stream, Fault::new(kind, Phase::Request), fault).await;
            None
        }
    }
}

/// A whole head has come: the exchange begins.
pub fn begin(session: &Session, stream: &mut Stream, http_major: u8) {
    let worker = &session.worker;
    stream.times.request = Some(Instant::now());
    stream.is_http = true;
    stream.has_req = true;
    stream.client.http_major = http_major;
    stream.counts.bytes_in = super::respond::size(&stream.req);
    let front = &session.state().front;
    front.counts.mine().req_tot.one();
    let counts = front.counts.mine();
    if http_major == 2 {
        counts.h2req.one();
    } else {
        counts.h1req.one();
    }
    front.request_rate.tick(worker.ms());
    worker.process.counts.mine().requests.one();
    log::keep_request_line(session.proxy(), &worker.process.config.global.tune, stream);
    log::connected(worker, &session.config, stream);
}

fn describe(parsed: &Parsed, stream: &Stream) -> Request {
    Request {
        framing: parsed.framing,
        keep_alive: parsed.keep_alive,
        upgrade: parsed.upgrade,
        expect_continue: parsed.expect_continue,
        head_method: stream.req.method() == b"HEAD",
        connect_method: stream.req.method() == b"CONNECT",
        multiplexed: false,
    }
}

/// Answers and logs a request that could not be understood, or did not come whole.
async fn refuse(
    session: &mut Session,
    writer: &mut Writer,
    stream: &mut Stream,
    fault: Fault,
    why: Option<http1::Fault>,
) {
    let config = session.config.clone();
    let fe = &config.proxies[session.frontend];
    stream.is_http = true;
    let null = fe.options.dontlognull || fe.options.http_ignore_probes;
    let nothing_sent = stream.times.idle == Duration::ZERO && fault.kind != Kind::ClientProtocol;
    if nothing_sent && fe.options.http_ignore_probes {
        return;
    }
    stream.state[..2].copy_from_slice(&fault.state());
    stream.status = why.map_or_else(|| fault.status().unwrap_or(400), |w| w.status());
    session.state().front.counts.mine().ereq.one();
    session.state().front.counts.mine().req_tot.one();
    stream.counters.count(Event::Request);
    if fault.kind != Kind::ClientTimeout {
        stream.counters.count(Event::Error);
    }
    // `PRI` is no malformed method: it is denied, by a page of the usual form.
    let denied = why.is_some_and(|w| w.kind == http1::Kind::Pri);
    send_page(session, writer, stream, fe, denied).await;
    if !(nothing_sent && null) {
        stream.times.closed = Some(Instant::now());
        log::access(&session.worker, &config, stream);
    }
}

/// The page of a parser's refusal is raw bytes, and ends the connection.
async fn send_page(session: &mut Session, writer: &mut Writer, stream: &mut Stream, fe: &Proxy, denied: bool) {
    session.state().front.counts.mine().responses[super::respond::class(stream.status)].one();
    if denied || fe.errors.iter().any(|(status, _)| *status == stream.status) {
        let mut reply = rules::http_errors::answer(stream, &*session.worker, stream.status);
        if !reply.silent {
            if denied {
                reply.head.add(b"connection", b"close");
            }
            writer.head(&reply.head, Framing::Length(reply.body.len() as u64));
            writer.raw(&reply.body);
        }
    } else {
        writer.raw(&rules::http_errors::raw(stream.status));
    }
    stream.counts.bytes_out = writer.queued() as u64;
    let timeout = fe.timeouts.client;
    session.deadline.set(Instant::now(), timeout);
    let deadline = &mut session.deadline;
    poll_fn(|cx| match writer.poll_flush(cx) {
        Poll::Ready(_) => Poll::Ready(()),
        Poll::Pending => deadline.poll(cx),
    })
    .await;
    writer.close();
}

/// Ends a connection so that the client gets all that was sent: first our side, then, for a moment, what still comes
/// is read and dropped, since a close with unread bytes would make the kernel send a reset.
pub async fn close(reader: &mut Reader, writer: &mut Writer, session: &mut Session) {
    if reader.eof {
        return;
    }
    // A request that we did not wait for may still be on its way: who sends it reads our answer when it is done.
    if !reader.ended() && !Box::pin(drain(session, reader)).await {
        return;
    }
    hang_up(reader, writer, session).await;
}

/// The end of [`close`], where no request is on its way.
pub async fn hang_up(reader: &mut Reader, writer: &mut Writer, session: &mut Session) {
    if reader.buffered().is_empty() {
        // The close that follows says all.
        return;
    }
    writer.close();
    session.deadline.set(Instant::now(), Some(LINGER));
    let deadline = &mut session.deadline;
    poll_fn(|cx| {
        loop {
            let n = reader.buffered().len();
            reader.skip(n);
            match reader.poll_more(cx) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false) | Err(Broken::Closed | Broken::Io(_) | Broken::Malformed(_))) => {
                    return Poll::Ready(());
                }
                Poll::Pending => return deadline.poll(cx),
            }
        }
    })
    .await;
}

/// How long a closed connection is still read from.
const LINGER: Duration = Duration::from_secs(1);

thread_local! {
    /// Streams between two requests: an idle connection has none.
    #[allow(clippy::vec_box, reason = "a connection takes the box itself")]
    static STREAMS: std::cell::RefCell<Vec<Box<Stream>>> = const { std::cell::RefCell::new(Vec::new()) };
}

pub fn take_stream(session: &mut Session) -> Box<Stream> {
    let mut fresh = session.stream();
    let Some(mut old) = STREAMS.with_borrow_mut(Vec::pop) else { return Box::new(fresh) };
    let (mut req, mut res) = (std::mem::take(&mut old.req), std::mem::take(&mut old.res));
    let mut line = std::mem::take(&mut old.request_line);
    fresh.counters.reuse(std::mem::take(&mut old.counters));
    *old = fresh;
    req.clear();
    res.clear();
    line.clear();
    (old.req, old.res, old.request_line) = (req, res, line);
    old
}

pub fn give_stream(stream: Box<Stream>) {
    STREAMS.with_borrow_mut(|pool| {
        if pool.len() < 64 {
            pool.push(stream);
        }
    });
}
