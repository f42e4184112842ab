//! Our socket and clock, as hyper wants them.

use crate::{
    io::Io,
    session::{
        h1::{Conn, Reader},
        transport::Broken,
    },
};
use hyper::rt::{Read, ReadBufCursor, Sleep, Write};
use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

/// A socket whose first bytes may have been read already.
#[derive(Debug)]
pub struct Socket {
    io: Rc<Io>,
    reader: Reader,
}

impl Socket {
    pub fn new(conn: Conn) -> Socket {
        Socket { io: conn.reader.io().clone(), reader: conn.reader }
    }
}

impl Read for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, mut to: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        if self.reader.buffered().is_empty() {
            match ready!(self.reader.poll_more(cx)) {
                Ok(_) => {}
                Err(Broken::Io(e)) => return Poll::Ready(Err(e)),
                Err(Broken::Closed | Broken::Malformed(_)) => return Poll::Ready(Ok(())),
            }
        }
        let data = self.reader.buffered();
        let n = data.len().min(to.remaining());
        to.put_slice(data.get(..n).unwrap_or(data));
        self.reader.skip(n);
        Poll::Ready(Ok(()))
    }
}

impl Write for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        self.io.poll_write(cx, &[IoSlice::new(from)], false)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io.poll_write(cx, from, false)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.io.shutdown_write())
    }
}

/// tokio's clock.
#[derive(Debug, Clone, Copy)]
pub struct Timer;

impl hyper::rt::Timer for Timer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(Timeout(Box::pin(tokio::time::sleep(duration))))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Timeout(Box::pin(tokio::time::sleep_until(deadline.into()))))
    }
}

struct Timeout(Pin<Box<tokio::time::Sleep>>);

impl Future for Timeout {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

impl Sleep for Timeout {}
