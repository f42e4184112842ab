//! Descriptors that a parent process left open.

use socket2::Socket;
use std::{io, os::fd::OwnedFd};

/// A second handle on an inherited socket, by its number.
///
/// Without `unsafe`, a bare number cannot become an owned descriptor: the kernel is asked for a copy of it through
/// a handle on this very process (`pidfd_getfd`).
pub fn take(fd: i32) -> io::Result<Socket> {
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
    let own = pidfd_open(getpid(), PidfdFlags::empty())?;
    let copy: OwnedFd = pidfd_getfd(own, fd, PidfdGetfdFlags::empty())?;
    Ok(Socket::from(copy))
}
