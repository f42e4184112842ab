//! The line between a master process and a worker: a pair of sockets, one end of which the worker inherits.
//!
//! The worker says on it what it has said while it started, and a zero once it serves. The master sends ends of
//! conversations, such as those of a `stats socket`. Its end of file tells the worker that the master is gone.

use config::keyword::stats::Level;
use rustix::io::{FdFlags, fcntl_setfd};
use std::{
    io::{self, Write},
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::{
            net::UnixStream,
            process::{CommandExt, parent_id},
        },
    },
    process::{Child, Command},
};
use tokio::io::Interest;

/// In the worker's environment: its parent, the descriptor of its end, and the one on which an older worker gives its
/// listeners away, or 0. The parent's number tells a value left over from elsewhere.
const NAME: &str = "EVENKEEL_WORKER";

/// The worker's end.
#[derive(Debug)]
pub(crate) struct Line {
    stream: UnixStream,
    /// Where an older worker of the same master gives its listeners away.
    pub(crate) older: Option<UnixStream>,
    /// An older worker is there, which the master tells to finish.
    pub(crate) is_first: bool,
}

impl Line {
    /// The end that this process has inherited, if it is a worker. To be called once.
    pub(crate) fn inherited() -> Option<Line> {
        let said = std::env::var(NAME).ok()?;
        let fields: Vec<u32> = said.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [parent, fd, older, first] = fields[..] else { return None };
        if parent != parent_id() {
            return None;
        }
        Some(Line { stream: own(fd)?, older: Some(older).filter(|fd| *fd > 0).and_then(own), is_first: first == 1 })
    }

    /// Tells the master what was said, and whether this process serves now.
    pub(crate) fn report(&self, said: &str, serves: bool) {
        let end: &[u8] = if serves { b"\0" } else { b"" };
        // If the master is gone, this process learns it as soon as it listens.
        let _ = (&self.stream).write_all(&[said.as_bytes(), end].concat());
    }

    /// Begins to listen to the master. Needs a runtime.
    pub(crate) fn listen(&self) -> io::Result<Ear> {
        let stream = self.stream.try_clone()?;
        stream.set_nonblocking(true)?;
        Ok(Ear { ready: tokio::net::UnixStream::from_std(stream.try_clone()?)?, stream })
    }
}

/// A descriptor by its number.
fn own(fd: u32) -> Option<UnixStream> {
    let fd = i32::try_from(fd).ok()?;
    let socket = engine::inherit::take(fd).ok()?;
    engine::inherit::release(fd);
    Some(OwnedFd::from(socket).into())
}

/// What the master says.
#[derive(Debug)]
pub(crate) struct Ear {
    ready: tokio::net::UnixStream,
    stream: UnixStream,
}

impl Ear {
    /// The next conversation, and its rights; `None`: the master is gone.
    pub(crate) async fn next(&self) -> Option<(UnixStream, Level)> {
        let (mut bytes, mut fds) = (Vec::new(), Vec::new());
        loop {
            self.ready.readable().await.ok()?;
            let receive = || engine::handover::receive_some(&self.stream, &mut bytes, &mut fds);
            match self.ready.try_io(Interest::READABLE, receive) {
                Ok(0) => return None,
                Err(e) if e.kind() != io::ErrorKind::WouldBlock => return None,
                _ => {}
            }
            if let (Some(fd), Some(level)) = (fds.pop(), bytes.pop()) {
                let level = match level {
                    b'a' => Level::Admin,
                    b'o' => Level::Operator,
                    _ => Level::User,
                };
                return Some((fd.into(), level));
            }
        }
    }
}

/// Begins a conversation with a worker; its end of the line is the master's.
pub(crate) fn call(worker: &UnixStream, level: Level) -> io::Result<UnixStream> {
    let (ours, theirs) = UnixStream::pair()?;
    let level = match level {
        Level::Admin => b'a',
        Level::Operator => b'o',
        Level::User => b'u',
    };
    engine::handover::give_some(worker, &[level], &[theirs.as_fd()])?;
    Ok(ours)
}

/// Starts this program as a worker; `older` is the end on which an older worker gives its listeners away.
pub(crate) fn start(older: Option<UnixStream>, is_first: bool) -> io::Result<(Child, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    for end in older.iter().chain([&theirs]) {
        // Nothing else is started in the meantime: a master has one thread.
        fcntl_setfd(end, FdFlags::empty())?;
    }
    let older_fd = older.as_ref().map_or(0, AsRawFd::as_raw_fd);
    let said = format!("{}:{}:{older_fd}:{}", std::process::id(), theirs.as_raw_fd(), u8::from(is_first));
    let child = Command::new(std::env::current_exe()?)
        .arg0(crate::program())
        .args(std::env::args_os().skip(1))
        .env(NAME, said)
        .spawn()?;
    Ok((child, ours))
}
