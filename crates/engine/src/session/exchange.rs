//! One HTTP exchange: what all its phases share.

use super::{
    Session,
    answer::End,
    persist::{Persist, Stored},
    relay::Splice,
    retry::Retry,
    server::ServerConn,
    transport::{Gone, Sink, Source},
    upload::Sent,
};
use crate::{
    deadline::Deadline,
    fault::{Fault, Kind, Phase},
    state::{Process, ProxyState},
};
use config::{Config, Proxy};
use sample::{Cx, Places, Stream, stream::Timeouts};
use std::{
    future::poll_fn,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use wire::http1::Framing;

/// What the codec found out about the request.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    pub framing: Framing,
    /// The client lets its connection live on.
    pub keep_alive: bool,
    pub upgrade: bool,
    pub expect_continue: bool,
    pub head_method: bool,
    pub connect_method: bool,
    /// The protocol has no connection to close behind an exchange: HTTP/2.
    pub multiplexed: bool,
}

/// What is to happen with the client's connection behind an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    Close,
    KeepAlive,
    /// Close with a reset, without a word.
    Reset,
    /// Close so that the client does not see it; see [`crate::io::Io::vanish_on_close`].
    Vanish(u8),
    /// It is a tunnel now: see [`Exchange::tunnel`].
    Tunnel,
}

/// An exchange on its way.
#[derive(Debug)]
pub struct Exchange<'e, R, K> {
    pub session: &'e mut Session,
    pub config: &'e Config,
    pub process: &'e Process,
    pub stream: &'e mut Stream,
    pub reader: &'e mut R,
    pub writer: &'e mut K,
    pub request: Request,
    pub server: Option<ServerConn>,
    pub retry: Retry,
    /// The request's payload has been sent on, or there was none.
    pub uploaded: bool,
    pub sent: Sent,
    /// The response's head is on its way: no other answer can be given.
    pub answered: bool,
    pub keep_alive: bool,
    pub persist: Persist,
    /// Keys of stick tables that wait for their server.
    pub stored: Vec<Stored>,
    /// Rules that add to the response, run by frontend and backend: `http-after-response` is done.
    pub after_done: bool,
}

/// Where an exchange takes place: the session, and what the threads share.
#[derive(Debug)]
pub struct Setting<'e> {
    pub session: &'e mut Session,
    pub config: &'e Config,
    pub process: &'e Process,
    pub stream: &'e mut Stream,
}

/// Ready when the client has left. One that nothing had to be waited for yet may be served before that is worth being told.
pub fn poll_left(client: &mut impl Source, deadline: &mut Deadline, cx: &mut Context<'_>) -> Poll<Gone> {
    if !client.is_watched() && deadline.spares() {
        return Poll::Pending;
    }
    client.poll_gone(cx)
}

impl<'e, R: Source, K: Sink> Exchange<'e, R, K> {
    /// An exchange at its beginning.
    pub fn new(at: Setting<'e>, reader: &'e mut R, writer: &'e mut K, request: Request) -> Exchange<'e, R, K> {
        Exchange {
            session: at.session,
            config: at.config,
            process: at.process,
            stream: at.stream,
            reader,
            writer,
            request,
            server: None,
            retry: Retry::default(),
            uploaded: request.framing == Framing::None,
            sent: Sent::nothing(Splice::Never),
            answered: false,
            keep_alive: request.keep_alive,
            persist: Persist::default(),
            stored: Vec::new(),
            after_done: false,
        }
    }

    pub fn frontend(&self) -> &'e Proxy {
        &self.config.proxies[self.session.frontend]
    }

    /// The chosen backend, or the frontend as long as there is none.
    pub fn backend(&self) -> &'e Proxy {
        &self.config.proxies[self.stream.backend.unwrap_or(self.session.frontend)]
    }

    pub fn frontend_state(&self) -> &'e ProxyState {
        &self.process.proxies[self.session.frontend]
    }

    pub fn backend_state(&self) -> &'e ProxyState {
        &self.process.proxies[self.stream.backend.unwrap_or(self.session.frontend)]
    }

    /// The timeouts in force: `set-timeout` goes before what the proxies say.
    pub fn timeouts(&self) -> Timeouts {
        let (fe, be) = (&self.frontend().timeouts, &self.backend().timeouts);
        let set = self.stream.timeouts.as_deref().copied().unwrap_or_default();
        Timeouts {
            client: set.client.or(fe.client),
            connect: set.connect.or(be.connect),
            queue: set.queue.or(be.queue).or(be.connect),
            server: set.server.or(be.server),
            tarpit: set.tarpit.or(fe.tarpit).or(fe.connect),
            tunnel: set.tunnel.or(be.tunnel),
        }
    }

    /// How the request's payload is to be moved.
    pub fn splice_request(&self) -> Splice {
        // A tunnel would have to go on with what is on its way.
        if self.request.upgrade || self.request.connect_method {
            return Splice::Never;
        }
        Splice::of(&self.frontend().options, &self.backend().options, |options| options.splice_request)
    }

    /// How the response's payload is to be moved.
    pub fn splice_response(&self) -> Splice {
        Splice::of(&self.frontend().options, &self.backend().options, |options| options.splice_response)
    }

    pub fn cx(&self, place: Places) -> Cx<'_> {
        Cx { stream: self.stream, env: &*self.session.worker, place }
    }

    /// Sleeps, but ends early when the client goes away.
    pub async fn pause(&mut self, time: Duration, phase: Phase) -> Result<(), End> {
        self.session.deadline.set(Instant::now(), Some(time));
        let abort = self.aborts_on_close();
        let (deadline, reader) = (&mut self.session.deadline, &mut *self.reader);
        let watch = self.uploaded || reader.ended();
        let gone = poll_fn(|cx| {
            if watch
                && let Poll::Ready(gone) = poll_left(reader, deadline, cx)
                && (abort || gone == Gone::Reset)
            {
                return Poll::Ready(true);
            }
            deadline.poll(cx).map(|()| false)
        });
        match gone.await {
            true => Err(Fault::new(Kind::ClientAbort, phase).into()),
            false => Ok(()),
        }
    }
}
