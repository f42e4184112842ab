//! A connection has been accepted: who it is from, whether it may stay, and in which protocol it speaks.

use super::{
    Session,
    client::{self, Left},
    h1::Conn,
    introduction::Introduction,
    lounge::Idle,
    opened, tcp,
};
use crate::{
    contain::contained,
    deadline::Deadline,
    io::{Io, below},
    log,
    upstream::own::Own,
    worker::Worker,
};
use config::{ir::Mode, keyword::bind::Bind};
use rules::{Flow, Protocol, Rule};
use sample::{
    Places,
    fetch::failure,
    table::{Counters, Event},
};
use std::{
    future::poll_fn,
    net::SocketAddr,
    rc::Rc,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant, SystemTime},
};
use wire::http1::Preface;

/// Where a connection came in.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub frontend: usize,
    pub bind: usize,
}

/// Serves one accepted connection to its end. The connection is counted already, and is uncounted here.
pub async fn serve(worker: Rc<Worker>, entry: Entry, io: Rc<Io>) {
    let counted = Counted::new(worker.clone(), entry);
    // Each phase has memory of its own: what a connection holds for long is that of its last phase only.
    let Some((session, conn)) = Box::pin(admit(worker, entry, io)).await else { return };
    let (session, conn) = match session.proxy().mode {
        Mode::Http => (session, conn),
        Mode::Tcp => match Box::pin(tcp::serve(session, conn)).await {
            Some(upgraded) => upgraded,
            None => return,
        },
    };
    let (session, conn, h2) = Box::pin(spoken(session, conn, entry)).await;
    if h2 {
        return Box::pin(super::h2::serve(session, conn)).await;
    }
    speak(session, conn, counted).await;
}

/// Serves a client of HTTP/1, until it has left or idles.
fn speak(session: Box<Session>, conn: Conn, counted: Counted) -> impl Future<Output = ()> {
    // No argument is one of the future's: it would hold it beside what is made of it, for as long as a tunnel lasts.
    let (mut served, mut counted) = (Box::pin(client::serve(session, conn)), counted);
    async move {
        loop {
            let left = served.as_mut().await;
            drop(served);
            match left {
                None => return,
                Some(Left::Opened(opened)) => return Box::pin(opened::serve(opened)).await,
                Some(Left::Idle(idle)) => {
                    let worker = counted.worker.clone();
                    let Some((idle, still)) = worker.lounge.rest(idle, counted) else { return };
                    let Idle { mut session, conn } = *idle;
                    session.restless = true;
                    (served, counted) = (Box::pin(client::serve(session, conn)), still);
                }
            }
        }
    }
}

/// Gives a client that was idle a task again.
pub fn resume(worker: Rc<Worker>, session: Box<Session>, conn: Conn, counted: Counted) {
    let frontend = session.frontend;
    tokio::task::spawn_local(contained(worker, frontend, speak(session, conn, counted)));
}

/// A connection that speaks HTTP/1 as its frontend has it, and that the session's samples ask.
pub fn conn(session: &mut Session, io: Rc<Io>) -> Conn {
    session.client.below = Some(below(&io));
    let options = &session.proxy().options;
    let mut conn = Conn::new(io, session.worker.limits(options.accept_unsafe_request));
    if options.h1_case_adjust_client {
        conn.writer.adjust_case(session.worker.process.case.as_ref());
    }
    conn
}

/// Asks the rules about the connection, and its PROXY header for who it is from. `None`: it is to be closed.
async fn admit(worker: Rc<Worker>, entry: Entry, io: Rc<Io>) -> Option<(Box<Session>, Conn)> {
    let mut session = Box::new(begin(worker, entry, &io));
    let config = session.config.clone();
    let fe = &config.proxies[entry.frontend];
    let mut announced = fe.binds.get(entry.bind).and_then(announced);
    let mut conn = conn(&mut session, io);
    let rules = &fe.rules.tcp_request_connection;
    if !judge(&mut session, rules, Places::FE_CONNECTION, conn.io(), &mut announced).await {
        session.state().front.counts.mine().dcon.one();
        conn.io().reset_on_close();
        return None;
    }
    if let Some(cut) = fe.binds.get(entry.bind).and_then(|bind| bind.mss).filter(|mss| *mss < 0) {
        conn.io().cut_mss(cut.unsigned_abs());
    }
    if fe.options.clitcpka {
        conn.io().set_keepalive(&fe.options.client_probes);
    }
    if let Some(header) = announced
        && let Err(what) = header.read(&mut session, &mut conn).await
    {
        if !(fe.options.dontlognull && conn.reader.buffered().is_empty()) {
            connection_error(&mut session, what);
        }
        return None;
    }
    if !judge(&mut session, &fe.rules.tcp_request_session, Places::FE_SESSION, conn.io(), &mut None).await {
        session.state().front.counts.mine().dses.one();
        if announced.is_some() {
            // What HAProxy says of a session that has got past its handshake, but no further.
            connection_error(&mut session, "Success");
        }
        return None;
    }
    session.counters.count(Event::Session);
    Some((session, conn))
}

/// The header that a `bind` line wants first.
fn announced(bind: &Bind) -> Option<Introduction> {
    let netscaler = bind.netscaler_magic.map(Introduction::Netscaler);
    if bind.accept_proxy { Some(Introduction::Proxy) } else { netscaler }
}

/// What is known from the socket itself.
fn begin(worker: Rc<Worker>, entry: Entry, io: &Io) -> Session {
    let (src, dst) = (io.peer(), io.local());
    let unix = io.is_unix();
    let (src, dst) = (src.map(canonical), dst.map(canonical));
    let client = sample::Conn { src, dst, unix, bind: entry.bind, ..sample::Conn::default() };
    let config = worker.process.config.clone();
    let ms = worker.ms();
    let front = &worker.process.proxies[entry.frontend].front;
    front.session_rate.tick(ms);
    front.counts.mine().stot.one();
    worker.process.session_rate.tick(ms);
    Session {
        config,
        frontend: entry.frontend,
        bind: entry.bind,
        client,
        accepted: Instant::now(),
        accept_date: SystemTime::now(),
        deadline: Deadline::default(),
        private: Own::default(),
        last_server: None,
        requests: 0,
        vars: sample::stream::Vars::default(),
        counters: Counters::default(),
        upgrade: None,
        restless: false,
        worker,
    }
}

/// An IPv4 client on an IPv6 socket is an IPv4 client.
fn canonical(addr: SocketAddr) -> SocketAddr {
    SocketAddr::new(addr.ip().to_canonical(), addr.port())
}

/// Runs a ruleset that can only accept or reject, or ask for a PROXY header (`announced`); what it changes of the client's
/// addresses and of the session's variables stays.
async fn judge(
    session: &mut Session,
    rules: &[Arc<Rule>],
    place: Places,
    io: &Io,
    announced: &mut Option<Introduction>,
) -> bool {
    if rules.is_empty() {
        return true;
    }
    // Most connections meet no rules here, and need no memory for it.
    let mut stream = client::take_stream(session);
    let mut from = 0;
    let mut accepted = true;
    while accepted && from < rules.len() {
        let (flow, next) = rules::run(rules, &mut stream, &*session.worker, place, from, true);
        from = next;
        match flow {
            Flow::Reject | Flow::Close | Flow::Failed | Flow::Answer(_) => accepted = false,
            Flow::SilentDrop(hops) => {
                io.vanish_on_close(hops);
                accepted = false;
            }
            Flow::ExpectNetscaler => {
                let bind = session.proxy().binds.get(session.bind);
                let magic = bind.and_then(|bind| bind.netscaler_magic).unwrap_or_default();
                *announced = Some(Introduction::Netscaler(magic));
            }
            Flow::ExpectProxy => *announced = Some(Introduction::Proxy),
            Flow::Pause(time) => tokio::time::sleep(time).await,
            Flow::Wait => from += 1,
            _ => break,
        }
    }
    session.client = stream.client.clone();
    session.counters.settle(&mut stream.counters);
    session.ended(&mut stream);
    client::give_stream(stream);
    accepted
}

/// Logs a connection that ends before there is a stream.
fn connection_error(session: &mut Session, what: &str) {
    session.client.failure = failure::number(what);
    let (config, mut stream) = (session.config.clone(), session.stream());
    log::connection_error(&session.worker, &config, &mut stream, what);
}

/// Whether HTTP/2 is spoken, by configuration or by its preface, rather than HTTP/1.
async fn spoken(mut session: Box<Session>, mut conn: Conn, entry: Entry) -> (Box<Session>, Conn, bool) {
    use config::keyword::bind::Proto;
    let config = session.config.clone();
    let fe = &config.proxies[entry.frontend];
    let switched = match session.upgrade.map(|upgrade| upgrade.protocol) {
        Some(Protocol::H1) => Some(Proto::H1),
        Some(Protocol::H2) => Some(Proto::H2),
        Some(Protocol::Any) | None => None,
    };
    let h2 = match switched.or(fe.binds.get(entry.bind).and_then(|b| b.proto)) {
        Some(Proto::H1) => false,
        Some(Proto::H2) => true,
        None if fe.options.disable_h2_upgrade => false,
        None => prefaced(&mut session, &mut conn).await,
    };
    if h2 && let Some(upgrade) = &mut session.upgrade {
        // The streams of HTTP/2 are new ones: each meets all the rules itself.
        upgrade.backend = None;
    }
    let counts = session.state().front.counts.mine();
    if h2 { &counts.h2sess } else { &counts.h1sess }.one();
    (session, conn, h2)
}

/// Whether the first bytes are HTTP/2's preface. Waits only as long as they may still become it.
async fn prefaced(session: &mut Session, conn: &mut Conn) -> bool {
    let timeouts = &session.config.proxies[session.frontend].timeouts;
    session.deadline.set(session.accepted, timeouts.http_request.or(timeouts.client));
    let (deadline, reader) = (&mut session.deadline, &mut conn.reader);
    poll_fn(|cx| {
        loop {
            let buffered = reader.buffered();
            if !buffered.is_empty() {
                match wire::http1::preface(buffered) {
                    Preface::Yes => return Poll::Ready(true),
                    Preface::No => return Poll::Ready(false),
                    Preface::Maybe => {}
                }
            }
            match reader.poll_more(cx) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(_) => return Poll::Ready(false),
                Poll::Pending => return deadline.poll(cx).map(|()| false),
            }
        }
    })
    .await
}

/// The connection's place under the limits of its listener, its frontend and the process.
#[derive(Debug)]
pub struct Counted {
    worker: Rc<Worker>,
    entry: Entry,
}

impl Counted {
    /// For a connection that was counted.
    pub fn new(worker: Rc<Worker>, entry: Entry) -> Counted {
        Counted { worker, entry }
    }

    pub fn parts(&self) -> (Rc<Worker>, Entry) {
        (self.worker.clone(), self.entry)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let process = &self.worker.process;
        process.connections.down();
        let Some(state) = process.proxies.get(self.entry.frontend) else { return };
        state.front.sessions.down();
        if let Some(listener) = state.front.listeners.get(self.entry.bind) {
            listener.sessions.down();
        }
        process.free.notify_waiters();
    }
}

/// How long a new connection may keep the accepting task busy.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
#[cfg(test)]
mod tests {
    use super::*;

    /// What an idle connection holds is mostly its task: it must not grow unseen.
    #[test]
    fn connections_stay_small() {
        fn of<A, B, F: Future>(_: fn(A, B) -> F) -> usize {
            size_of::<F>()
        }
        fn of_tunnel<F: Future>(_: fn(Box<super::opened::Opened>) -> F) -> usize {
            size_of::<F>()
        }
        assert!(of_tunnel(super::opened::serve) <= 512, "{}", of_tunnel(super::opened::serve));
        fn of_connection<F: Future>(_: fn(Rc<Worker>, Entry, Rc<Io>) -> F) -> usize {
            size_of::<F>()
        }
        assert!(of_connection(super::serve) <= 256, "{}", of_connection(super::serve));
        assert!(of(super::client::serve) <= 2048, "{}", of(super::client::serve));
        assert!(of(super::tcp::serve) <= 2048, "{}", of(super::tcp::serve));
        // Up to these the allocator gives no larger block.
        assert!(size_of::<super::Session>() <= 448, "{}", size_of::<super::Session>());
        assert!(size_of::<sample::Stream>() <= 1280, "{}", size_of::<sample::Stream>());
    }
}
