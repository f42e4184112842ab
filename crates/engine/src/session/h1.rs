//! HTTP/1 on a socket: one [`Reader`] and one [`Writer`] a connection, the same for clients and servers.

use super::transport::{Broken, Gone, Sink, Source};
use crate::{
    buf::Buf,
    io::{Ends, Io},
    pipe::Pipe,
};
use message::Head;
use std::{
    io::{self, IoSlice},
    os::fd::OwnedFd,
    rc::Rc,
    task::{Context, Poll, ready},
};
use wire::http1::{self, Asked, Body, CaseMap, Framing, Limits, Parsed};

/// Payload up to this size is copied behind what is queued, rather than sent on its own.
const SMALL: usize = 2048;

/// Payload that is to come at least, for the kernel to move it by itself.
const BULK: u64 = 16 * 1024;

/// Queued bytes beyond which nothing more is copied behind them.
const QUEUED: usize = 16 * 1024;

/// The receiving half.
#[derive(Debug)]
pub struct Reader {
    io: Rc<Io>,
    buf: Buf,
    body: Body,
    limits: Limits,
    trailers: Option<Box<Head>>,
    /// Trailers are received and not shown.
    bare: bool,
    /// Bytes of payload at the start of `buf`, and of framing behind them.
    payload: usize,
    framing: usize,
    /// The peer has closed its side.
    pub eof: bool,
}

impl Reader {
    pub fn new(io: Rc<Io>, limits: Limits) -> Reader {
        let body = Body::new(Framing::None);
        Reader {
            io,
            buf: Buf::default(),
            body,
            limits,
            trailers: None,
            bare: false,
            payload: 0,
            framing: 0,
            eof: false,
        }
    }

    /// The trailers of the last message, shown or not.
    pub fn received_trailers(&self) -> Option<&Head> {
        self.trailers.as_deref()
    }

    /// What has been received and not yet been taken for a message.
    pub fn buffered(&self) -> &[u8] {
        self.buf.data()
    }

    pub fn io(&self) -> &Rc<Io> {
        &self.io
    }

    /// Whether nothing more can be received before something is taken.
    pub fn is_full(&self) -> bool {
        self.buf.is_full()
    }

    /// Takes bytes away from the front, such as a PROXY header.
    pub fn skip(&mut self, n: usize) {
        self.buf.consume(n);
    }

    /// What comes from here on is messages: the opposite of [`Source::tunnel`].
    pub fn await_message(&mut self) {
        self.body = Body::new(Framing::None);
    }

    /// Puts bytes that were received elsewhere behind those that are there.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buf.push(bytes);
    }

    /// Waits for more bytes; false at the end of the stream. A full buffer counts as [`Broken::Io`].
    pub fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Broken>> {
        if self.eof {
            return Poll::Ready(Ok(false));
        }
        let n = ready!(self.buf.poll_fill(&self.io, cx))?;
        self.eof = n == 0;
        Poll::Ready(Ok(n > 0))
    }

    /// Takes a request head from the front, if one is there.
    pub fn request(&mut self, head: &mut Head) -> Result<Option<Parsed>, http1::Fault> {
        let parsed = http1::parse_request(self.buf.data(), &self.limits, head)?;
        Ok(self.begin(parsed))
    }

    /// Whether a request head is at the front, which stays there; `None`: it may still become one.
    pub fn peek_request(&self, head: &mut Head) -> Option<bool> {
        let parsed = http1::parse_request(self.buf.data(), &self.limits, head);
        parsed.map_or(Some(false), |parsed| parsed.map(|_| true))
    }

    /// Takes a response head from the front, if one is there.
    pub fn response(&mut self, asked: Asked, head: &mut Head) -> Result<Option<Parsed>, http1::Fault> {
        let parsed = http1::parse_response(self.buf.data(), &self.limits, asked, head)?;
        Ok(self.begin(parsed))
    }

    /// Whether what has come of the payload is malformed already. HAProxy judges it together with the head.
    pub fn misframed(&self) -> bool {
        let (mut body, mut rest, mut trailers) = (self.body, self.buf.data(), Head::default());
        while !rest.is_empty() && !body.ended() {
            match body.decode(rest, &self.limits, &mut trailers) {
                Err(_) => return true,
                Ok(found) if found.consumed == 0 => return false,
                Ok(found) => rest = rest.get(found.consumed..).unwrap_or(&[]),
            }
        }
        false
    }

    fn begin(&mut self, parsed: Option<Parsed>) -> Option<Parsed> {
        if let Some(parsed) = &parsed {
            self.buf.consume(parsed.len);
            self.body = Body::new(parsed.framing);
            self.trailers = None;
            self.bare = false;
        }
        parsed
    }

    /// Looks for payload in what is buffered.
    fn decode(&mut self) -> Result<(), Broken> {
        let mut unread = Head::default();
        let trailers = match &mut self.trailers {
            Some(t) => t,
            None => &mut unread,
        };
        let found = self.body.decode(self.buf.data(), &self.limits, trailers).map_err(Broken::Malformed)?;
        if self.trailers.is_none() && !unread.is_empty() {
            self.trailers = Some(Box::new(unread));
        }
        self.buf.consume(found.data.start);
        self.payload = found.data.len();
        self.framing = found.consumed - found.data.end;
        if self.payload == 0 {
            self.buf.consume(std::mem::take(&mut self.framing));
        }
        Ok(())
    }
}

impl Source for Reader {
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        loop {
            if self.payload > 0 || self.body.ended() {
                return Poll::Ready(Ok(()));
            }
            if !self.buf.is_empty() {
                self.decode()?;
                if self.payload > 0 || self.body.ended() {
                    continue;
                }
            }
            if !ready!(self.poll_more(cx))? {
                if !self.body.may_close() {
                    return Poll::Ready(Err(Broken::Closed));
                }
                self.body = Body::new(Framing::None);
            }
        }
    }

    fn data(&self) -> &[u8] {
        self.buf.data().get(..self.payload).unwrap_or(&[])
    }

    fn consume(&mut self, n: usize) {
        self.buf.consume(n);
        self.payload -= n.min(self.payload);
        if self.payload == 0 {
            self.buf.consume(std::mem::take(&mut self.framing));
        }
    }

    fn has_more(&self) -> bool {
        self.buf.has_more() && !self.body.ended()
    }

    fn bulk(&self, always: bool) -> bool {
        (always || self.buf.has_more()) && self.buf.is_empty() && !self.eof && self.body.plain() >= BULK
    }

    fn poll_splice(&mut self, pipe: &mut Pipe, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        let most = usize::try_from(self.body.plain()).unwrap_or(usize::MAX);
        let n = ready!(pipe.poll_fill(&self.io, most, cx))?;
        self.eof = n == 0;
        self.body.skip(n as u64);
        self.buf.bypassed(n);
        Poll::Ready(Ok(()))
    }

    fn ended(&self) -> bool {
        self.payload == 0 && self.body.ended()
    }

    fn trailers(&self) -> Option<&Head> {
        self.trailers.as_deref().filter(|_| !self.bare)
    }

    fn drop_trailers(&mut self) {
        self.bare = true;
    }

    fn tunnel(&mut self) {
        self.body = Body::new(Framing::Tunnel);
    }

    fn is_watched(&self) -> bool {
        self.io.is_watched()
    }

    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<Gone> {
        loop {
            if self.eof {
                return Poll::Ready(Gone::Closed);
            }
            if self.buf.is_full() {
                return Poll::Pending;
            }
            match ready!(self.poll_more(cx)) {
                Ok(true) => {}
                Ok(false) => return Poll::Ready(Gone::Closed),
                Err(_) => return Poll::Ready(Gone::Reset),
            }
        }
    }
}

/// The sending half.
#[derive(Debug)]
pub struct Writer {
    io: Rc<Io>,
    out: Vec<u8>,
    sent: usize,
    chunked: bool,
    /// Payload bytes still to come of the chunk whose size is written.
    chunk: usize,
    /// What goes is no longer HTTP, and may pause for long.
    tunnel: bool,
    /// The kernel may hold the end of the last write back.
    held: bool,
    case: Option<std::sync::Arc<CaseMap>>,
    /// Bytes sent since the last reset, heads and framing included.
    pub count: u64,
}

impl Writer {
    pub fn new(io: Rc<Io>) -> Writer {
        Writer {
            io,
            out: Vec::new(),
            sent: 0,
            chunked: false,
            chunk: 0,
            tunnel: false,
            held: false,
            case: None,
            count: 0,
        }
    }

    /// Queues raw bytes.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Writes names from now on as the peer wants them.
    pub fn adjust_case(&mut self, case: Option<&std::sync::Arc<CaseMap>>) {
        self.case = case.cloned();
    }

    /// What was queued and is not sent.
    pub fn into_queued(mut self) -> Vec<u8> {
        self.out.split_off(self.sent)
    }

    /// Gives back memory that an idle connection has no use for.
    pub fn rest(&mut self) {
        if self.out.is_empty() && self.out.capacity() > 0 {
            self.out = Vec::new();
        }
    }

    /// Bytes that wait to be sent.
    pub fn queued(&self) -> usize {
        self.out.len() - self.sent
    }

    fn is_flushed(&self) -> bool {
        self.sent == self.out.len()
    }

    /// Takes note of `n` bytes sent, of which the queued ones went first; the rest is returned.
    fn advance(&mut self, n: usize) -> usize {
        self.count += n as u64;
        let queued = n.min(self.out.len() - self.sent);
        self.sent += queued;
        if self.is_flushed() {
            self.out.clear();
            self.sent = 0;
        }
        n - queued
    }

    /// Queues payload together with its framing.
    fn copy(&mut self, data: &[u8]) -> usize {
        if !self.chunked {
            self.out.extend_from_slice(data);
            return data.len();
        }
        self.open_chunk(data.len());
        let n = data.len().min(self.chunk);
        self.out.extend_from_slice(data.get(..n).unwrap_or(data));
        self.close_chunk(n);
        n
    }

    fn open_chunk(&mut self, len: usize) {
        if self.chunk == 0 {
            http1::write_chunk_size(len, &mut self.out);
            self.chunk = len;
        }
    }

    fn close_chunk(&mut self, n: usize) {
        self.chunk -= n.min(self.chunk);
        if self.chunk == 0 {
            self.out.extend_from_slice(b"\r\n");
        }
    }
}

impl Sink for Writer {
    fn head(&mut self, head: &Head, framing: Framing) {
        self.chunked = framing == Framing::Chunked;
        self.chunk = 0;
        http1::write_head(head, self.case.as_deref(), &mut self.out);
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, data: &[u8], more: bool) -> Poll<Result<usize, Broken>> {
        if !data.is_empty() && data.len() <= SMALL && self.out.len() < QUEUED {
            return Poll::Ready(Ok(self.copy(data)));
        }
        if self.chunked && !data.is_empty() {
            self.open_chunk(data.len());
        }
        let data = if self.chunked { data.get(..self.chunk).unwrap_or(data) } else { data };
        if data.is_empty() && self.is_flushed() {
            return Poll::Ready(Ok(0));
        }
        let queued = self.out.get(self.sent..).unwrap_or(&[]);
        let n = match queued.is_empty() {
            true => ready!(self.io.poll_write(cx, &[IoSlice::new(data)], more))?,
            false => ready!(self.io.poll_write(cx, &[IoSlice::new(queued), IoSlice::new(data)], more))?,
        };
        self.held = more;
        let taken = self.advance(n);
        if self.chunked && taken > 0 {
            self.close_chunk(taken);
        }
        Poll::Ready(Ok(taken))
    }

    fn is_plain(&self) -> bool {
        !self.chunked
    }

    fn poll_splice(&mut self, pipe: &mut Pipe, more: bool, cx: &mut Context<'_>) -> Poll<Result<usize, Broken>> {
        while !self.is_flushed() {
            ready!(self.poll_write(cx, &[], true))?;
        }
        let n = ready!(pipe.poll_drain(&self.io, more, cx))?;
        self.held = more;
        self.count += n as u64;
        Poll::Ready(Ok(n))
    }

    fn end(&mut self, trailers: Option<&Head>) {
        if std::mem::take(&mut self.chunked) {
            http1::write_last_chunk(trailers, self.case.as_deref(), &mut self.out);
        }
    }

    fn tunnel(&mut self) {
        self.chunked = false;
        self.tunnel = true;
    }

    fn close(&mut self) {
        let _ = self.io.shutdown_write();
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        while !self.is_flushed() {
            let queued = self.out.get(self.sent..).unwrap_or(&[]);
            let n = ready!(self.io.poll_write(cx, &[IoSlice::new(queued)], false))?;
            self.held = false;
            self.advance(n);
        }
        if std::mem::take(&mut self.held) {
            self.io.push();
        }
        if self.tunnel {
            self.rest();
        }
        Poll::Ready(Ok(()))
    }
}

/// A connection that speaks HTTP/1.
#[derive(Debug)]
pub struct Conn {
    pub reader: Reader,
    pub writer: Writer,
}

impl Conn {
    pub fn new(io: impl Into<Rc<Io>>, limits: Limits) -> Conn {
        let io = io.into();
        Conn { reader: Reader::new(io.clone(), limits), writer: Writer::new(io) }
    }

    pub fn io(&self) -> &Io {
        &self.reader.io
    }

    /// The socket alone, if nothing has come and nothing is to go, and nobody else has it.
    pub fn into_idle(self) -> Result<io::Result<(OwnedFd, Option<Ends>)>, Box<Conn>> {
        let Conn { reader, writer } = self;
        if !reader.buf.is_empty() || reader.eof || !writer.is_flushed() || writer.held {
            return Err(Box::new(Conn { reader, writer }));
        }
        let Writer { io, case, .. } = writer;
        drop(io);
        let Reader { io, limits, .. } = reader;
        let remade = |io: Rc<Io>| {
            let mut writer = Writer::new(io.clone());
            writer.case = case;
            Box::new(Conn { reader: Reader::new(io, limits), writer })
        };
        match Rc::try_unwrap(io) {
            Ok(io) => Ok(io.into_parts()),
            Err(io) => Err(remade(io)),
        }
    }
}
