//! Listening sockets go from one process to another: `_getsocks` of a runtime socket, and `-x`.
//!
//! The form is HAProxy's, as its binaries show it. The giver says how many sockets there are, as an `int` of the machine.
//! Messages follow with up to 252 descriptors each, and in their bytes, for each descriptor, the name of its network
//! namespace and that of its interface, each behind its length in one byte, and four bytes of options. The receiver answers
//! each message with four bytes.

use config::keyword::{address::Address, bind::Bind};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use socket2::Socket;
use std::{
    io::{self, IoSlice, IoSliceMut, Read, Write},
    mem::MaybeUninit,
    net::SocketAddr,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::{ffi::OsStrExt, net::UnixStream},
    },
    time::Duration,
};

/// What a runtime socket is asked.
pub const COMMAND: &[u8] = b"_getsocks";

/// Descriptors in one message.
const BATCH: usize = 252;

/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(1);

/// A listening socket, and the interface that it is bound to.
#[derive(Debug)]
pub struct Handed {
    pub socket: Socket,
    pub interface: Vec<u8>,
}

/// Listening sockets of an older process.
#[derive(Debug, Default)]
pub struct Heritage(Vec<Handed>);

impl Heritage {
    /// The socket that listens to the address of a `bind` line already.
    pub fn find(&self, bind: &Bind) -> Option<Socket> {
        let interface = bind.interface.as_deref().unwrap_or_default();
        let mut fitting = self.0.iter().filter(|handed| handed.interface == interface);
        fitting.find(|handed| listens_to(&handed.socket, &bind.address))?.socket.try_clone().ok()
    }
}

fn listens_to(socket: &Socket, address: &Address) -> bool {
    let Ok(local) = socket.local_addr() else { return false };
    match address {
        Address::Ip(ip, port) => local.as_socket() == Some(SocketAddr::new(*ip, *port)),
        Address::Unix(path) => local.as_pathname().is_some_and(|p| final_name(p.as_os_str().as_bytes()) == path),
        // HAProxy binds to the name filled up with zeros.
        Address::Abstract(name) => local.as_abstract_namespace().is_some_and(|n| trimmed(n) == name.as_slice()),
        Address::Fd(_) => false,
    }
}

/// A unix socket is bound under another name than the one that it has in the end: `PATH.PID.tmp`.
fn final_name(path: &[u8]) -> &[u8] {
    let Some(rest) = path.strip_suffix(b".tmp") else { return path };
    let digits = rest.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    match rest.split_at(rest.len() - digits) {
        (name, digits) if !digits.is_empty() => name.strip_suffix(b".").unwrap_or(path),
        _ => path,
    }
}

fn trimmed(name: &[u8]) -> &[u8] {
    name.get(..name.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1)).unwrap_or(name)
}

/// Asks an older process for its sockets.
///
/// # Errors
/// It does not answer, or not as expected.
pub fn receive(mut from: &UnixStream) -> io::Result<Heritage> {
    from.set_read_timeout(Some(PATIENCE))?;
    from.write_all(&[COMMAND, b"\n"].concat())?;
    let mut count = [0; 4];
    from.read_exact(&mut count)?;
    let count = usize::try_from(i32::from_ne_bytes(count)).map_err(|_| io::ErrorKind::InvalidData)?;
    let (mut sockets, mut interfaces, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    while sockets.len() < count || interfaces.len() < count {
        if receive_some(from, &mut bytes, &mut sockets)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        interfaces.extend(std::iter::from_fn(|| described(&mut bytes)));
        if interfaces.len() == sockets.len() {
            // A giver that has given all does not wait for this.
            let _ = from.write_all(&(sockets.len() as i32).to_ne_bytes());
        }
    }
    let pairs = sockets.into_iter().zip(interfaces);
    Ok(Heritage(pairs.map(|(fd, interface)| Handed { socket: Socket::from(fd), interface }).collect()))
}

/// Receives bytes and descriptors; how many bytes.
pub fn receive_some(from: &UnixStream, bytes: &mut Vec<u8>, fds: &mut Vec<OwnedFd>) -> io::Result<usize> {
    let mut buffer = [0; 4096];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(BATCH))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let got = recvmsg(from, &mut [IoSliceMut::new(&mut buffer)], &mut control, RecvFlags::CMSG_CLOEXEC)?.bytes;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            fds.extend(rights);
        }
    }
    bytes.extend_from_slice(buffer.get(..got).unwrap_or(&[]));
    Ok(got)
}

/// Takes the description of one descriptor off the front, once it is whole: the name of its interface.
fn described(bytes: &mut Vec<u8>) -> Option<Vec<u8>> {
    let namespace = usize::from(*bytes.first()?);
    let len = usize::from(*bytes.get(1 + namespace)?);
    let name = bytes.get(2 + namespace..2 + namespace + len)?.to_vec();
    let end = 2 + namespace + len + 4;
    if bytes.len() < end {
        return None;
    }
    bytes.drain(..end);
    Some(name)
}

/// Gives sockets to a process that has asked for them.
///
/// # Errors
/// It has gone, or does not answer.
pub fn give(mut to: &UnixStream, sockets: &[Handed]) -> io::Result<()> {
    to.set_read_timeout(Some(PATIENCE))?;
    to.set_write_timeout(Some(PATIENCE))?;
    to.write_all(&(sockets.len() as i32).to_ne_bytes())?;
    let mut batches = sockets.chunks(BATCH).peekable();
    while let Some(batch) = batches.next() {
        let fds: Vec<_> = batch.iter().map(|handed| handed.socket.as_fd()).collect();
        let described = batch.iter().flat_map(|handed| {
            let name = handed.interface.get(..255).unwrap_or(&handed.interface);
            [&[0, name.len() as u8], name, &[0; 4]].concat()
        });
        give_some(to, &described.collect::<Vec<_>>(), &fds)?;
        if batches.peek().is_some() {
            to.read_exact(&mut [0; 4])?;
        }
    }
    Ok(())
}

/// Sends bytes and descriptors.
pub fn give_some(mut to: &UnixStream, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(BATCH))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !control.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let sent = sendmsg(to, &[IoSlice::new(bytes)], &mut control, SendFlags::NOSIGNAL)?;
    to.write_all(bytes.get(sent..).unwrap_or(&[]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::{Domain, Type};

    #[test]
    fn what_is_given_is_received() -> io::Result<()> {
        let (giver, receiver) = UnixStream::pair()?;
        let sockets = (0..600).map(|n| {
            let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
            Ok(Handed { socket, interface: if n == 599 { b"lo".to_vec() } else { Vec::new() } })
        });
        let sockets = sockets.collect::<io::Result<Vec<_>>>()?;
        let giving = std::thread::spawn(move || {
            let mut command = [0; 10];
            (&giver).read_exact(&mut command)?;
            assert_eq!(&command, b"_getsocks\n");
            give(&giver, &sockets)
        });
        let Heritage(received) = receive(&receiver)?;
        giving.join().expect("no panic")?;
        let bound: Vec<_> = received.iter().filter(|handed| handed.interface == b"lo").collect();
        assert_eq!((received.len(), bound.len()), (600, 1));
        Ok(())
    }

    #[test]
    fn a_refusal_is_an_error() -> io::Result<()> {
        for answer in [&b""[..], b"\x01\0\0\0", b"\xff\xff\xff\xff", b"\x01\0\0\0\0\x02l"] {
            let (giver, receiver) = UnixStream::pair()?;
            (&giver).write_all(answer)?;
            giver.shutdown(std::net::Shutdown::Write)?;
            assert!(receive(&receiver).is_err(), "{answer:?}");
        }
        Ok(())
    }

    #[test]
    fn a_unix_socket_is_known_by_its_final_name() {
        for (bound, path) in
            [("/a.12.tmp", "/a"), ("/a", "/a"), ("/a.tmp", "/a.tmp"), ("/a.b.tmp", "/a.b.tmp"), ("/12.tmp", "/12.tmp")]
        {
            assert_eq!(final_name(bound.as_bytes()), path.as_bytes());
        }
    }
}
