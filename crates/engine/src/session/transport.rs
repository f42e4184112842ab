//! What an exchange needs of a connection, whatever the protocol version: payload coming, payload going.

use crate::{fault::Phase, pipe::Pipe};
use message::Head;
use std::{
    io,
    task::{Context, Poll},
};
use wire::http1::Framing;

/// Why a direction of a connection cannot go on.
#[derive(Debug)]
pub enum Broken {
    /// Closed or reset by the peer, before the message was whole.
    Closed,
    Io(io::Error),
    /// What came is not the protocol.
    Malformed(wire::http1::Fault),
}

impl From<io::Error> for Broken {
    fn from(e: io::Error) -> Broken {
        Broken::Io(e)
    }
}

/// How a peer went away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// It sends no more, but may still listen.
    Closed,
    Reset,
}

impl Gone {
    /// The phase that logs show for a client that goes while the response's head is waited for.
    pub fn phase(self) -> Phase {
        match self {
            Gone::Closed => Phase::Headers,
            Gone::Reset => Phase::Data,
        }
    }
}

/// The payload of a message that is being received.
pub trait Source {
    /// Ready once `data` shows something or the payload has ended.
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>>;

    /// Payload that has arrived and was not consumed.
    fn data(&self) -> &[u8];

    fn consume(&mut self, n: usize);

    /// Whether more payload is known to wait behind `data`.
    fn has_more(&self) -> bool {
        false
    }

    /// Whether much is to come with nothing between it, which the kernel could move by itself: a surmise, from what has come,
    /// unless `always`.
    fn bulk(&self, _always: bool) -> bool {
        false
    }

    /// Moves payload into an empty pipe, where there is [`Source::bulk`]. None at all is the end of the connection.
    fn poll_splice(&mut self, _pipe: &mut Pipe, _cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Pending
    }

    /// Whether all of the payload was consumed, trailers included.
    fn ended(&self) -> bool;

    fn trailers(&self) -> Option<&Head>;

    /// From now on the trailers that come are not shown.
    fn drop_trailers(&mut self);

    /// From now on everything that comes is payload: the connection has become a tunnel.
    fn tunnel(&mut self);

    /// Whether it costs nothing to be told of the peer's leaving.
    fn is_watched(&self) -> bool {
        true
    }

    /// Ready when the peer has closed its side: asked while no payload is awaited.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<Gone>;
}

/// The way a message is sent.
pub trait Sink {
    /// Queues a head. `framing` is how the payload behind it will be delimited.
    fn head(&mut self, head: &Head, framing: Framing);

    /// Sends what is queued and some of `data`; the number of bytes of `data` that were taken. With no data it only
    /// sends what is queued. Small pieces may be queued until [`Sink::poll_flush`]; with `more`, which says that another
    /// write follows at once, the kernel may hold some back until then, too.
    fn poll_write(&mut self, cx: &mut Context<'_>, data: &[u8], more: bool) -> Poll<Result<usize, Broken>>;

    /// Whether payload can go out of a pipe: it is sent as it is.
    fn is_plain(&self) -> bool {
        false
    }

    /// Sends what is queued and some of what the pipe holds; how much of that. `more`: as for [`Sink::poll_write`].
    fn poll_splice(&mut self, _pipe: &mut Pipe, _more: bool, _cx: &mut Context<'_>) -> Poll<Result<usize, Broken>> {
        Poll::Ready(Err(Broken::Closed))
    }

    /// Queues the end of the payload, once: said again it does nothing.
    fn end(&mut self, trailers: Option<&Head>);

    /// From now on payload goes out as it is: the connection has become a tunnel.
    fn tunnel(&mut self);

    /// Passes on that the other side has ended: nothing more will be sent.
    fn close(&mut self);

    /// Ready when nothing is queued any more.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>>;
}

/// Which side a relay failed on, or is waiting for.
#[derive(Debug)]
pub enum Side<T> {
    Source(T),
    Sink(T),
}
