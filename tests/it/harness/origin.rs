//! An origin that answers every request with its own name, on as many connections as come.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use socket2::Socket;

use super::peer::{Peer, Want};

/// A running origin; it takes no new connection once dropped.
#[derive(Debug)]
pub(crate) struct Origin {
    port: u16,
    stop: Arc<AtomicBool>,
}

impl Origin {
    /// Serves on a bound socket.
    pub(crate) fn start(socket: Socket, name: Arc<str>) -> io::Result<Self> {
        socket.listen(256)?;
        let listener = TcpListener::from(socket);
        let (port, stop) = (listener.local_addr()?.port(), Arc::new(AtomicBool::new(false)));
        let stopped = stop.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten().take_while(|_| !stopped.load(Ordering::Relaxed)) {
                let name = name.clone();
                std::thread::spawn(move || serve(Peer::new(stream), &name));
            }
        });
        Ok(Self { port, stop })
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn serve(mut peer: Peer, name: &str) {
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{name}", name.len());
    while peer.take(&Want::Message, Duration::from_secs(20)).is_some() {
        if peer.send(answer.as_bytes()).is_err() {
            return;
        }
    }
}
