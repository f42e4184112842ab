//! An HTTP/1 connection that has become a tunnel: the last phase of its life, which holds no more than it needs.

use super::{
    Session,
    answer::End,
    client,
    exchange::{After, Exchange, Request, Setting},
    h1::Conn,
    health::{KILLED, cut, cut_short},
    relay::Splice,
    server::ServerConn,
    tunnel,
    upload::Sent,
};
use crate::fault::{Fault, Kind};
use sample::Stream;
use std::{future::poll_fn, pin::pin, task::Poll};

/// What is left of the exchange that the tunnel began with.
#[derive(Debug)]
pub struct Opened {
    pub session: Box<Session>,
    pub stream: Box<Stream>,
    pub client: Conn,
    pub server: Option<ServerConn>,
    pub request: Request,
    pub sent: Sent,
}

/// Moves bytes both ways until both sides have ended, and logs the exchange.
pub async fn serve(mut opened: Box<Opened>) {
    let ended = relay(&mut opened).await;
    Box::pin(conclude(opened, ended)).await;
}

async fn relay(opened: &mut Opened) -> Result<After, End> {
    let Opened { session, stream, client, server: there, .. } = opened;
    let Some(server) = there else { return Ok(After::Close) };
    let (config, process) = (session.config.clone(), session.worker.process.clone());
    let backend = stream.backend.unwrap_or(session.frontend);
    let mut cut = pin!(cut(&config.proxies[backend], &process.proxies[backend], stream.target));
    let client = (&mut client.reader, &mut client.writer);
    let ended = {
        let mut run = pin!(tunnel::between(session, stream, client, server));
        poll_fn(|cx| match (run.as_mut().poll(cx), cut.as_mut().as_pin_mut()) {
            (Poll::Pending, Some(cut)) => cut.poll(cx).map(Err),
            (ended, _) => ended.map(Ok),
        })
        .await
    };
    let ended = ended.map_err(|why| cut_short(stream, why))?;
    if !ended.is_err_and(Fault::aborts) {
        *there = None;
    }
    ended.map_err(|fault| match fault.kind {
        Kind::Killed => cut_short(stream, KILLED),
        _ => fault.into(),
    })?;
    Ok(After::Close)
}

/// What is to be done when the tunnel is over.
async fn conclude(mut opened: Box<Opened>, ended: Result<After, End>) {
    let Opened { session, stream, client, server, request, sent } = &mut *opened;
    let (config, process) = (session.config.clone(), session.worker.process.clone());
    let at = Setting { session: &mut *session, config: &config, process: &process, stream };
    let mut exchange = Exchange::new(at, &mut client.reader, &mut client.writer, *request);
    (exchange.server, exchange.sent) = (server.take(), std::mem::replace(sent, Sent::nothing(Splice::Never)));
    (exchange.answered, exchange.keep_alive) = (true, false);
    exchange.conclude(ended).await;
    session.ended(stream);
    client::hang_up(&mut client.reader, &mut client.writer, session).await;
}
