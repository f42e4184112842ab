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

/// Closes an inherited descriptor by its number, once a handle on it was taken: as long as it is open, the kernel goes on
/// listening for a process that has stopped.
pub fn release(fd: i32) {
    if let Err(e) = nix::unistd::close(fd) {
        tracing::warn!("descriptor {fd} could not be closed: {e}");
    }
}
