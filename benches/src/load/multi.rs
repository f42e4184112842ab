//! HTTP/2 on both sides of the proxy: a client with many streams, and an origin of calls that go to and fro.

use super::{
    Run,
    client::Step,
    plan::{Plan, Style},
    response::Expect,
};
use std::{
    collections::HashMap,
    io::{self, Read, Write},
    net::TcpStream,
    time::Instant,
};
use wire::http2::{
    Decoder, Frame, Next,
    frame::{self, flag, kind, setting},
    hpack,
};

/// A message of a call: the length in front of it, and 64 bytes.
const MESSAGE: &[u8] = b"\0\0\0\0\x40abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl";

/// A window that no run uses up, and when it is opened again.
const WINDOW: u32 = 1 << 30;

/// The frames of one connection. What is sent is small next to the proxy's windows, so that those are not looked at.
#[derive(Debug)]
struct Frames {
    decoder: Decoder,
    input: Vec<u8>,
    out: Vec<u8>,
    received: u32,
}

impl Frames {
    /// At the beginning, where `preface` is what is said first.
    fn new(preface: &[u8]) -> Self {
        let mut out = preface.to_vec();
        frame::write_settings(&[(setting::INITIAL_WINDOW_SIZE, WINDOW)], &mut out);
        frame::write_window(0, WINDOW, &mut out);
        Self { decoder: Decoder::new(4096), input: Vec::new(), out, received: 0 }
    }

    /// Hands on each frame of `bytes` that concerns a stream: its kind, its stream, whether it ends that, the payload.
    fn feed<E: From<&'static str>>(
        &mut self,
        bytes: &[u8],
        mut each: impl FnMut(&mut Self, u8, u32, bool, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut input = std::mem::take(&mut self.input);
        input.extend_from_slice(bytes);
        let mut taken = 0;
        while let Next::Frame(frame) = Frame::read(input.get(taken..).unwrap_or_default(), frame::PAYLOAD) {
            taken += frame.size();
            match frame.kind {
                kind::SETTINGS if !frame.has(flag::ACK) => {
                    frame::write_head(0, kind::SETTINGS, flag::ACK, 0, &mut self.out);
                }
                kind::GOAWAY => return Err("the connection is to end".into()),
                kind::RST_STREAM => return Err("a stream was reset".into()),
                kind::DATA | kind::HEADERS => {
                    self.count(frame.payload.len());
                    each(self, frame.kind, frame.stream, frame.has(flag::END_STREAM), frame.payload)?;
                }
                _ => {}
            }
        }
        input.drain(..taken);
        self.input = input;
        Ok(())
    }

    fn count(&mut self, bytes: usize) {
        self.received += bytes as u32;
        if self.received > WINDOW / 2 {
            frame::write_window(0, self.received, &mut self.out);
            self.received = 0;
        }
    }

    fn data(&mut self, stream: u32, end: bool, bytes: &[u8]) {
        frame::write_head(bytes.len(), kind::DATA, if end { flag::END_STREAM } else { 0 }, stream, &mut self.out);
        self.out.extend_from_slice(bytes);
    }

    fn flush(&mut self, mut stream: &TcpStream) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        // What waits for a proxy is a few kilobytes: it always fits.
        stream.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }
}

/// A client connection with exchanges beside each other.
#[derive(Debug)]
pub(crate) struct Multi {
    pub(crate) stream: TcpStream,
    frames: Frames,
    exchanges: HashMap<u32, Exchange>,
    /// Exchanges that wait for something that counts.
    busy: usize,
    next: u32,
}

#[derive(Debug)]
struct Exchange {
    started: Instant,
    /// The head has come.
    headed: bool,
    /// Bytes of the body, or of the message.
    seen: usize,
    /// Messages of a call that may follow.
    messages: usize,
    /// Only the end is waited for.
    ending: bool,
}

impl Multi {
    pub(crate) fn open(run: &mut Run<'_>) -> io::Result<Self> {
        let stream = TcpStream::connect(run.plan.address)?;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let frames = Frames::new(frame::PREFACE);
        let mut multi = Self { stream, frames, exchanges: HashMap::new(), busy: 0, next: 1 };
        multi.resume(run)?;
        Ok(multi)
    }

    /// Begins as many exchanges as the plan has at once. One of them is issued already.
    pub(crate) fn resume(&mut self, run: &mut Run<'_>) -> io::Result<()> {
        let each = match run.plan.style {
            Style::Streams(each) | Style::Calls(each, _) => each,
            _ => 1,
        };
        self.begin(run.plan);
        while self.busy < each && run.issue() {
            self.begin(run.plan);
        }
        self.frames.flush(&self.stream)
    }

    fn begin(&mut self, plan: &Plan) {
        let (id, now) = (self.next, Instant::now());
        self.next += 2;
        self.busy += 1;
        let calls = if let Style::Calls(_, messages) = plan.style { Some(messages) } else { None };
        let block = request(calls.is_some());
        frame::write_block(&block, id, calls.is_none(), frame::PAYLOAD, &mut self.frames.out);
        if calls.is_some() {
            self.frames.data(id, false, MESSAGE);
        }
        let messages = calls.map_or(0, |messages| messages.saturating_sub(1));
        self.exchanges.insert(id, Exchange { started: now, headed: false, seen: 0, messages, ending: false });
    }

    /// Reads what is there and goes on; an error is a fault of the proxy.
    pub(crate) fn ready(&mut self, run: &mut Run<'_>, scratch: &mut [u8]) -> Result<Step, String> {
        let read = match self.stream.read(scratch) {
            Ok(0) => return Err("closed before the responses were complete".into()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Step::Wait),
            Err(error) => return Err(format!("reading: {error}")),
        };
        let bytes = scratch.get(..read).unwrap_or_default();
        let was_busy = self.busy > 0;
        let mut again = 0;
        let fed = self.frames.feed(bytes, |frames, kind, id, end, payload| {
            let exchange = self.exchanges.get_mut(&id).ok_or_else(|| format!("stream {id} is not known"))?;
            let done = exchange.take(frames, kind, end, payload, run)?;
            if done {
                run.latencies.push(exchange.started.elapsed().as_nanos() as u64);
                run.finished += 1;
                self.busy -= 1;
                if exchange.messages > 0 && run.issue() {
                    (exchange.started, exchange.seen) = (Instant::now(), 0);
                    exchange.messages -= 1;
                    self.busy += 1;
                    frames.data(id, false, MESSAGE);
                } else {
                    if matches!(run.plan.style, Style::Calls(..)) {
                        exchange.ending = true;
                        frames.data(id, true, b"");
                    }
                    if run.issue() {
                        again += 1;
                    }
                }
            }
            if end {
                self.exchanges.remove(&id);
            }
            Ok::<(), String>(())
        });
        fed?;
        (0..again).for_each(|_| self.begin(run.plan));
        self.frames.flush(&self.stream).map_err(|error| format!("sending: {error}"))?;
        Ok(if was_busy && self.busy == 0 { Step::Idle } else { Step::Wait })
    }
}

impl Exchange {
    /// Takes a frame; true when what was asked for has come.
    fn take(
        &mut self,
        frames: &mut Frames,
        kind: u8,
        end: bool,
        payload: &[u8],
        run: &Run<'_>,
    ) -> Result<bool, String> {
        if kind == kind::HEADERS {
            let mut told = String::new();
            let decoded = frames.decoder.decode(payload, |name, value| {
                if name == b":status" || name == b"grpc-status" {
                    told = String::from_utf8_lossy(value).into_owned();
                }
            });
            let wanted = if self.headed { "0" } else { "200" };
            if decoded.is_err() || told != wanted || (self.headed && !self.ending) {
                return Err(format!("status {told:?} instead of {wanted}"));
            }
            self.headed = true;
            return Ok(false);
        }
        let calls = matches!(run.plan.style, Style::Calls(..));
        let body = match run.plan.asks.first().map(|ask| &ask.expect) {
            Some(Expect { body: Some(body), .. }) if !calls => body,
            _ => MESSAGE,
        };
        let now = self.seen + payload.len();
        if body.get(self.seen..now) != Some(payload) {
            return Err(format!("another payload: {:?}", String::from_utf8_lossy(payload)));
        }
        self.seen = now;
        match calls {
            true if end => Err("a call ended before its trailers".into()),
            true => Ok(now == body.len() && !payload.is_empty()),
            false if end && now != body.len() => Err("a response was cut short".into()),
            false => Ok(end),
        }
    }
}

fn request(calls: bool) -> Vec<u8> {
    let fields: &[(&str, &str)] = match calls {
        true => &[
            (":method", "POST"),
            (":scheme", "http"),
            (":path", "/bench.Echo/Call"),
            (":authority", "bench.local"),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
        ],
        false => &[
            (":method", "GET"),
            (":scheme", "http"),
            (":path", "/"),
            (":authority", "bench.local"),
            ("user-agent", "evenkeel-benches"),
            ("accept", "*/*"),
        ],
    };
    encoded(fields)
}

fn encoded(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    fields.iter().for_each(|(name, value)| hpack::encode(name.as_bytes(), value.as_bytes(), &mut block));
    block
}

/// One connection of a proxy to the origin of calls, which sends every message back.
#[derive(Debug)]
pub(crate) struct Calls {
    pub(crate) stream: TcpStream,
    frames: Frames,
    preface: usize,
}

impl Calls {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, frames: Frames::new(b""), preface: frame::PREFACE.len() }
    }

    /// An error means that the connection is over.
    pub(crate) fn ready(&mut self, scratch: &mut [u8]) -> io::Result<()> {
        let read = match self.stream.read(scratch) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        let skipped = self.preface.min(read);
        self.preface -= skipped;
        let bytes = scratch.get(skipped..read).unwrap_or_default();
        let fed = self.frames.feed(bytes, |frames, kind, id, end, payload| {
            match kind {
                kind::HEADERS => {
                    let block = encoded(&[(":status", "200"), ("content-type", "application/grpc")]);
                    frame::write_block(&block, id, false, frame::PAYLOAD, &mut frames.out);
                }
                _ if payload.is_empty() => {}
                _ => {
                    frames.data(id, false, payload);
                }
            }
            if end {
                let block = encoded(&[("grpc-status", "0")]);
                frame::write_block(&block, id, true, frame::PAYLOAD, &mut frames.out);
            }
            Ok::<(), String>(())
        });
        fed.map_err(io::Error::other)?;
        self.frames.flush(&self.stream)
    }
}
