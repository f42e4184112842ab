//! Log lines: made from a stream or of a state, framed for each target, sent without waiting (manual, section 8).
//!
//! [`access`] writes the line of a stream, [`state`] those about servers and proxies. Every thread has its own buffers
//! and sockets; a line that a target cannot take at once is dropped and counted.

mod clock;
mod frame;
mod sink;
pub mod state;

pub use clock::{Zone, write_date, write_date_micros};
pub use state::{Change, state};

use crate::{session::unique_id, state::Process, worker::Worker};
use config::{
    Config, Proxy,
    ir::{Mode, Tune},
    keyword::log::{LogTarget, Transport},
};
use frame::Frame;
use sample::{
    Cx, Places, Stream,
    format::{Format, alias::Known},
};
use std::{
    cell::RefCell,
    io::{self, Write},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::SystemTime,
};

/// A thread's way to the log targets.
#[derive(Debug, Default)]
pub struct Log {
    sinks: sink::Sinks,
    pub zone: Zone,
    buffers: RefCell<Buffers>,
}

/// Memory that is used for every line.
#[derive(Debug, Default)]
struct Buffers {
    clock: clock::Clock,
    message: Vec<u8>,
    sd: Vec<u8>,
    line: Vec<u8>,
}

impl Buffers {
    fn clear(&mut self) {
        self.message.clear();
        self.sd.clear();
    }
}

/// The levels of lines that are not told one (manual, section 4.2 `log`).
pub mod level {
    pub const EMERG: u8 = 0;
    pub const ALERT: u8 = 1;
    pub const ERR: u8 = 3;
    pub const WARNING: u8 = 4;
    pub const NOTICE: u8 = 5;
    pub const INFO: u8 = 6;
}

/// What `log-tag` is unless said otherwise: the name that HAProxy is started by.
const TAG: &[u8] = b"haproxy";

/// How far the lines of a proxy have come in the periods of `sample`: one counter a `log` line. Those that come from
/// the global section are shared by all proxies.
#[derive(Debug)]
pub struct Samplers(Vec<Vec<Arc<AtomicU32>>>);

impl Samplers {
    pub fn new(config: &Config) -> Samplers {
        let global: Vec<_> = config.global.log.iter().map(|target| (target, Arc::<AtomicU32>::default())).collect();
        let of = |target: &LogTarget| match global.iter().find(|(g, _)| *g == target) {
            Some((_, counter)) => counter.clone(),
            None => Arc::default(),
        };
        Samplers(config.proxies.iter().map(|p| p.log.iter().map(of).collect()).collect())
    }

    /// Counts a line for a target; whether it is one of those that are sent.
    fn passes(&self, proxy: usize, at: usize, target: &LogTarget) -> bool {
        if target.sample.is_empty() || target.sample_size == 0 {
            return true;
        }
        let Some(counter) = self.0.get(proxy).and_then(|p| p.get(at)) else { return true };
        let turn = counter.fetch_update(Relaxed, Relaxed, |n| Some((n + 1) % target.sample_size)).unwrap_or(0) + 1;
        target.sample.iter().any(|(low, high)| (*low..=*high).contains(&turn))
    }
}

/// Keeps the request line as received, for the log lines and samples that show it.
pub fn keep_request_line(_proxy: &Proxy, tune: &Tune, stream: &mut Stream) {
    let Stream { req, request_line, .. } = stream;
    request_line.clear();
    request_line.extend_from_slice(req.method());
    request_line.push(b' ');
    request_line.extend_from_slice(req.target());
    match req.protocol() {
        [] => {
            request_line.extend_from_slice(b" HTTP/");
            request_line.extend_from_slice(&[b'0' + req.version().0, b'.', b'0' + req.version().1]);
        }
        odd => {
            request_line.push(b' ');
            request_line.extend_from_slice(odd);
        }
    }
    request_line.truncate(tune.http_logurilen.saturating_sub(1));
}

/// The line of a proxy without a format, as a session or a request begins: `Connect from …`.
pub fn connected(worker: &Worker, config: &Config, stream: &Stream) {
    let Some(proxy) = config.proxies.get(stream.frontend) else { return };
    if proxy.log.is_empty() || proxy.log_formats.log.is_some() {
        return;
    }
    let mode = if proxy.mode == Mode::Http { "HTTP" } else { "TCP" };
    let (src, dst) = (Shown(stream.client.src), Shown(stream.client.dst));
    let name = String::from_utf8_lossy(&proxy.name);
    say(worker, stream.frontend, level::INFO, format_args!("Connect from {src} to {dst} ({name}/{mode})"));
}

/// `option logasap`: writes the access log line as soon as the response begins, or the server's connection is there.
pub fn early(worker: &Worker, config: &Config, stream: &mut Stream) {
    if config.proxies.get(stream.frontend).is_some_and(|p| p.options.logasap) {
        access(worker, config, stream);
    }
}

/// Writes the access log line of a stream, unless that was done, or nobody wants it.
pub fn access(worker: &Worker, config: &Config, stream: &mut Stream) {
    let Some(proxy) = config.proxies.get(stream.frontend) else { return };
    let written = stream.times.asap;
    if proxy.log.is_empty() || written || stream.log_level == Some(None) {
        return;
    }
    let Some(format) = format_of(proxy, stream) else { return };
    let failed = failed(stream);
    let null = !stream.is_http && stream.counts.bytes_in == 0 && stream.counts.bytes_out == 0;
    if (proxy.options.dontlog_normal && !failed) || (proxy.options.dontlognull && null) {
        return;
    }
    let usual = if failed && proxy.options.log_separate_errors { level::ERR } else { level::INFO };
    let level = stream.log_level.flatten().unwrap_or(usual);
    stream.times.asap = proxy.options.logasap;
    unique_id::give(worker, config, stream);
    take_counts(worker, stream);
    let mut buffers = worker.log.buffers.borrow_mut();
    buffers.clear();
    let cx = Cx { stream, env: worker, place: Places::LOG };
    format.render(&cx, &mut buffers.message);
    if let Some(format) = &proxy.log_formats.sd {
        format.render(&cx, &mut buffers.sd);
    }
    emit(worker, stream.frontend, level, &mut buffers);
    if answered_twice(proxy, format, stream) {
        emit(worker, stream.frontend, level, &mut buffers);
    }
}

/// 3.4 writes a line that needs nothing but the request behind the request, and again with a server's response. It waits
/// for that in a proxy that captures something of it.
fn answered_twice(proxy: &Proxy, format: &Format, stream: &Stream) -> bool {
    if !proxy.res_captures.is_empty() || proxy.cookie_capture.is_some() {
        return false;
    }
    let known = proxy.log_formats.sd.as_ref().map_or(Known::Accept, |sd| sd.known()).max(format.known());
    stream.is_http && known == Known::Request && stream.server_status != 0
}

/// `error-log-format` is for requests that could not be read.
fn format_of<'p>(proxy: &'p Proxy, stream: &Stream) -> Option<&'p Format> {
    let unread = stream.is_http && !stream.has_req;
    let error = proxy.log_formats.error.as_deref().filter(|_| unread);
    error.or(proxy.log_formats.log.as_deref())
}

/// Whether a stream is more than normal: what `option log-separate-errors` and `option dontlog-normal` go by.
fn failed(stream: &Stream) -> bool {
    let counts = &stream.counts;
    let ended = !matches!(stream.state[0], b'-' | b'L');
    ended || counts.redispatched || counts.retries > 0 || (stream.is_http && stream.status >= 500)
}

/// Fills in the numbers that are those of the moment at which the line is made.
fn take_counts(worker: &Worker, stream: &mut Stream) {
    let process = &worker.process;
    let counts = &mut stream.counts;
    counts.active = process.connections.get();
    if let Some(front) = process.proxies.get(stream.frontend).map(|p| &p.front) {
        counts.frontend = front.sessions.get();
        counts.log_counter = front.logged.fetch_add(1, Relaxed);
    }
    let back = stream.backend.and_then(|b| process.proxies.get(b));
    counts.backend = back.map_or(0, |b| b.back.sessions.get());
    let served = || back.zip(stream.target).and_then(|(b, s)| b.servers.get(s)).map_or(0, |s| s.served.get());
    counts.server = counts.server_left.unwrap_or_else(served);
}

/// A connection that ended before there was a stream: bad PROXY headers and the like.
pub fn connection_error(worker: &Worker, config: &Config, stream: &mut Stream, what: &str) {
    let Some(proxy) = config.proxies.get(stream.frontend) else { return };
    let level = if proxy.options.log_separate_errors { level::ERR } else { level::INFO };
    if let Some(format) = proxy.log_formats.error.as_deref() {
        take_counts(worker, stream);
        let mut buffers = worker.log.buffers.borrow_mut();
        buffers.clear();
        format.render(&Cx { stream, env: worker, place: Places::LOG }, &mut buffers.message);
        return emit(worker, stream.frontend, level, &mut buffers);
    }
    let mut date = Vec::new();
    write_date(stream.times.accept_date, &worker.log.zone, &mut date);
    let (src, date) = (Shown(stream.client.src), String::from_utf8_lossy(&date));
    let bind = proxy.binds.get(stream.client.bind);
    let number = bind.map_or(0, |b| b.id).to_string();
    let bind = bind.and_then(|b| b.name.as_deref()).map_or(number.into(), String::from_utf8_lossy);
    let name = String::from_utf8_lossy(&proxy.name);
    say(worker, stream.frontend, level, format_args!("{src} [{date}] {name}/{bind}: {what}"));
}

/// Sends a message of our own to the targets of a proxy.
pub fn say(worker: &Worker, proxy: usize, level: u8, text: std::fmt::Arguments<'_>) {
    let mut buffers = worker.log.buffers.borrow_mut();
    buffers.clear();
    let _ = buffers.message.write_fmt(text);
    emit(worker, proxy, level, &mut buffers);
}

/// Frames the message for each target that takes its level, and sends it.
fn emit(worker: &Worker, proxy: usize, level: u8, buffers: &mut Buffers) {
    let process = &worker.process;
    let Some(config) = process.config.proxies.get(proxy) else { return };
    let global = &process.config.global;
    let host = global.log_send_hostname.as_ref().map(|h| h.as_deref().unwrap_or(process.hostname.as_bytes()));
    let tag = config.log_tag.as_deref().or(global.log_tag.as_deref()).unwrap_or(TAG);
    let Buffers { clock, message, sd, line } = buffers;
    clock.set(SystemTime::now(), &worker.log.zone);
    for (at, target) in config.log.iter().enumerate() {
        if level > target.max_level || !process.log_samplers.passes(proxy, at, target) {
            continue;
        }
        let usual = if host.is_some() { Transport::Rfc3164 } else { Transport::Local };
        let level = level.max(target.min_level);
        let frame = Frame { facility: target.facility, level, tag, host, pid: process.pid, sd };
        frame.write(target.format.unwrap_or(usual), target.len, message, clock, line);
        if let Err(error) = worker.log.sinks.send(&target.sink, line) {
            lost(process, at, &error);
        }
    }
}

/// Counts a line that was lost; the first one is reported.
fn lost(process: &Process, target: usize, error: &io::Error) {
    if process.dropped_logs.fetch_add(1, Relaxed) == 0 && error.kind() != io::ErrorKind::WouldBlock {
        tracing::error!("sendmsg()/writev() failed in logger #{}: {error}", target + 1);
    }
}

/// An address as `Connect from` writes it: no brackets, `unix:1` for what has none.
struct Shown(Option<SocketAddr>);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(at) => write!(f, "{}:{}", at.ip(), at.port()),
            None => f.write_str("unix:1"),
        }
    }
}

#[cfg(test)]
mod tests;
