//! One stream, as an exchange wants it: where payload comes from, and where it goes.

use super::mux::{End, Mux, Stream};
use crate::session::transport::{Broken, Gone, Sink, Source};
use message::Head;
use std::{
    cell::{RefCell, RefMut},
    rc::Rc,
    task::{Context, Poll},
};
use wire::http1::{Asked, Fault, Framing, Kind, Parsed};

/// A stream of a connection.
#[derive(Debug, Clone)]
pub struct Link {
    pub mux: Rc<RefCell<Mux>>,
    pub id: u32,
}

impl Link {
    /// The connection and the stream, as long as that may go on; else why not.
    fn stream<'m>(&self, mux: &'m mut RefMut<'_, Mux>) -> Result<&'m mut Stream, End> {
        let stream = mux.streams.get_mut(&self.id).ok_or(End::Connection)?;
        match stream.end {
            Some(end) => Err(end),
            None => Ok(stream),
        }
    }

    /// Whether the client has given the stream up.
    pub fn is_dead(&self) -> bool {
        let mut mux = self.mux.borrow_mut();
        matches!(self.stream(&mut mux), Err(End::Connection | End::Reset))
    }
}

impl Link {
    /// Whether the server lets a stream change its protocol, once that is known. One that does not is given up.
    pub fn poll_upgrades(&self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut mux = self.mux.borrow_mut();
        let (settled, able) = (mux.receive.settled, mux.send.upgrades);
        match self.stream(&mut mux) {
            Ok(stream) if !settled => {
                stream.watch(cx);
                return Poll::Pending;
            }
            Ok(_) if able => return Poll::Ready(true),
            Ok(_) => mux.reset(self.id, wire::http2::Error::Internal, End::Reset),
            Err(_) => {}
        }
        Poll::Ready(false)
    }
}

/// An exchange's place among those of its connection, given back however it ends.
#[derive(Debug)]
pub struct Place(pub Link);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.mux.borrow_mut().leave(self.0.id);
    }
}

/// The payload that comes: of a request, or of a response.
#[derive(Debug)]
pub struct Reader {
    link: Link,
    data: Vec<u8>,
    taken: usize,
    trailers: Option<Box<Head>>,
    /// The trailers are not wanted.
    bare: bool,
    ended: bool,
    /// What comes belongs to a tunnel that is not open yet.
    held: bool,
    /// The request ended with its head: there is no end to pass on, even of a tunnel.
    mute: bool,
    /// The stream is known to have ended before its time, which is told once what came before has gone on.
    warned: bool,
}

impl Reader {
    pub fn new(link: Link, ended: bool, held: bool) -> Reader {
        let (ended, mute) = (ended && !held, ended && held);
        Reader { link, data: Vec::new(), taken: 0, trailers: None, bare: false, ended, held, mute, warned: false }
    }

    /// Takes what the connection has for us; false if that is nothing.
    fn refill(&mut self) -> Result<bool, Broken> {
        let mut mux = self.link.mux.borrow_mut();
        let Some(stream) = mux.streams.get_mut(&self.link.id) else { return Err(Broken::Closed) };
        if !stream.received.is_empty() {
            self.data.clear();
            self.taken = 0;
            std::mem::swap(&mut self.data, &mut stream.received);
            return Ok(true);
        }
        match stream.end {
            // What came before goes on first.
            Some(_) if !std::mem::replace(&mut self.warned, true) => return Ok(false),
            Some(End::Malformed) => return Err(Broken::Malformed(Fault { kind: Kind::FieldLine, at: 0 })),
            Some(_) => return Err(Broken::Closed),
            None if self.mute => return Ok(false),
            None => {}
        }
        self.ended = stream.complete;
        self.trailers = self.trailers.take().or(stream.trailers.take());
        Ok(self.ended)
    }
}

/// What only responses have.
impl Reader {
    pub fn received_trailers(&self) -> Option<&Head> {
        self.trailers.as_deref()
    }

    pub fn was_refused(&self) -> bool {
        let mut mux = self.link.mux.borrow_mut();
        matches!(self.link.stream(&mut mux), Err(End::Refused))
    }

    /// Takes the next head, in the form in which a client of HTTP/1 gets it, if it knows `chunks`.
    pub fn poll_head(
        &mut self,
        asked: Asked,
        chunks: bool,
        head: &mut Head,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Parsed, crate::fault::Fault>> {
        let mut mux = self.link.mux.borrow_mut();
        let Some(stream) = mux.streams.get_mut(&self.link.id) else { return Poll::Ready(Err(fault(End::Connection))) };
        let Some(mut next) = stream.heads.pop_front() else {
            return match stream.end {
                Some(end) => Poll::Ready(Err(fault(end))),
                None => {
                    stream.watch(cx);
                    Poll::Pending
                }
            };
        };
        let granted = stream.upgrades && (200..300).contains(&next.status());
        if granted {
            next.set_status(101, b"");
        }
        let spare = std::mem::replace(head, next);
        let interim = head.status() < 200 && !granted;
        let framing = match stream.left {
            _ if granted => Framing::Tunnel,
            _ if interim => Framing::None,
            _ if asked == Asked::Connect && head.status() < 300 => Framing::Tunnel,
            _ if stream.bodyless || matches!(head.status(), 204 | 304) => Framing::None,
            Some(_) => Framing::Length(stream.left.unwrap_or(0) + stream.received.len() as u64),
            None if chunks => Framing::Chunked,
            None => Framing::UntilClose,
        };
        let nothing = framing == Framing::None || (stream.received.is_empty() && stream.trailers.is_none());
        self.ended |= !interim && stream.complete && nothing;
        mux.keep(spare);
        Poll::Ready(Ok(Parsed {
            len: 0,
            framing,
            keep_alive: true,
            upgrade: granted,
            websocket: false,
            websocket_key: false,
            expect_continue: false,
            host: None,
            cookie: head.has(b"set-cookie"),
            unsafe_violation: false,
        }))
    }
}

/// Whose fault it is that no response comes.
fn fault(end: End) -> crate::fault::Fault {
    use crate::fault::{Fault, Kind, Phase};
    let kind = if end == End::Malformed { Kind::ServerProtocol } else { Kind::ServerAbort };
    Fault::new(kind, Phase::Headers)
}

impl Source for Reader {
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        if self.held || self.ended || self.taken < self.data.len() || self.refill()? {
            return Poll::Ready(Ok(()));
        }
        if self.warned {
            cx.waker().wake_by_ref();
        } else if let Some(stream) = self.link.mux.borrow_mut().streams.get_mut(&self.link.id) {
            stream.watch(cx);
        }
        Poll::Pending
    }

    fn data(&self) -> &[u8] {
        self.data.get(self.taken..).unwrap_or(&[])
    }

    fn consume(&mut self, n: usize) {
        self.taken = (self.taken + n).min(self.data.len());
        if self.taken < self.data.len() {
            return;
        }
        let mut mux = self.link.mux.borrow_mut();
        mux.taken(self.link.id, self.data.len());
        // An end that has come already is known at once, so that it goes on together with the payload.
        if let Ok(stream) = self.link.stream(&mut mux)
            && stream.complete
            && stream.received.is_empty()
        {
            self.ended = true;
            self.trailers = stream.trailers.take();
        }
    }

    fn ended(&self) -> bool {
        self.held || (self.ended && self.taken == self.data.len())
    }

    fn trailers(&self) -> Option<&Head> {
        self.trailers.as_deref().filter(|_| !self.bare)
    }

    fn drop_trailers(&mut self) {
        self.bare = true;
    }

    fn tunnel(&mut self) {
        self.held = false;
    }

    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<Gone> {
        let mut mux = self.link.mux.borrow_mut();
        let closed = mux.closed;
        match self.link.stream(&mut mux) {
            Ok(_) if closed => Poll::Ready(Gone::Closed),
            Ok(stream) if stream.deaf => Poll::Ready(Gone::Reset),
            Ok(stream) => {
                stream.watch(cx);
                Poll::Pending
            }
            Err(_) => Poll::Ready(Gone::Reset),
        }
    }
}

/// Our message's way: a response to a client, or a request to a server.
#[derive(Debug)]
pub struct Writer {
    link: Link,
    asking: bool,
    /// The request is for a tunnel that is not open yet: its end is not that of the stream.
    held: bool,
}

impl Writer {
    pub fn new(link: Link) -> Writer {
        Writer { link, asking: false, held: false }
    }

    /// For a request.
    pub fn asking(link: Link) -> Writer {
        Writer { link, asking: true, held: false }
    }

    fn ask(link: &Link, mux: &mut Mux, head: &Head, framing: Framing, held: &mut bool) {
        let Some(stream) = mux.streams.get_mut(&link.id) else { return };
        let upgrades = stream.upgrades;
        *held = upgrades || head.method() == b"CONNECT";
        let end = matches!(framing, Framing::None | Framing::Length(0)) && !*held;
        stream.answered = end;
        mux.head(link.id, end, |block| wire::http2::write_request(head, upgrades, block));
    }
}

impl Sink for Writer {
    fn head(&mut self, head: &Head, framing: Framing) {
        let mut mux = self.link.mux.borrow_mut();
        let Ok(stream) = self.link.stream(&mut mux) else { return };
        if self.asking {
            return Writer::ask(&self.link, &mut mux, head, framing, &mut self.held);
        }
        let status = head.status();
        let interim = status < 200 && status != 101;
        let end = !interim && matches!(framing, Framing::None | Framing::Length(0));
        stream.answered |= end;
        // A change of protocol is granted by a success.
        let status = if status == 101 { 200 } else { status };
        mux.head(self.link.id, end, |block| wire::http2::write_response(head, status, block));
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, data: &[u8], _more: bool) -> Poll<Result<usize, Broken>> {
        let mut mux = self.link.mux.borrow_mut();
        let stream = match self.link.stream(&mut mux) {
            Ok(stream) if !stream.answered && !data.is_empty() => stream,
            // What is sent behind the end goes nowhere.
            Ok(_) => return Poll::Ready(Ok(data.len())),
            Err(_) => return Poll::Ready(Err(Broken::Closed)),
        };
        stream.watch(cx);
        let room = mux.streams.get(&self.link.id).map_or(0, |stream| mux.room(stream));
        let Some(data) = data.get(..room.min(data.len())).filter(|d| !d.is_empty()) else { return Poll::Pending };
        if let Some(stream) = mux.streams.get_mut(&self.link.id) {
            stream.send_window -= data.len() as i64;
        }
        mux.data(self.link.id, data);
        Poll::Ready(Ok(data.len()))
    }

    fn end(&mut self, trailers: Option<&Head>) {
        if self.held {
            return;
        }
        let mut mux = self.link.mux.borrow_mut();
        let Ok(stream) = self.link.stream(&mut mux) else { return };
        if std::mem::replace(&mut stream.answered, true) {
            return;
        }
        match trailers {
            Some(trailers) => mux.head(self.link.id, true, |block| wire::http2::write_trailers(trailers, block)),
            None => mux.finish(self.link.id),
        }
    }

    fn tunnel(&mut self) {
        self.held = false;
    }

    fn close(&mut self) {
        self.held = false;
        self.end(None);
    }

    fn poll_flush(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        let mut mux = self.link.mux.borrow_mut();
        Poll::Ready(self.link.stream(&mut mux).map(drop).map_err(|_| Broken::Closed))
    }
}
