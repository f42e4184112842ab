//! Payload between an exchange, which pushes, and hyper, which pulls.

use super::QUEUED;
use crate::session::transport::{Broken, Gone, Sink, Source};
use bytes::{Buf as _, Bytes};
use hyper::{
    HeaderMap, Response,
    body::{Body, Frame, Incoming, SizeHint},
};
use message::Head;
use std::{
    cell::RefCell,
    collections::VecDeque,
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker, ready},
};
use wire::http1::Framing;

/// What both ends of a stream's response share. They are on one thread.
#[derive(Debug, Default)]
pub struct Channel {
    head: Option<hyper::http::response::Parts>,
    frames: VecDeque<Frame<Bytes>>,
    /// Bytes of payload in `frames`.
    queued: usize,
    ended: bool,
    /// The exchange is over without a complete response: the stream is to be reset.
    failed: bool,
    /// hyper dropped its end: the client is gone.
    gone: bool,
    /// Who waits for something to send, for room, and for the client to go away.
    pull: Option<Waker>,
    push: Option<Waker>,
    watch: Option<Waker>,
}

impl Channel {
    fn wake_pull(&mut self) {
        if let Some(waker) = self.pull.take() {
            waker.wake();
        }
    }
}

/// The two ends for one response: for the exchange, and what becomes of it for hyper.
pub fn channel() -> (Writer, impl Future<Output = Response<Answer>>) {
    let shared = Rc::new(RefCell::new(Channel::default()));
    let mut answer = Some(Answer { shared: shared.clone() });
    let waits = shared.clone();
    let head = poll_fn(move |cx| {
        let mut channel = waits.borrow_mut();
        if channel.head.is_none() && !channel.failed {
            channel.pull = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let parts = channel.head.take().unwrap_or_else(|| bad_gateway().into_parts().0);
        match answer.take() {
            Some(answer) => Poll::Ready(Response::from_parts(parts, answer)),
            None => Poll::Pending,
        }
    });
    (Writer { shared, whole: false, tunnel: false }, head)
}

/// Stands in for a response when an exchange ended without one.
fn bad_gateway() -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = hyper::StatusCode::BAD_GATEWAY;
    response
}

/// The exchange's end.
#[derive(Debug)]
pub struct Writer {
    shared: Rc<RefCell<Channel>>,
    /// The end of the payload has been queued.
    whole: bool,
    tunnel: bool,
}

impl Writer {
    pub fn share(&self) -> Rc<RefCell<Channel>> {
        self.shared.clone()
    }

    /// The exchange is over. A payload whose end was not said is cut off.
    pub fn finish(&mut self) {
        let mut channel = self.shared.borrow_mut();
        channel.failed = !self.whole;
        channel.ended = true;
        channel.wake_pull();
    }
}

impl Sink for Writer {
    fn head(&mut self, head: &Head, framing: Framing) {
        // Interim responses are hyper's own matter.
        if head.status() < 200 {
            return;
        }
        self.whole = framing == Framing::None;
        let mut channel = self.shared.borrow_mut();
        channel.head = Some(super::convert::response(head).into_parts().0);
        channel.ended = self.whole;
        channel.wake_pull();
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, data: &[u8], _more: bool) -> Poll<Result<usize, Broken>> {
        let mut channel = self.shared.borrow_mut();
        if channel.gone {
            return Poll::Ready(Err(Broken::Closed));
        }
        if channel.queued >= QUEUED {
            channel.push = Some(cx.waker().clone());
            return Poll::Pending;
        }
        if !data.is_empty() {
            channel.frames.push_back(Frame::data(Bytes::copy_from_slice(data)));
            channel.queued += data.len();
            channel.wake_pull();
        }
        Poll::Ready(Ok(data.len()))
    }

    fn end(&mut self, trailers: Option<&Head>) {
        if std::mem::replace(&mut self.whole, true) {
            return;
        }
        let mut channel = self.shared.borrow_mut();
        if let Some(trailers) = trailers {
            let mut map = HeaderMap::new();
            super::convert::fields(trailers, &mut map);
            channel.frames.push_back(Frame::trailers(map));
        }
        channel.ended = true;
        channel.wake_pull();
    }

    fn tunnel(&mut self) {
        self.tunnel = true;
    }

    fn close(&mut self) {
        self.end(None);
    }

    fn poll_flush(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        let gone = self.shared.borrow().gone;
        Poll::Ready(if gone { Err(Broken::Closed) } else { Ok(()) })
    }
}

/// hyper's end: the payload of the response.
#[derive(Debug)]
pub struct Answer {
    shared: Rc<RefCell<Channel>>,
}

/// A payload that was cut off: hyper resets the stream.
#[derive(Debug)]
pub struct CutOff;

impl std::fmt::Display for CutOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the response was cut off")
    }
}

impl std::error::Error for CutOff {}

impl Body for Answer {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        let mut channel = self.shared.borrow_mut();
        if let Some(frame) = channel.frames.pop_front() {
            channel.queued -= frame.data_ref().map_or(0, |d| d.remaining());
            if let Some(waker) = channel.push.take() {
                waker.wake();
            }
            return Poll::Ready(Some(Ok(frame)));
        }
        match (channel.failed, channel.ended) {
            (true, _) => Poll::Ready(Some(Err(CutOff))),
            (_, true) => Poll::Ready(None),
            _ => {
                channel.pull = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        let channel = self.shared.borrow();
        channel.ended && !channel.failed && channel.frames.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let mut channel = self.shared.borrow_mut();
        channel.gone = !(channel.ended && channel.frames.is_empty());
        for waker in [channel.push.take(), channel.watch.take()].into_iter().flatten() {
            waker.wake();
        }
    }
}

/// The payload of the request.
#[derive(Debug)]
pub struct Reader {
    incoming: Incoming,
    shared: Rc<RefCell<Channel>>,
    data: Bytes,
    trailers: Option<Box<Head>>,
    /// Trailers are received and not shown.
    bare: bool,
    ended: bool,
}

impl Reader {
    pub fn new(incoming: Incoming, shared: Rc<RefCell<Channel>>) -> Reader {
        let ended = incoming.is_end_stream();
        Reader { incoming, shared, data: Bytes::new(), trailers: None, bare: false, ended }
    }
}

impl Source for Reader {
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        while self.data.is_empty() && !self.ended {
            match ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
                None => self.ended = true,
                Some(Err(_)) => return Poll::Ready(Err(Broken::Closed)),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.data = data,
                    Err(frame) => {
                        self.trailers = frame.into_trailers().ok().map(|map| Box::new(super::convert::trailers(&map)));
                    }
                },
            }
        }
        Poll::Ready(Ok(()))
    }

    fn data(&self) -> &[u8] {
        &self.data
    }

    fn consume(&mut self, n: usize) {
        self.data.advance(n.min(self.data.len()));
        // hyper gives back the window as the next frame is asked for.
        self.ended |= self.data.is_empty() && self.incoming.is_end_stream();
    }

    fn ended(&self) -> bool {
        self.ended && self.data.is_empty()
    }

    fn trailers(&self) -> Option<&Head> {
        self.trailers.as_deref().filter(|_| !self.bare)
    }

    fn drop_trailers(&mut self) {
        self.bare = true;
    }

    fn tunnel(&mut self) {}

    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<Gone> {
        let mut channel = self.shared.borrow_mut();
        if channel.gone {
            return Poll::Ready(Gone::Reset);
        }
        channel.watch = Some(cx.waker().clone());
        Poll::Pending
    }
}
