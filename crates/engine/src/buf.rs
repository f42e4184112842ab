//! Buffers: taken from a pool of the thread when there is work, given back when they run empty.

use crate::io::Io;
use std::{
    cell::{Cell, RefCell},
    io,
    task::{Context, Poll},
};

/// How many bytes a bulk transfer reads at least at once, where a buffer of `tune.bufsize` was filled to the brim.
const BULK: usize = 32 * 1024;

/// The size of large buffers: the largest frame of HTTP/2, which is as large as a buffer, fits with its head.
fn bulk() -> usize {
    BULK.max(2 * SIZE.get())
}

/// Buffers kept for reuse, at most, of each kind and thread.
const KEPT: usize = 256;

thread_local! {
    static POOL: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
    static BULK_POOL: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
    static SIZE: Cell<usize> = const { Cell::new(16384) };
}

/// Sets `tune.bufsize` for the buffers of this thread.
pub fn set_size(bytes: usize) {
    SIZE.set(bytes.max(1024));
}

/// A buffer of received bytes. Without content it holds no memory.
#[derive(Debug, Default)]
pub struct Buf {
    mem: Option<Box<[u8]>>,
    start: usize,
    end: usize,
    /// The last read took all there was room for: the kernel has more.
    more: bool,
}

impl Buf {
    pub fn data(&self) -> &[u8] {
        self.mem.as_deref().and_then(|m| m.get(self.start..self.end)).unwrap_or(&[])
    }

    pub fn len(&self) -> usize {
        self.end - self.start
    }

    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether nothing more can be read before something is consumed.
    pub fn is_full(&self) -> bool {
        self.mem.as_ref().is_some_and(|m| self.start == 0 && self.end == m.len())
    }

    /// Whether more is known to wait in the kernel.
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// Takes note of bytes that were taken from the kernel past this buffer: few say that there are no more.
    pub fn bypassed(&mut self, n: usize) {
        self.more = n >= SIZE.get();
    }

    /// Drops `n` bytes from the front; the memory goes back when none is left.
    pub fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            self.release();
        }
    }

    /// Reads once from the socket behind what is there; `Ok(0)` is the end of the stream.
    /// A full buffer is an error of the caller: it is reported as out of space.
    pub fn poll_fill(&mut self, io: &Io, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.mem.is_none() {
            // Memory is taken only once there is something to put into it.
            std::task::ready!(io.poll_read_ready(cx))?;
        }
        let space = self.space();
        if space.is_empty() {
            return Poll::Ready(Err(io::ErrorKind::StorageFull.into()));
        }
        let room = space.len();
        let got = io.poll_read(cx, space);
        match &got {
            Poll::Ready(Ok(n)) => {
                self.end += n;
                self.more = *n == room;
                if *n == room && self.start == 0 && self.end == SIZE.get() {
                    self.grow();
                }
            }
            _ if self.is_empty() => self.release(),
            _ => {}
        }
        got
    }

    /// Appends bytes that were received elsewhere, growing beyond the usual size if need be.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.space().len() < bytes.len() {
            let mut mem = vec![0; self.len() + bytes.len()].into_boxed_slice();
            if let Some(to) = mem.get_mut(..self.len()) {
                to.copy_from_slice(self.data());
            }
            (self.start, self.end) = (0, self.len());
            self.mem = Some(mem);
        }
        if let Some(to) = self.space().get_mut(..bytes.len()) {
            to.copy_from_slice(bytes);
            self.end += bytes.len();
        }
    }

    /// The free part, with the content moved to the front if that makes room.
    fn space(&mut self) -> &mut [u8] {
        let mem = self.mem.get_or_insert_with(take);
        if self.start > 0 && self.end == mem.len() {
            mem.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        mem.get_mut(self.end..).unwrap_or(&mut [])
    }

    /// Moves to a large buffer: the peer sends faster than small reads can take.
    fn grow(&mut self) {
        let mut big = BULK_POOL.with_borrow_mut(Vec::pop).unwrap_or_else(|| vec![0; bulk()].into_boxed_slice());
        if let (Some(to), Some(from)) = (big.get_mut(..self.end), self.mem.as_deref().and_then(|m| m.get(..self.end))) {
            to.copy_from_slice(from);
            self.release();
            self.mem = Some(big);
        }
    }

    fn release(&mut self) {
        let Some(mem) = self.mem.take() else { return };
        let pool = match mem.len() {
            n if n == bulk() => &BULK_POOL,
            n if n == SIZE.get() => &POOL,
            _ => return,
        };
        pool.with_borrow_mut(|p| {
            if p.len() < KEPT {
                p.push(mem);
            }
        });
    }
}

impl Drop for Buf {
    fn drop(&mut self) {
        self.release();
    }
}

fn take() -> Box<[u8]> {
    POOL.with_borrow_mut(Vec::pop).unwrap_or_else(|| vec![0; SIZE.get()].into_boxed_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_buffers_hold_no_memory() {
        let mut buf = Buf::default();
        buf.push(b"hello");
        buf.consume(2);
        assert_eq!(buf.data(), b"llo");
        buf.push(&[b'x'; 40_000]);
        assert_eq!((buf.len(), &buf.data()[..4]), (40_003, &b"llox"[..]));
        buf.consume(90_000);
        assert!(buf.is_empty() && buf.mem.is_none());
    }
}
