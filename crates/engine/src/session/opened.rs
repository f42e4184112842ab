//! An HTTP/1 connection that has become a tunnel: the last phase of its life, which holds no more than it needs.

use super::{
    Session, client,
    exchange::{Exchange, Request, Setting},
    h1::Conn,
    server::ServerConn,
    upload::Sent,
};
use sample::Stream;

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
pub async fn serve(opened: Opened) {
    let Opened { mut session, mut stream, client: Conn { mut reader, mut writer }, server, request, sent } = opened;
    let (config, process) = (session.config.clone(), session.worker.process.clone());
    let at = Setting { session: &mut session, config: &config, process: &process, stream: &mut stream };
    let mut exchange = Exchange::new(at, &mut reader, &mut writer, request);
    (exchange.server, exchange.sent) = (server, sent);
    (exchange.answered, exchange.keep_alive) = (true, false);
    exchange.tunnel().await;
    session.ended(&mut stream);
    client::close(&mut reader, &mut writer, &mut session).await;
}
