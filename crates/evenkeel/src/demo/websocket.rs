//! The demo's websocket: a greeting, then an echo (RFC 6455).

use base64::{Engine, prelude::BASE64_STANDARD};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What a server appends to the client's key.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The longest message that is echoed.
const LONGEST: usize = 1 << 20;

mod opcode {
    pub(super) const TEXT: u8 = 1;
    pub(super) const CLOSE: u8 = 8;
    pub(super) const PING: u8 = 9;
    pub(super) const PONG: u8 = 10;
}

/// Greets, and echoes until the client closes.
pub(super) async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, name: &str) -> io::Result<()> {
    let (mut received, mut out) = (Vec::new(), Vec::new());
    write_frame(opcode::TEXT, format!("{name} greets").as_bytes(), true, &mut out);
    stream.write_all(&out).await?;
    loop {
        let Some(frame) = read_frame(&received)? else {
            if stream.read_buf(&mut received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            continue;
        };
        received.drain(..frame.len);
        out.clear();
        match frame.opcode {
            opcode::PING => write_frame(opcode::PONG, &frame.payload, true, &mut out),
            opcode::PONG => {}
            other => write_frame(other, &frame.payload, frame.fin, &mut out),
        }
        stream.write_all(&out).await?;
        if frame.opcode == opcode::CLOSE {
            return Ok(());
        }
    }
}

/// The answer to a client's key.
pub(super) fn accept(key: &[u8]) -> String {
    let mut sha1 = sha1_smol::Sha1::new();
    sha1.update(key);
    sha1.update(GUID.as_bytes());
    BASE64_STANDARD.encode(sha1.digest().bytes())
}

#[derive(Debug, PartialEq, Eq)]
struct Frame {
    opcode: u8,
    fin: bool,
    payload: Vec<u8>,
    /// Bytes taken.
    len: usize,
}

/// Reads a client's frame from the start of `buffer`; `None`: it is not complete.
fn read_frame(buffer: &[u8]) -> io::Result<Option<Frame>> {
    let [first, second, rest @ ..] = buffer else { return Ok(None) };
    let (size, rest) = match (second & 0x7f, rest) {
        (126, [a, b, rest @ ..]) => (u64::from(u16::from_be_bytes([*a, *b])), rest),
        (127, rest) => match rest.split_first_chunk::<8>() {
            Some((size, rest)) => (u64::from_be_bytes(*size), rest),
            None => return Ok(None),
        },
        (126, _) => return Ok(None),
        (size, rest) => (u64::from(size), rest),
    };
    if second & 0x80 == 0 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a client's frame without a mask"));
    }
    let size = usize::try_from(size).ok().filter(|size| *size <= LONGEST);
    let size = size.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a frame too long"))?;
    let Some((mask, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
    let Some(masked) = rest.get(..size) else { return Ok(None) };
    let payload = masked.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m).collect();
    let len = buffer.len() - rest.len() + size;
    Ok(Some(Frame { opcode: first & 0x0f, fin: first & 0x80 != 0, payload, len }))
}

/// Appends a server's frame, which has no mask.
fn write_frame(opcode: u8, payload: &[u8], fin: bool, out: &mut Vec<u8>) {
    out.push(if fin { 0x80 | opcode } else { opcode });
    match payload.len() {
        size @ 0..126 => out.push(size as u8),
        size @ 126..0x1_0000 => {
            out.push(126);
            out.extend_from_slice(&(size as u16).to_be_bytes());
        }
        size => {
            out.push(127);
            out.extend_from_slice(&(size as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_rfc() {
        assert_eq!(accept(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn the_frames_of_the_rfc() -> io::Result<()> {
        let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        let frame = Frame { opcode: opcode::TEXT, fin: true, payload: b"Hello".to_vec(), len: 11 };
        for cut in 0..hello.len() {
            assert_eq!(read_frame(&hello[..cut])?, None, "{cut}");
        }
        assert_eq!(read_frame(&hello)?, Some(frame));
        assert!(read_frame(&[0x81, 0x05, b'H', b'e', b'l', b'l', b'o']).is_err());
        assert!(read_frame(&[0x82, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0]).is_err());
        for size in [0, 125, 126, 65535, 65536] {
            let mut out = Vec::new();
            write_frame(2, &vec![7; size], true, &mut out);
            assert_eq!(
                out.len(),
                size + if size < 126 {
                    2
                } else if size < 65536 {
                    4
                } else {
                    10
                }
            );
        }
        Ok(())
    }
}
