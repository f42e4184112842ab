//! The origin: answers each request head with the same prepared bytes.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    rc::Rc,
};

/// What one listener of the origin answers.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    bytes: Vec<u8>,
    pub(super) after: After,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum After {
    /// Calls of HTTP/2: see [`super::multi::Calls`].
    Calls,
    Close,
    /// Send back whatever comes: an upgraded connection.
    Echo,
    KeepAlive,
}

impl Reply {
    /// 200 with this body; the connection stays open.
    pub(crate) fn keep_alive(body: &[u8]) -> Self {
        Self { bytes: ok("", body), after: After::KeepAlive }
    }

    /// 200 with this body; the origin says `Connection: close` and closes.
    pub(crate) fn close(body: &[u8]) -> Self {
        Self { bytes: ok("Connection: close\r\n", body), after: After::Close }
    }

    /// Every message of a call is sent back.
    pub(crate) fn calls() -> Self {
        Self { bytes: Vec::new(), after: After::Calls }
    }

    /// 101 to the handshake of RFC 6455's example, then an echo of bytes.
    pub(crate) fn websocket() -> Self {
        let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
        Self { bytes: head.into(), after: After::Echo }
    }
}

fn ok(header: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\n{header}Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// One connection of a proxy to the origin.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) stream: TcpStream,
    reply: Rc<Reply>,
    /// A request head of which the end has not come yet.
    head: Vec<u8>,
    /// How much of the reply is written, while one is being written.
    written: Option<usize>,
    echo: bool,
    /// What the epoll reports of this connection.
    pub(crate) watched: Next,
}

/// What a connection waits for next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Next {
    Close,
    Read,
    Write,
}

const MAX_HEAD: usize = 64 * 1024;

impl Served {
    pub(crate) fn new(stream: TcpStream, reply: Rc<Reply>) -> Self {
        Self { stream, reply, head: Vec::new(), written: None, echo: false, watched: Next::Read }
    }

    /// Goes on where the connection stands; an error means that it is over.
    pub(crate) fn ready(&mut self, scratch: &mut [u8]) -> io::Result<Next> {
        if self.written.is_some() {
            return self.write_reply();
        }
        let read = match self.stream.read(scratch) {
            Ok(0) => return Ok(Next::Close),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Next::Read),
            Err(error) => return Err(error),
        };
        let bytes = scratch.get(..read).unwrap_or_default();
        if self.echo {
            // Frames of a few bytes on an idle connection: they always fit into its send buffer.
            self.stream.write_all(bytes)?;
            return Ok(Next::Read);
        }
        if !self.head_is_whole(bytes)? {
            return Ok(Next::Read);
        }
        self.written = Some(0);
        self.write_reply()
    }

    /// A proxy sends the next request after the response to the last: a head's end is the end of what was read.
    fn head_is_whole(&mut self, bytes: &[u8]) -> io::Result<bool> {
        if self.head.is_empty() && bytes.starts_with(b"GET ") && bytes.ends_with(b"\r\n\r\n") {
            return Ok(true);
        }
        self.head.extend_from_slice(bytes);
        if self.head.len() > MAX_HEAD || !b"GET ".iter().zip(&self.head).all(|(want, have)| want == have) {
            return Err(io::Error::other("not a request of the load generator"));
        }
        let whole = self.head.ends_with(b"\r\n\r\n");
        if whole {
            self.head = Vec::new();
        }
        Ok(whole)
    }

    fn write_reply(&mut self) -> io::Result<Next> {
        let mut at = self.written.unwrap_or_default();
        while let Some(rest) = self.reply.bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Ok(written) => at += written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.written = Some(at);
                    return Ok(Next::Write);
                }
                Err(error) => return Err(error),
            }
        }
        self.written = None;
        self.echo = self.reply.after == After::Echo;
        Ok(if self.reply.after == After::Close { Next::Close } else { Next::Read })
    }
}
