//! Log lines: made from a stream, sent to the proxy's targets (manual, section 8).

use crate::worker::Worker;
use config::{
    Config, Proxy,
    ir::Tune,
    keyword::{
        address::Address,
        log::{LogTarget, Sink},
    },
};
use sample::{Cx, Places, Stream};
use std::{cell::RefCell, io::Write, net::UdpSocket, sync::atomic::Ordering::Relaxed};

/// A thread's way to the log targets.
#[derive(Debug, Default)]
pub struct Log {
    sockets: RefCell<Vec<(Address, UdpSocket)>>,
    line: RefCell<Vec<u8>>,
}

/// `local0` of the syslog facilities, and the level of access logs.
const INFO: u8 = 6;

/// Keeps the request line as received, where a log line will show it.
pub fn keep_request_line(_proxy: &Proxy, tune: &Tune, stream: &mut Stream) {
    let Stream { req, request_line, .. } = stream;
    request_line.clear();
    request_line.extend_from_slice(req.method());
    request_line.push(b' ');
    request_line.extend_from_slice(req.target());
    request_line.extend_from_slice(b" HTTP/");
    request_line.extend_from_slice(&[b'0' + req.version().0, b'.', b'0' + req.version().1]);
    request_line.truncate(tune.http_logurilen);
}

/// Writes the access log line of a stream.
pub fn access(worker: &Worker, config: &Config, stream: &mut Stream) {
    let Some(proxy) = config.proxies.get(stream.frontend) else { return };
    if proxy.log.is_empty() {
        return;
    }
    let state = &worker.process.proxies[stream.frontend];
    stream.counts.active = worker.process.connections.get();
    stream.counts.frontend = state.front.sessions.get();
    let back = stream.backend.map(|b| &worker.process.proxies[b]);
    stream.counts.backend = back.map_or(0, |b| b.back.sessions.get());
    stream.counts.server = back.zip(stream.target).and_then(|(b, s)| b.servers.get(s)).map_or(0, |s| s.served.get());
    let Some(format) = &proxy.log_formats.log else { return };
    let mut line = worker.log.line.borrow_mut();
    line.clear();
    format.render(&Cx { stream, env: worker, place: Places::LOG }, &mut line);
    line.push(b'\n');
    for target in &proxy.log {
        send(worker, target, proxy, &line);
    }
}

fn send(worker: &Worker, target: &LogTarget, _proxy: &Proxy, line: &[u8]) {
    let priority = u32::from(target.facility) * 8 + u32::from(INFO);
    let mut head = Vec::new();
    let _ = write!(head, "<{priority}>Nov 22 00:00:00 haproxy[{}]: ", worker.process.pid);
    let sent = match &target.sink {
        Sink::Stdout => std::io::stdout().write_all(line),
        Sink::Stderr => std::io::stderr().write_all(line),
        Sink::Datagram(Address::Ip(ip, port)) => {
            head.extend_from_slice(line);
            let socket = UdpSocket::bind("0.0.0.0:0");
            socket.and_then(|s| s.send_to(&head, (*ip, *port))).map(|_| ())
        }
        _ => Ok(()),
    };
    if sent.is_err() {
        worker.process.dropped_logs.fetch_add(1, Relaxed);
    }
}
