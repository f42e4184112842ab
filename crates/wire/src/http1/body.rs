//! Bodies: where the bytes of the payload are.

use std::ops::Range;

use message::Head;

use super::fault::{Fault, Kind};
use super::scan::{Scan, Step, Stop, fault};
use super::{Framing, Limits};

/// Reads a body piece by piece. It keeps no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body {
    state: State,
}

/// What a call of [`Body::decode`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Bytes of the buffer that are done with. 0, when the body has not ended: read more behind what is there.
    pub consumed: usize,
    /// The part of them that is payload.
    pub data: Range<usize>,
    /// Whether the body is complete, trailers included.
    pub ended: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Bytes left of a chunk.
    Chunk(u64),
    ChunkEnd,
    ChunkSize,
    Ended,
    Length(u64),
    Trailers,
    UntilClose,
}

/// Hexadecimal digits of a chunk size, without leading zeros.
const SIZE_DIGITS: usize = 13;

impl Body {
    pub fn new(framing: Framing) -> Body {
        let state = match framing {
            Framing::Chunked => State::ChunkSize,
            Framing::Length(0) | Framing::None => State::Ended,
            Framing::Length(n) => State::Length(n),
            Framing::Tunnel | Framing::UntilClose => State::UntilClose,
        };
        Body { state }
    }

    /// Whether nothing is left to read.
    pub fn ended(&self) -> bool {
        self.state == State::Ended
    }

    /// Whether the end of the connection is, here, a good end of the body.
    pub fn may_close(&self) -> bool {
        matches!(self.state, State::Ended | State::UntilClose)
    }

    /// How much payload follows with nothing between it; 0 where it comes in chunks.
    pub fn plain(&self) -> u64 {
        match self.state {
            State::Length(left) => left,
            State::UntilClose => u64::MAX,
            _ => 0,
        }
    }

    /// Takes note of `n` bytes of [`Body::plain`] payload that were read elsewhere.
    pub fn skip(&mut self, n: u64) {
        if let State::Length(left) = &mut self.state {
            *left = left.saturating_sub(n);
            if *left == 0 {
                self.state = State::Ended;
            }
        }
    }

    /// Looks for payload at the start of `buf`. Called again with what is behind `consumed`, until the body has ended.
    /// `trailers` gets the fields behind a chunked body. After a fault the body is not to be read further.
    pub fn decode(&mut self, buf: &[u8], limits: &Limits, trailers: &mut Head) -> Result<Decoded, Fault> {
        match &mut self.state {
            State::Length(left) => {
                let n = at_most(buf.len(), *left);
                *left -= n as u64;
                if *left == 0 {
                    self.state = State::Ended;
                }
                Ok(Decoded { consumed: n, data: 0..n, ended: self.ended() })
            }
            State::UntilClose => Ok(Decoded { consumed: buf.len(), data: 0..buf.len(), ended: false }),
            State::Ended => Ok(Decoded { consumed: 0, data: 0..0, ended: true }),
            _ => self.chunked(buf, limits, trailers),
        }
    }

    /// Takes the payload of one chunk at most, and all lines around it that are complete.
    fn chunked(&mut self, buf: &[u8], limits: &Limits, trailers: &mut Head) -> Result<Decoded, Fault> {
        let mut scan = Scan::new(buf, limits.accept_unsafe_violations);
        let mut data = 0..0;
        while self.state != State::Ended {
            let before = scan.at;
            if let State::Chunk(left) = self.state {
                if !data.is_empty() || before == buf.len() {
                    break;
                }
                let n = at_most(buf.len() - before, left);
                data = before..before + n;
                scan.at += n;
                let left = left - n as u64;
                self.state = if left == 0 { State::ChunkEnd } else { State::Chunk(left) };
                continue;
            }
            match self.line(&mut scan, limits, trailers) {
                Ok(next) => self.state = next,
                Err(Stop::Fault(fault)) => return Err(fault),
                Err(Stop::More) if buf.len() - before < limits.buffer => {
                    scan.at = before;
                    break;
                }
                Err(Stop::More) => return Err(Fault { kind: self.too_long(), at: before }),
            }
        }
        Ok(Decoded { consumed: scan.at, data, ended: self.ended() })
    }

    /// Takes what stands between payloads: the end of a chunk, a size, the trailers.
    fn line(&self, scan: &mut Scan<'_>, limits: &Limits, trailers: &mut Head) -> Step<State> {
        match self.state {
            State::ChunkEnd => crlf(scan, Kind::ChunkEnd).map(|()| State::ChunkSize),
            State::Trailers => read_trailers(scan, limits, trailers).map(|()| State::Ended),
            _ => match chunk_size(scan)? {
                0 => Ok(State::Trailers),
                n => Ok(State::Chunk(n)),
            },
        }
    }

    fn too_long(&self) -> Kind {
        if self.state == State::Trailers { Kind::HeadTooLarge } else { Kind::ChunkExtension }
    }
}

/// The smaller of the two.
fn at_most(len: usize, left: u64) -> usize {
    usize::try_from(left).map_or(len, |left| left.min(len))
}

/// Takes CRLF; HAProxy takes no bare LF here.
fn crlf(scan: &mut Scan<'_>, kind: Kind) -> Step<()> {
    if scan.byte()? != b'\r' {
        return scan.fault(kind);
    }
    scan.at += 1;
    if scan.byte()? != b'\n' {
        return scan.fault(kind);
    }
    scan.at += 1;
    Ok(())
}

/// Takes the line of a chunk's size, with blanks and an extension, which are let fall.
fn chunk_size(scan: &mut Scan<'_>) -> Step<u64> {
    let (start, mut size, mut digits) = (scan.at, 0, 0);
    while let Some(digit) = char::from(scan.byte()?).to_digit(16) {
        size = size << 4 | u64::from(digit);
        digits += usize::from(size > 0);
        if digits > SIZE_DIGITS {
            return scan.fault(Kind::ChunkSize);
        }
        scan.at += 1;
    }
    if scan.at == start {
        return scan.fault(Kind::ChunkSize);
    }
    scan.blanks();
    if scan.byte()? != b';' {
        return crlf(scan, Kind::ChunkSize).map(|()| size);
    }
    loop {
        match scan.byte()? {
            b'\r' => return crlf(scan, Kind::ChunkExtension).map(|()| size),
            0 | b'\n' => return scan.fault(Kind::ChunkExtension),
            _ => scan.at += 1,
        }
    }
}

/// Takes the fields behind the last chunk and the empty line. They are as they came, but for the names' case, and for a
/// length beside a coding: the coding outdoes it, as in a head.
fn read_trailers(scan: &mut Scan<'_>, limits: &Limits, trailers: &mut Head) -> Step<()> {
    let mut outline = trailers.outline();
    while !scan.end_of_fields()? {
        if outline.len() + 1 >= limits.fields {
            return fault(Kind::TooManyFields, scan.at);
        }
        let name = scan.name()?;
        let value = scan.value()?;
        if let Some(name) = name {
            outline.field(name, value);
        }
    }
    outline.adopt(scan.text(0..scan.at), scan.folded);
    if trailers.has(b"transfer-encoding") {
        trailers.remove(b"content-length");
    }
    Ok(())
}
