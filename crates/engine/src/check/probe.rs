//! One check: a connection, what is to be said on it, and the answer.

use super::{
    health::Bounds,
    http::{self, Answer},
    outcome::{Outcome, Status},
};
use crate::{
    fault::Kind,
    session::{
        h1::{Conn, Reader},
        h2,
        transport::{Broken, Sink, Source},
    },
    state::server::Health,
    upstream::connect::Endpoint,
    worker::Worker,
};
use config::{
    Proxy,
    keyword::{
        address::Address,
        bind::Proto,
        check::{Check, HttpCheck},
        server::{SendProxy, Server, ServerCheck},
    },
};
use message::Head;
use sample::stream::Marks;
use std::{
    future::{Future, poll_fn},
    net::SocketAddr,
    sync::atomic::Ordering::Relaxed,
    task::ready,
    task::{Context, Poll},
    time::Duration,
};
use wire::{http1::Asked, proxy::Addresses};

/// Most of a body that is looked at.
const BODY: usize = 16 * 1024;

/// Checks a server once (manual, section 4.2 `timeout check`).
pub(super) async fn run(worker: &Worker, (p, s): (usize, usize)) -> Outcome {
    let config = &worker.process.config;
    let Some((proxy, server)) = config.proxies.get(p).and_then(|p| Some((p, p.servers.get(s)?))) else {
        return Outcome::new(Status::SockErr);
    };
    let Some(check) = &server.check else { return Outcome::new(Status::SockErr) };
    let limits = Limits::of(proxy, check);
    // Without `timeout check`, one limit is for all of it.
    let all = async {
        let conn = match within(Some(limits.connect), connect(worker, (p, s), server, check)).await {
            Some(Ok(conn)) => conn,
            Some(Err(outcome)) => return outcome,
            None => return Outcome::new(Status::L4Tout),
        };
        let spoken = within(limits.read, speak(worker, (p, s), conn)).await;
        spoken.unwrap_or_else(|| Outcome::new(Status::L7Tout))
    };
    within(limits.whole, all).await.unwrap_or_else(|| Outcome::new(Status::L7Tout))
}

/// How long the steps may take.
struct Limits {
    connect: Duration,
    read: Option<Duration>,
    whole: Option<Duration>,
}

impl Limits {
    fn of(proxy: &Proxy, check: &ServerCheck) -> Limits {
        match proxy.timeouts.check {
            Some(read) => {
                let connect = proxy.timeouts.connect.map_or(check.inter, |t| t.min(check.inter));
                Limits { connect, read: Some(read), whole: None }
            }
            None => Limits { connect: check.inter, read: None, whole: Some(check.inter + GRACE) },
        }
    }
}

/// What the limit of the whole has more than that of its first step, so that the first step's is met first.
const GRACE: Duration = Duration::from_millis(1);

async fn within<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, work).await.ok(),
        None => Some(work.await),
    }
}

async fn connect(
    worker: &Worker,
    (p, s): (usize, usize),
    server: &Server,
    check: &ServerCheck,
) -> Result<Conn, Outcome> {
    let now = worker.process.proxies.get(p).and_then(|p| p.servers.get(s)).and_then(|s| s.addr());
    let endpoint = endpoint(server, check, now).ok_or(Outcome::new(Status::SockErr))?;
    let source = match &server.source {
        Some(Address::Ip(ip, port)) => Some((*ip, *port).into()),
        _ => None,
    };
    let io = match endpoint.connect(source, false, Marks::default()).await {
        Ok(io) => io,
        Err(e) if matches!(endpoint, Endpoint::Ip(_)) => return Err(Outcome::refused(&e)),
        Err(_) => return Err(Outcome::new(Status::SockErr)),
    };
    let mut conn = Conn::new(io, worker.limits(true));
    let mut header = Vec::new();
    match introduces(server, check) {
        SendProxy::No => {}
        SendProxy::V1 => {
            let ends = conn.io().local().zip(conn.io().peer());
            let addresses = ends.map(|(source, destination)| Addresses { source, destination });
            wire::proxy::write_v1(addresses, &mut header);
        }
        SendProxy::V2 => wire::proxy::write_v2(None, false, &[], &mut header),
    }
    conn.writer.raw(&header);
    Ok(conn)
}

/// Where the check goes: to the server, or to where `addr` and `port` say.
fn endpoint(server: &Server, check: &ServerCheck, now: Option<SocketAddr>) -> Option<Endpoint> {
    let (address, port) = match &check.addr {
        Some(Address::Unix(path)) => return Some(Endpoint::Unix(path.clone())),
        Some(Address::Abstract(name)) => return Some(Endpoint::Abstract(name.clone())),
        Some(Address::Ip(ip, port)) => (Some(*ip), Some(*port).filter(|p| *p > 0)),
        _ => (None, None),
    };
    match check.port.or(port) {
        None if address.is_none() => Endpoint::of(server, now, None),
        port => {
            let ip = address.or(now.map(|a| a.ip()))?;
            Some(Endpoint::Ip(SocketAddr::new(ip, port.or(now.map(|a| a.port()))?)))
        }
    }
}

/// Checks that go where the traffic goes begin as it does; others only with `check-send-proxy`.
fn introduces(server: &Server, check: &ServerCheck) -> SendProxy {
    let elsewhere = check.port.is_some() || check.addr.is_some();
    match server.send_proxy {
        SendProxy::No if server.check_send_proxy => SendProxy::V1,
        version if !elsewhere || server.check_send_proxy => version,
        _ => SendProxy::No,
    }
}

/// What is said once the connection stands.
async fn speak(worker: &Worker, at: (usize, usize), mut conn: Conn) -> Outcome {
    let proxy = worker.process.config.proxies.get(at.0);
    let said = proxy.and_then(|p| p.servers.get(at.1)).and_then(|s| s.check.as_ref());
    let outcome = match proxy.map(|p| &p.check) {
        Some(Check::Http(check)) if said.is_some_and(|s| s.proto == Some(Proto::H2)) => {
            return ask_h2(worker, at, check, conn).await.unwrap_or_else(|_| Outcome::new(Status::SockErr));
        }
        Some(Check::Http(check)) => ask(worker, at, check, &mut conn).await,
        _ => flush(&mut conn).await.map(|()| Outcome::new(Status::L4Ok)),
    };
    conn.io().reset_on_close();
    outcome.unwrap_or_else(|_| Outcome::new(Status::SockErr))
}

async fn flush(conn: &mut Conn) -> Result<(), Broken> {
    poll_fn(|cx| conn.writer.poll_flush(cx)).await
}

async fn ask(worker: &Worker, at: (usize, usize), check: &HttpCheck, conn: &mut Conn) -> Result<Outcome, Broken> {
    let state = check.send_state.then(|| server_state(worker, at)).flatten();
    conn.writer.raw(&http::request(check, state.as_deref()));
    flush(conn).await?;
    let asked = if check.method == b"HEAD" { Asked::Head } else { Asked::Other };
    let mut head = Head::default();
    if poll_fn(|cx| poll_head(&mut conn.reader, asked, &mut head, cx)).await?.is_none() {
        return Ok(Outcome::new(Status::L7Rsp));
    }
    Ok(listen(worker, at, check, &head, &mut conn.reader).await)
}

/// The same in HTTP/2, on a connection of its own.
async fn ask_h2(worker: &Worker, at: (usize, usize), check: &HttpCheck, conn: Conn) -> Result<Outcome, Broken> {
    let state = check.send_state.then(|| server_state(worker, at)).flatten();
    let (text, mut head) = (http::request(check, state.as_deref()), Head::default());
    let Ok(Some(parsed)) = wire::http1::parse_request(&text, &worker.limits(true), &mut head) else {
        return Ok(Outcome::new(Status::SockErr));
    };
    let tune = &worker.process.config.global.tune;
    let line = h2::server::begin(conn, tune, true, None, None);
    let mut asking = line.ask(&head, false);
    asking.writer.head(&head, parsed.framing);
    let mut body = text.get(parsed.len..).unwrap_or(&[]);
    poll_fn(|cx| {
        while !body.is_empty() {
            let n = ready!(asking.writer.poll_write(cx, body, false))?;
            body = body.get(n..).unwrap_or(&[]);
        }
        asking.writer.end(None);
        asking.writer.poll_flush(cx)
    })
    .await?;
    let asked = if check.method == b"HEAD" { Asked::Head } else { Asked::Other };
    let came = poll_fn(|cx| asking.reader.poll_head(asked, true, &mut head, cx)).await;
    line.retire();
    Ok(match came {
        Ok(_) => listen(worker, at, check, &head, &mut asking.reader).await,
        Err(fault) if fault.kind == Kind::ServerProtocol => Outcome::new(Status::L7Rsp),
        Err(_) => Outcome::new(Status::SockErr),
    })
}

/// Takes as much of the answer's body as is needed to judge it.
async fn listen<S: Source>(
    worker: &Worker,
    at: (usize, usize),
    check: &HttpCheck,
    head: &Head,
    reader: &mut S,
) -> Outcome {
    let state = worker.process.proxies.get(at.0).and_then(|p| p.servers.get(at.1));
    let running = state.is_some_and(|s| s.is_running());
    let (mut body, mut complete) = (Vec::new(), false);
    loop {
        complete |= reader.ended() || body.len() >= BODY;
        if let Some(outcome) = http::judge(check, running, Answer { head, body: &body, complete }) {
            return outcome;
        }
        if poll_fn(|cx| reader.poll_data(cx)).await.is_err() {
            complete = true;
        }
        body.extend_from_slice(reader.data());
        reader.consume(reader.data().len());
    }
}

/// The head of the answer; `None` = what came is no HTTP.
fn poll_head(
    reader: &mut Reader,
    asked: Asked,
    head: &mut Head,
    cx: &mut Context<'_>,
) -> Poll<Result<Option<()>, Broken>> {
    loop {
        match reader.response(asked, head) {
            Ok(Some(_)) => return Poll::Ready(Ok(Some(()))),
            Ok(None) => {}
            Err(_) => return Poll::Ready(Ok(None)),
        }
        if !ready!(reader.poll_more(cx))? {
            return Poll::Ready(Err(Broken::Closed));
        }
    }
}

/// The value of `x-haproxy-server-state` (manual, section 4.2 `http-check send-state`).
fn server_state(worker: &Worker, (p, s): (usize, usize)) -> Option<String> {
    let process = &worker.process;
    let (proxy, now) = (process.config.proxies.get(p)?, process.proxies.get(p)?);
    let (server, state) = (proxy.servers.get(s)?, now.servers.get(s)?);
    let bounds = Bounds::of(server.check.as_ref()?);
    let count = state.check_health.load(Relaxed);
    let shown = match state.health() {
        Health::Up if count >= bounds.top() => format!("UP {0}/{0}", bounds.fall),
        health => bounds.status(count, health),
    };
    let weight = |s: &crate::state::ServerState| s.weight.load(Relaxed);
    let total: u32 = now.servers.iter().filter(|s| s.is_usable()).map(weight).sum();
    let sessions: u32 = now.servers.iter().map(|s| s.served.get()).sum();
    let (address, port) = match state.addr() {
        Some(addr) => (addr.ip().to_string(), addr.port().to_string()),
        None => ("unix".to_owned(), "unix".to_owned()),
    };
    let node = process.config.global.node.as_deref().map(String::from_utf8_lossy);
    Some(format!(
        "{shown}; address={address}; port={port}; name={}/{}; node={}; weight={}/{total}; scur={}/{sessions}; qcur={}",
        String::from_utf8_lossy(&proxy.name),
        String::from_utf8_lossy(&server.name),
        node.unwrap_or_else(|| process.hostname.as_str().into()),
        weight(state),
        state.served.get(),
        state.queued.get(),
    ))
}
