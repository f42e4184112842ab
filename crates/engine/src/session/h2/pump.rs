//! The bytes of a connection, both ways.

use super::mux::Mux;
use crate::{io::Io, session::h1::Reader};
use std::{
    cell::RefCell,
    io::IoSlice,
    rc::Rc,
    task::{Context, Poll},
    time::Instant,
};

/// Moves bytes between a connection's socket and what its streams share.
#[derive(Debug)]
pub struct Pump {
    pub mux: Rc<RefCell<Mux>>,
    bytes: Reader,
    /// When something was sent last, while something waits.
    pub progress: Instant,
    /// When a frame came last.
    pub heard: Instant,
}

/// The connection is gone.
#[derive(Debug, Clone, Copy)]
pub struct Gone;

impl Pump {
    pub fn new(mux: Rc<RefCell<Mux>>, bytes: Reader) -> Pump {
        Pump { mux, bytes, progress: Instant::now(), heard: Instant::now() }
    }

    pub fn io(&self) -> &Io {
        self.bytes.io()
    }

    /// Reads what has come, as long as there is room for what it may call for.
    pub fn receive(&mut self, cx: &mut Context<'_>) -> Result<(), Gone> {
        for _ in 0..ROUNDS {
            let mut mux = self.mux.borrow_mut();
            let taken = mux.receive(self.bytes.buffered());
            self.bytes.skip(taken);
            if taken > 0 {
                self.heard = Instant::now();
            }
            if mux.failed.is_some() || mux.is_full() || mux.closed {
                return Ok(());
            }
            if taken > 0 && !self.bytes.buffered().is_empty() && mux.is_limited() {
                break;
            }
            drop(mux);
            match self.bytes.poll_more(cx) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false)) => self.mux.borrow_mut().close(),
                Poll::Ready(Err(_)) => return Err(Gone),
                Poll::Pending => return Ok(()),
            }
        }
        // Others have their turn first.
        cx.waker().wake_by_ref();
        Ok(())
    }

    pub fn send(&mut self, cx: &mut Context<'_>) -> Result<(), Gone> {
        let mut mux = self.mux.borrow_mut();
        while mux.sent < mux.out.len() {
            let waiting = mux.out.get(mux.sent..).unwrap_or(&[]);
            match self.bytes.io().poll_write(cx, &[IoSlice::new(waiting)], false) {
                Poll::Ready(Ok(n)) => mux.advance(n),
                Poll::Ready(Err(_)) => return Err(Gone),
                Poll::Pending => return Ok(()),
            }
            self.progress = Instant::now();
        }
        self.progress = Instant::now();
        Ok(())
    }

    /// Takes and drops what still comes. Ready at the end.
    pub fn drain(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let n = self.bytes.buffered().len();
            self.bytes.skip(n);
            match self.bytes.poll_more(cx) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// How often a connection reads before others have their turn.
const ROUNDS: usize = 8;
