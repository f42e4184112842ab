//! The demo's origin server: it answers every request with its name, and echoes websockets.

use super::websocket;
use message::{Head, Version};
use std::{io, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use wire::http1::{self, Body, Limits, Parsed};

/// Serves connections for as long as the runtime lives.
pub(super) async fn serve(listener: TcpListener, name: Arc<str>) {
    while let Ok((stream, _)) = listener.accept().await {
        let name = name.clone();
        tokio::spawn(async move {
            if let Err(e) = connection(stream, &name).await {
                tracing::debug!("{name}: {e}");
            }
        });
    }
}

/// A connection: what has been received and not been read yet, and where the rest comes from.
pub(super) struct Peer {
    pub(super) stream: TcpStream,
    pub(super) buffer: Vec<u8>,
}

impl Peer {
    /// Waits for more; an end is an error.
    pub(super) async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

async fn connection(stream: TcpStream, name: &str) -> io::Result<()> {
    let mut peer = Peer { stream, buffer: Vec::new() };
    let mut head = Head::default();
    loop {
        let parsed = loop {
            match http1::parse_request(&peer.buffer, &Limits::default(), &mut head) {
                Ok(Some(parsed)) => break parsed,
                Ok(None) => peer.more().await?,
                Err(fault) => {
                    let text = format!("{name} cannot read this request: {fault:?}\n");
                    return peer.stream.write_all(&answer(name, 400, text.as_bytes(), false)).await;
                }
            }
        };
        peer.buffer.drain(..parsed.len);
        if parsed.upgrade && parsed.websocket {
            return websocket::serve(peer, &head, name).await;
        }
        exchange(&mut peer, &head, &parsed, name).await?;
        if !parsed.keep_alive {
            return Ok(());
        }
    }
}

/// Reads the body and answers.
async fn exchange(peer: &mut Peer, head: &Head, parsed: &Parsed, name: &str) -> io::Result<()> {
    if parsed.expect_continue {
        peer.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    let (mut body, mut bytes) = (Body::new(parsed.framing), 0);
    while !body.ended() {
        let found = body.decode(&peer.buffer, &Limits::default(), &mut Head::default());
        let found = found.map_err(|fault| io::Error::other(format!("{fault:?}")))?;
        bytes += found.data.len();
        peer.buffer.drain(..found.consumed);
        if !found.ended && found.consumed == 0 {
            peer.more().await?;
        }
    }
    let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let text = format!("{name} answers {} {} ({bytes} bytes)\n", show(head.method()), show(head.target()));
    peer.stream.write_all(&answer(name, 200, text.as_bytes(), head.method() == b"HEAD")).await
}

/// A whole response; without its body for HEAD.
fn answer(name: &str, status: u16, body: &[u8], bodyless: bool) -> Vec<u8> {
    let mut head = Head::response(Version::HTTP_11, status, b"");
    head.add(b"content-type", b"text/plain");
    head.add(b"content-length", body.len().to_string().as_bytes());
    head.add(b"x-origin", name.as_bytes());
    let mut out = Vec::new();
    http1::write_head(&head, None, &mut out);
    if !bodyless {
        out.extend_from_slice(body);
    }
    out
}
