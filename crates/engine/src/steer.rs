//! Which of several sockets that listen to one address (`SO_REUSEPORT`) gets the next connection.
//!
//! Left alone, the kernel spreads connections over all of them, and resets those that wait for a socket when it is closed.
//! So before an old process closes its socket, connections are led past it: the kernel asks a program of one instruction,
//! which answers with a place in the order in which the sockets began to listen. A place where there is none means: spread.

use nix::{
    libc::{BPF_K, BPF_RET, sock_filter, sock_fprog},
    sys::socket::{setsockopt, sockopt::AttachReusePortCbpf},
};
use socket2::Socket;
use std::{
    io::{BufRead, BufReader},
    net::{IpAddr, SocketAddr},
};

/// The socket that has listened for longest: an old process's, while a new one gets ready.
pub const FIRST: u32 = 0;
/// The one behind it: a process that has one socket listens first, and leads connections to whoever came next.
pub const NEXT: u32 = 1;
/// No socket in particular.
pub const ANY: u32 = u32::MAX;

/// Leads the connections of a socket's address to the socket at a place. Where the kernel cannot, they are spread as ever.
pub fn to(socket: &Socket, place: u32) {
    let mut program = [sock_filter { code: (BPF_RET | BPF_K) as u16, jt: 0, jf: 0, k: place }];
    let program = sock_fprog { len: 1, filter: program.as_mut_ptr() };
    if let Err(e) = setsockopt(socket, AttachReusePortCbpf, &program) {
        tracing::debug!("connections cannot be led to one of several listeners: {e}");
    }
}

/// The place of the socket that began to listen to this address last.
pub fn last(address: SocketAddr) -> u32 {
    let (file, local) = listed(address);
    let Ok(file) = std::fs::File::open(file) else { return NEXT };
    // Those that listen come first.
    let lines = BufReader::new(file).lines().skip(1).map_while(Result::ok);
    let fields = lines.map(|line| line.split_whitespace().map(str::to_owned).take(4).collect::<Vec<_>>());
    let listening = fields.take_while(|fields| fields.get(3).is_some_and(|state| state == "0A"));
    let here = listening.filter(|fields| fields.get(1) == Some(&local)).count();
    u32::try_from(here.saturating_sub(1)).unwrap_or(NEXT)
}

/// Where the kernel lists an address, and how it writes it.
fn listed(address: SocketAddr) -> (&'static str, String) {
    let hex = |word: &[u8]| word.iter().rev().map(|byte| format!("{byte:02X}")).collect::<String>();
    let (file, ip) = match address.ip() {
        IpAddr::V4(ip) => ("/proc/net/tcp", hex(&ip.octets())),
        IpAddr::V6(ip) => ("/proc/net/tcp6", ip.octets().chunks(4).map(hex).collect()),
    };
    (file, format!("{ip}:{:04X}", address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::{Domain, Type};
    use std::io;

    fn listener(address: SocketAddr) -> io::Result<Socket> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_reuse_port(true)?;
        socket.bind(&address.into())?;
        socket.listen(64)?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    fn waiting(socket: &Socket) -> usize {
        std::iter::from_fn(|| socket.accept().ok()).count()
    }

    #[test]
    fn connections_are_led_to_one_listener() -> io::Result<()> {
        let old = listener(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let address = old.local_addr()?.as_socket().expect("an address");
        assert_eq!(last(address), 0);
        let new = listener(address)?;
        assert_eq!(last(address), 1);
        let clients = |n: usize| (0..n).map(|_| std::net::TcpStream::connect(address)).collect::<io::Result<Vec<_>>>();
        for (place, want) in [(FIRST, (20, 0)), (last(address), (0, 20))] {
            to(&old, place);
            let _clients = clients(20)?;
            assert_eq!((waiting(&old), waiting(&new)), want, "{place}");
        }
        to(&new, ANY);
        let _clients = clients(64)?;
        let (old, new) = (waiting(&old), waiting(&new));
        assert!(old > 0 && new > 0 && old + new == 64, "{old} {new}");
        Ok(())
    }
}
