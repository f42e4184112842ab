//! The way to a server, whatever it speaks.

use super::{
    h1,
    h2::server::Asking,
    h2::stream as h2,
    transport::{Broken, Gone, Sink, Source},
};
use crate::{
    fault::{Fault, Kind, Phase},
    io::Io,
    pipe::Pipe,
};
use message::Head;
use std::{
    rc::Rc,
    task::{Context, Poll, Waker, ready},
};
use wire::http1::{Asked, Framing, Parsed};

/// A connection to a server, or one stream of it.
#[derive(Debug)]
pub struct Up {
    pub reader: Receiving,
    pub writer: Sending,
    /// Gives the stream back.
    place: Option<h2::Place>,
}

/// What comes from the server.
#[derive(Debug)]
pub enum Receiving {
    H1(h1::Reader),
    H2(h2::Reader, Rc<Io>),
}

/// What goes to the server.
#[derive(Debug)]
pub enum Sending {
    H1(h1::Writer),
    H2(h2::Writer),
}

impl From<h1::Conn> for Up {
    fn from(conn: h1::Conn) -> Up {
        Up { reader: Receiving::H1(conn.reader), writer: Sending::H1(conn.writer), place: None }
    }
}

impl Up {
    pub fn asking(asking: Asking, io: Rc<Io>) -> Up {
        let Asking { reader, writer, place } = asking;
        Up { reader: Receiving::H2(reader, io), writer: Sending::H2(writer), place: Some(place) }
    }

    /// The stream, if it is one.
    pub fn link(&self) -> Option<&h2::Link> {
        self.place.as_ref().map(|place| &place.0)
    }

    /// The connection, if it is of HTTP/1 and fit for another request. Else it is closed, with a reset, or the stream is.
    pub fn into_clean(self) -> Option<h1::Conn> {
        let (Receiving::H1(reader), Sending::H1(writer)) = (self.reader, self.writer) else { return None };
        if reader.ended() && !reader.eof && reader.buffered().is_empty() {
            return Some(h1::Conn { reader, writer });
        }
        reader.io().reset_on_close();
        None
    }

    /// Closes the connection, or gives the stream up, at once.
    pub fn abort(self) {
        if let Receiving::H1(reader) = self.reader {
            reader.io().reset_on_close();
        }
    }

    /// Closes the connection so that the server sees an end: bytes that nobody reads would make the kernel send a reset.
    pub fn part(self) {
        let Receiving::H1(mut reader) = self.reader else { return };
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..DISCARDED {
            let n = reader.buffered().len();
            reader.skip(n);
            if !matches!(reader.poll_more(&mut cx), Poll::Ready(Ok(true))) {
                break;
            }
        }
    }
}

impl Receiving {
    /// The socket, which many streams may share.
    pub fn io(&self) -> &Rc<Io> {
        match self {
            Receiving::H1(reader) => reader.io(),
            Receiving::H2(_, io) => io,
        }
    }

    /// What has been received of a connection that is a tunnel from its beginning.
    pub fn buffered(&self) -> &[u8] {
        match self {
            Receiving::H1(reader) => reader.buffered(),
            Receiving::H2(..) => &[],
        }
    }

    pub fn eof(&self) -> bool {
        matches!(self, Receiving::H1(reader) if reader.eof)
    }

    pub fn is_full(&self) -> bool {
        matches!(self, Receiving::H1(reader) if reader.is_full())
    }

    pub fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Broken>> {
        match self {
            Receiving::H1(reader) => reader.poll_more(cx),
            Receiving::H2(..) => Poll::Ready(Err(Broken::Closed)),
        }
    }

    pub fn received_trailers(&self) -> Option<&Head> {
        match self {
            Receiving::H1(reader) => reader.received_trailers(),
            Receiving::H2(reader, _) => reader.received_trailers(),
        }
    }

    /// Whether the server said that it has not done anything with the request.
    pub fn was_refused(&self) -> bool {
        matches!(self, Receiving::H2(reader, _) if reader.was_refused())
    }

    /// Takes the head of a response, once it is whole. `chunks`: the client knows chunks.
    pub fn poll_head(
        &mut self,
        asked: Asked,
        chunks: bool,
        head: &mut Head,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Parsed, Fault>> {
        match self {
            Receiving::H1(reader) => poll_head(reader, asked, head, cx),
            Receiving::H2(reader, _) => reader.poll_head(asked, chunks, head, cx),
        }
    }
}

fn poll_head(
    reader: &mut h1::Reader,
    asked: Asked,
    head: &mut Head,
    cx: &mut Context<'_>,
) -> Poll<Result<Parsed, Fault>> {
    loop {
        if !reader.buffered().is_empty() {
            match reader.response(asked, head) {
                Ok(Some(parsed)) if parsed.framing == Framing::Chunked && reader.misframed() => {
                    return Poll::Ready(Err(Fault::new(Kind::ServerProtocol, Phase::Headers)));
                }
                Ok(Some(parsed)) => return Poll::Ready(Ok(parsed)),
                Ok(None) => {}
                Err(_) => return Poll::Ready(Err(Fault::new(Kind::ServerProtocol, Phase::Headers))),
            }
        }
        match ready!(reader.poll_more(cx)) {
            Ok(true) => {}
            // What began as a response and was cut short is malformed.
            Ok(false) | Err(Broken::Io(_)) if !reader.buffered().is_empty() && !reader.is_full() => {
                return Poll::Ready(Err(Fault::new(Kind::ServerProtocol, Phase::Headers)));
            }
            Ok(false) | Err(_) => return Poll::Ready(Err(Fault::new(Kind::ServerAbort, Phase::Headers))),
        }
    }
}

impl Source for Receiving {
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        match self {
            Receiving::H1(reader) => reader.poll_data(cx),
            Receiving::H2(reader, _) => reader.poll_data(cx),
        }
    }

    fn data(&self) -> &[u8] {
        match self {
            Receiving::H1(reader) => reader.data(),
            Receiving::H2(reader, _) => reader.data(),
        }
    }

    fn consume(&mut self, n: usize) {
        match self {
            Receiving::H1(reader) => reader.consume(n),
            Receiving::H2(reader, _) => reader.consume(n),
        }
    }

    fn has_more(&self) -> bool {
        matches!(self, Receiving::H1(reader) if reader.has_more())
    }

    fn bulk(&self, always: bool) -> bool {
        matches!(self, Receiving::H1(reader) if reader.bulk(always))
    }

    fn poll_splice(&mut self, pipe: &mut Pipe, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        match self {
            Receiving::H1(reader) => reader.poll_splice(pipe, cx),
            Receiving::H2(reader, _) => reader.poll_splice(pipe, cx),
        }
    }

    fn ended(&self) -> bool {
        match self {
            Receiving::H1(reader) => reader.ended(),
            Receiving::H2(reader, _) => reader.ended(),
        }
    }

    fn trailers(&self) -> Option<&Head> {
        match self {
            Receiving::H1(reader) => reader.trailers(),
            Receiving::H2(reader, _) => reader.trailers(),
        }
    }

    fn drop_trailers(&mut self) {
        match self {
            Receiving::H1(reader) => reader.drop_trailers(),
            Receiving::H2(reader, _) => reader.drop_trailers(),
        }
    }

    fn tunnel(&mut self) {
        match self {
            Receiving::H1(reader) => reader.tunnel(),
            Receiving::H2(reader, _) => reader.tunnel(),
        }
    }

    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<Gone> {
        match self {
            Receiving::H1(reader) => reader.poll_gone(cx),
            Receiving::H2(reader, _) => reader.poll_gone(cx),
        }
    }
}

impl Sink for Sending {
    fn head(&mut self, head: &Head, framing: Framing) {
        match self {
            Sending::H1(writer) => writer.head(head, framing),
            Sending::H2(writer) => writer.head(head, framing),
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, data: &[u8], more: bool) -> Poll<Result<usize, Broken>> {
        match self {
            Sending::H1(writer) => writer.poll_write(cx, data, more),
            Sending::H2(writer) => writer.poll_write(cx, data, more),
        }
    }

    fn is_plain(&self) -> bool {
        matches!(self, Sending::H1(writer) if writer.is_plain())
    }

    fn poll_splice(&mut self, pipe: &mut Pipe, more: bool, cx: &mut Context<'_>) -> Poll<Result<usize, Broken>> {
        match self {
            Sending::H1(writer) => writer.poll_splice(pipe, more, cx),
            Sending::H2(writer) => writer.poll_splice(pipe, more, cx),
        }
    }

    fn end(&mut self, trailers: Option<&Head>) {
        match self {
            Sending::H1(writer) => writer.end(trailers),
            Sending::H2(writer) => writer.end(trailers),
        }
    }

    fn tunnel(&mut self) {
        match self {
            Sending::H1(writer) => writer.tunnel(),
            Sending::H2(writer) => writer.tunnel(),
        }
    }

    fn close(&mut self) {
        match self {
            Sending::H1(writer) => writer.close(),
            Sending::H2(writer) => writer.close(),
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        match self {
            Sending::H1(writer) => writer.poll_flush(cx),
            Sending::H2(writer) => writer.poll_flush(cx),
        }
    }
}

/// How many buffers of a response that nobody wants are read, so that its connection can be closed in peace.
const DISCARDED: usize = 8;
