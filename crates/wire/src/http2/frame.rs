//! Frames (RFC 9113, sections 4 and 6): their heads, and the small ones as a whole.

/// What a client says first.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes of a frame's head.
pub const HEAD: usize = 9;

/// The largest payload that need not be agreed upon.
pub const PAYLOAD: usize = 16384;

pub mod kind {
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const PRIORITY: u8 = 2;
    pub const RST_STREAM: u8 = 3;
    pub const SETTINGS: u8 = 4;
    pub const PUSH_PROMISE: u8 = 5;
    pub const PING: u8 = 6;
    pub const GOAWAY: u8 = 7;
    pub const WINDOW_UPDATE: u8 = 8;
    pub const CONTINUATION: u8 = 9;
}

pub mod flag {
    pub const ACK: u8 = 1;
    pub const END_STREAM: u8 = 1;
    pub const END_HEADERS: u8 = 4;
    pub const PADDED: u8 = 8;
    pub const PRIORITY: u8 = 32;
}

pub mod setting {
    pub const HEADER_TABLE_SIZE: u16 = 1;
    pub const ENABLE_PUSH: u16 = 2;
    pub const MAX_CONCURRENT_STREAMS: u16 = 3;
    pub const INITIAL_WINDOW_SIZE: u16 = 4;
    pub const MAX_FRAME_SIZE: u16 = 5;
    pub const ENABLE_CONNECT_PROTOCOL: u16 = 8;
}

/// Error codes (RFC 9113, section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Error {
    None = 0,
    Protocol = 1,
    Internal = 2,
    FlowControl = 3,
    StreamClosed = 5,
    FrameSize = 6,
    RefusedStream = 7,
    Cancel = 8,
    Compression = 9,
    EnhanceYourCalm = 11,
}

/// A frame at the start of what was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: &'a [u8],
}

/// What stands at the start of a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next<'a> {
    Frame(Frame<'a>),
    More,
    /// A frame whose payload is larger than was agreed upon.
    TooLarge,
}

impl<'a> Frame<'a> {
    /// Looks for a whole frame at the start of `buf`.
    pub fn read(buf: &'a [u8], largest: usize) -> Next<'a> {
        let Some(([a, b, c, kind, flags, stream @ ..], rest)) = buf.split_first_chunk::<HEAD>() else {
            return Next::More;
        };
        let len = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        if len > largest {
            return Next::TooLarge;
        }
        let stream = u32::from_be_bytes(*stream) & STREAM;
        match rest.get(..len) {
            Some(payload) => Next::Frame(Frame { kind: *kind, flags: *flags, stream, payload }),
            None => Next::More,
        }
    }

    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Bytes that the frame takes in its buffer.
    pub fn size(&self) -> usize {
        HEAD + self.payload.len()
    }

    /// The payload without its padding; `None` if there is more padding than payload.
    pub fn unpadded(&self) -> Option<&'a [u8]> {
        if !self.has(flag::PADDED) {
            return Some(self.payload);
        }
        let (padding, rest) = self.payload.split_first()?;
        rest.get(..rest.len().checked_sub(usize::from(*padding))?)
    }
}

/// A stream's number has 31 bits.
const STREAM: u32 = 0x7fff_ffff;

/// The big-endian number at `at`.
pub fn word(payload: &[u8], at: usize) -> Option<u32> {
    payload.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// A number of 31 bits: the reserved bit in front is not looked at.
pub fn word31(payload: &[u8], at: usize) -> Option<u32> {
    word(payload, at).map(|w| w & STREAM)
}

/// The settings that a payload holds.
pub fn settings(payload: &[u8]) -> impl Iterator<Item = (u16, u32)> {
    payload
        .as_chunks::<6>()
        .0
        .iter()
        .map(|[a, b, value @ ..]| (u16::from_be_bytes([*a, *b]), u32::from_be_bytes(*value)))
}

/// Appends the head of a frame.
pub fn write_head(len: usize, kind: u8, flags: u8, stream: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&(len as u32).to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
}

pub fn write_settings(list: &[(u16, u32)], out: &mut Vec<u8>) {
    write_head(list.len() * 6, kind::SETTINGS, 0, 0, out);
    for (id, value) in list {
        out.extend_from_slice(&id.to_be_bytes());
        out.extend_from_slice(&value.to_be_bytes());
    }
}

pub fn write_reset(stream: u32, error: Error, out: &mut Vec<u8>) {
    write_head(4, kind::RST_STREAM, 0, stream, out);
    out.extend_from_slice(&(error as u32).to_be_bytes());
}

pub fn write_goaway(last: u32, error: Error, out: &mut Vec<u8>) {
    write_head(8, kind::GOAWAY, 0, 0, out);
    out.extend_from_slice(&last.to_be_bytes());
    out.extend_from_slice(&(error as u32).to_be_bytes());
}

pub fn write_window(stream: u32, by: u32, out: &mut Vec<u8>) {
    write_head(4, kind::WINDOW_UPDATE, 0, stream, out);
    out.extend_from_slice(&by.to_be_bytes());
}

/// Appends a header block as `HEADERS` and as many `CONTINUATION` as frames of `largest` bytes make necessary.
pub fn write_block(block: &[u8], stream: u32, end: bool, largest: usize, out: &mut Vec<u8>) {
    let (mut kind, mut flags) = (kind::HEADERS, if end { flag::END_STREAM } else { 0 });
    let mut rest = block;
    loop {
        let (piece, behind) = rest.split_at(rest.len().min(largest));
        flags |= if behind.is_empty() { flag::END_HEADERS } else { 0 };
        write_head(piece.len(), kind, flags, stream, out);
        out.extend_from_slice(piece);
        if behind.is_empty() {
            return;
        }
        (kind, flags, rest) = (kind::CONTINUATION, 0, behind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_cut_into_frames() {
        let mut out = Vec::new();
        write_block(&[7; 25], 3, true, 10, &mut out);
        let mut rest = &out[..];
        let mut seen = Vec::new();
        while let Next::Frame(frame) = Frame::read(rest, 10) {
            seen.push((frame.kind, frame.flags, frame.stream, frame.payload.len()));
            rest = &rest[frame.size()..];
        }
        let expected =
            [(kind::HEADERS, flag::END_STREAM, 3, 10), (kind::CONTINUATION, 0, 3, 10), (9, flag::END_HEADERS, 3, 5)];
        assert_eq!(seen, expected);
        assert!(rest.is_empty());
    }

    #[test]
    fn padding_is_taken_off() {
        let frame = |payload| Frame { kind: kind::DATA, flags: flag::PADDED, stream: 1, payload };
        assert_eq!(frame(&[2, b'a', b'b', 0, 0][..]).unpadded(), Some(&b"ab"[..]));
        assert_eq!(frame(&[0][..]).unpadded(), Some(&b""[..]));
        assert_eq!((frame(&[2, 0][..]).unpadded(), frame(&[][..]).unpadded()), (None, None));
    }

    #[test]
    fn large_frames_are_refused_by_their_head() {
        assert_eq!(Frame::read(&[0, 0x40, 1, 0, 0, 0, 0, 0, 1], PAYLOAD), Next::TooLarge);
        assert_eq!(Frame::read(&[0, 0x40, 0, 0, 0, 0, 0, 0, 1], PAYLOAD), Next::More);
    }
}
