//! Pipes, through which the kernel moves bytes from one socket to another: they are never copied to us.

use crate::io::Io;
use rustix::{
    io::Errno,
    pipe::{PipeFlags, SpliceFlags},
};
use std::{
    cell::RefCell,
    io,
    os::fd::{AsFd, OwnedFd},
    sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed},
    task::{Context, Poll, ready},
};
use tokio::io::Interest;

/// Bytes asked for at once. A pipe holds 16 pieces of a socket's, each of which may be 32 KiB; more than this is of no use,
/// and a peer that reads slowly makes us keep all of it.
const AT_ONCE: usize = 256 * 1024;

/// Empty pipes that a thread keeps.
const KEPT: usize = 32;

thread_local! {
    static POOL: RefCell<Vec<Ends>> = const { RefCell::new(Vec::new()) };
}

/// What all threads share: how many pipes there may be, and are. 0 = no splicing.
static MAX: AtomicU32 = AtomicU32::new(0);
static SIZE: AtomicUsize = AtomicUsize::new(0);
static USED: AtomicU32 = AtomicU32::new(0);
static FREE: AtomicU32 = AtomicU32::new(0);

/// Sets `maxpipes` and `tune.pipesize`, 0 being the kernel's own size.
pub fn limit(most: u32, size: usize) {
    MAX.store(most, Relaxed);
    SIZE.store(size, Relaxed);
}

/// Pipes that may be, that hold bytes, and that are kept empty.
pub fn counts() -> [u32; 3] {
    [MAX.load(Relaxed), USED.load(Relaxed), FREE.load(Relaxed)]
}

#[derive(Debug)]
struct Ends {
    out: OwnedFd,
    into: OwnedFd,
}

/// A pipe in use. Dropped with bytes in it, it is closed: they are nobody else's.
#[derive(Debug)]
pub struct Pipe {
    ends: Option<Ends>,
    /// Never more than was asked for at once; a tunnel holds two of these all its life.
    held: u32,
}

impl Pipe {
    /// A pipe of the thread's, or a new one; `None` where there are too many, or the kernel gives none.
    pub fn take() -> Option<Pipe> {
        if let Some(ends) = POOL.with_borrow_mut(Vec::pop) {
            FREE.fetch_sub(1, Relaxed);
            USED.fetch_add(1, Relaxed);
            return Some(Pipe { ends: Some(ends), held: 0 });
        }
        let [most, used, free] = counts();
        if used + free >= most {
            return None;
        }
        let (out, into) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).ok()?;
        let size = SIZE.load(Relaxed);
        if size > 0 {
            let _ = rustix::pipe::fcntl_setpipe_size(&into, size);
        }
        USED.fetch_add(1, Relaxed);
        Some(Pipe { ends: Some(Ends { out, into }), held: 0 })
    }

    pub fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// Takes up to `most` bytes from a socket, while the pipe is empty; 0 is the end of the stream.
    pub fn poll_fill(&mut self, io: &Io, most: usize, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Some(ends) = &self.ends else { return Poll::Ready(Ok(0)) };
        loop {
            ready!(io.poll_read_ready(cx))?;
            match io.try_io(Interest::READABLE, |fd| splice(fd, &ends.into, most.min(AT_ONCE), false)) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Ok(n) => {
                    self.held += n as u32;
                    return Poll::Ready(Ok(n));
                }
                Err(e) => return Poll::Ready(Err(e)),
            }
        }
    }

    /// Gives some of what it holds to a socket. `more`: as for [`Io::poll_write`].
    pub fn poll_drain(&mut self, io: &Io, more: bool, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Some(ends) = &self.ends else { return Poll::Ready(Ok(0)) };
        loop {
            ready!(io.poll_write_ready(cx))?;
            io.hurry();
            match io.try_io(Interest::WRITABLE, |fd| splice(&ends.out, fd, self.held as usize, more)) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Ok(n) => {
                    self.held = self.held.saturating_sub(n as u32);
                    return Poll::Ready(Ok(n));
                }
                Err(e) => return Poll::Ready(Err(e)),
            }
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        USED.fetch_sub(1, Relaxed);
        let Some(ends) = self.ends.take().filter(|_| self.held == 0) else { return };
        POOL.with_borrow_mut(|pool| {
            if pool.len() < KEPT {
                pool.push(ends);
                FREE.fetch_add(1, Relaxed);
            }
        });
    }
}

fn splice(from: impl AsFd, to: impl AsFd, most: usize, more: bool) -> io::Result<usize> {
    let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
    let flags = if more { flags | SpliceFlags::MORE } else { flags };
    loop {
        match rustix::pipe::splice(&from, None, &to, None, most, flags) {
            Err(Errno::INTR) => {}
            result => return Ok(result?),
        }
    }
}
