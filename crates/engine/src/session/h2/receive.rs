//! What each frame that comes does to its connection.

use super::mux::{End, Mux, Opened, Peer, Stream};
use super::settings::CONNECTION;
use config::keyword::h2::LogErrors;
use wire::http2::{
    Error, Frame, Next, Refusal,
    frame::{self, flag, kind, setting},
    read_request, read_response, read_trailers,
};

/// The connection cannot go on.
#[derive(Debug, Clone, Copy)]
pub struct Broken {
    error: Error,
    /// HAProxy does not log it.
    quiet: bool,
}

impl From<Error> for Broken {
    fn from(error: Error) -> Broken {
        Broken { error, quiet: false }
    }
}

fn quiet(error: Error) -> Result<(), Broken> {
    Err(Broken { error, quiet: true })
}

/// More pieces than this make no sensible header block.
const PIECES: u32 = 64;

/// A piece of a header block smaller than this is odd, unless it is the last.
const PIECE: usize = 1024;

impl Mux {
    /// Takes the frames at the start of `buf`; how many bytes they were.
    pub fn receive(&mut self, buf: &[u8]) -> usize {
        let (mut taken, mut frames, mut resets) = (0, 0, 0);
        while self.failed.is_none() && !self.is_full() {
            let rest = buf.get(taken..).unwrap_or(&[]);
            let result = match Frame::read(rest, self.settings.max_frame) {
                Next::More => break,
                Next::TooLarge => quiet(Error::FrameSize),
                Next::Frame(frame) => {
                    taken += frame.size();
                    frames += 1;
                    resets += u32::from(frame.kind == kind::RST_STREAM);
                    self.frame(&frame)
                }
            };
            if let Err(broken) = result {
                self.break_off(broken);
            }
            // The rest waits until others have had their turn.
            let enough = |limit, count| limit > 0 && count >= limit;
            if enough(self.settings.frames_at_once, frames) || enough(self.settings.resets_at_once, resets) {
                break;
            }
        }
        taken
    }

    fn break_off(&mut self, broken: Broken) {
        if !broken.quiet && self.settings.log != LogErrors::None {
            self.receive.complaints += 1;
        }
        self.fail(broken.error);
    }

    fn frame(&mut self, frame: &Frame<'_>) -> Result<(), Broken> {
        let continued = self.receive.block.map(|(stream, ..)| stream);
        if continued.is_some_and(|stream| frame.kind != kind::CONTINUATION || frame.stream != stream) {
            return Err(Error::Protocol.into());
        }
        if !self.receive.settled && frame.kind != kind::SETTINGS {
            return Err(Error::Protocol.into());
        }
        match frame.kind {
            kind::DATA => self.payload(frame),
            kind::HEADERS => self.headers(frame),
            kind::PRIORITY => priority(frame, 0),
            kind::RST_STREAM => self.reset_stream(frame),
            kind::SETTINGS => self.settings(frame),
            kind::PING => self.ping(frame),
            kind::GOAWAY => self.goaway(frame),
            kind::WINDOW_UPDATE => self.window_update(frame),
            kind::CONTINUATION if continued.is_some() => self.continuation(frame),
            kind::CONTINUATION | kind::PUSH_PROMISE => Err(Error::Protocol.into()),
            _ if frame.stream != 0 && self.is_idle(frame.stream) => Err(Error::Protocol.into()),
            _ => Ok(()),
        }
    }

    /// Counts what is odd. A client that is odd too often has to open a new connection, and is cut off if it goes on.
    fn glitch(&mut self) -> Result<(), Broken> {
        self.glitches += 1;
        match self.settings.glitches {
            0 => {}
            limit if self.glitches >= limit => return Err(Error::EnhanceYourCalm.into()),
            limit if self.glitches >= limit - limit / 4 => self.announce_end(self.receive.last.saturating_add(GRACE)),
            _ => {}
        }
        Ok(())
    }

    fn is_idle(&self, stream: u32) -> bool {
        stream > self.receive.last || stream.is_multiple_of(2)
    }

    fn payload(&mut self, frame: &Frame<'_>) -> Result<(), Broken> {
        let data = unpadded(frame)?;
        if frame.stream == 0 || self.is_idle(frame.stream) {
            return Err(Error::Protocol.into());
        }
        let (id, size) = (frame.stream, frame.payload.len());
        self.acknowledge(size)?;
        if data.is_empty() && !frame.has(flag::END_STREAM) {
            self.glitch()?;
        }
        if self.peer == Peer::Client && self.streams.get(&id).is_some_and(|s| s.end.is_none() && s.complete) {
            self.reset(id, Error::StreamClosed, End::Reset);
            return Ok(());
        }
        let Some(stream) = self.streams.get_mut(&id).filter(|s| s.end.is_none() && !s.complete) else {
            return self.late(id);
        };
        stream.receive_window -= size as i64;
        if self.peer == Peer::Server && !stream.headed {
            self.reset(id, Error::Protocol, End::Reset);
            return self.glitch();
        }
        if stream.receive_window < 0 {
            self.reset(id, Error::FlowControl, End::Reset);
            return self.glitch();
        }
        if !stream.take(data, frame.has(flag::END_STREAM)) {
            // What is too much would be taken for the next response.
            if self.peer == Peer::Server && stream.left.is_none_or(|left| data.len() as u64 <= left) {
                stream.received.extend_from_slice(data);
            }
            self.reset(id, Error::Protocol, End::Reset);
            return self.glitch();
        }
        stream.wake();
        if size > data.len() {
            // Padding is taken at once.
            self.taken(id, size - data.len());
        }
        Ok(())
    }

    /// The connection's window is opened wide with the first payload: those of its streams bound what waits.
    fn acknowledge(&mut self, size: usize) -> Result<(), Broken> {
        let window = self.receive.window - size as i64;
        self.receive.window = window;
        if window < 0 {
            return Err(Error::FlowControl.into());
        }
        if window < CONNECTION / 2 {
            self.receive.window = CONNECTION;
            self.control(|out| frame::write_window(0, (CONNECTION - window) as u32, out));
        }
        Ok(())
    }

    fn headers(&mut self, frame: &Frame<'_>) -> Result<(), Broken> {
        let mut block = unpadded(frame)?;
        if frame.stream.is_multiple_of(2) {
            return Err(Error::Protocol.into());
        }
        let fresh = frame.stream > self.receive.last;
        if fresh && self.peer == Peer::Server {
            return Err(Error::Protocol.into());
        }
        self.receive.last = self.receive.last.max(frame.stream);
        if frame.has(flag::PRIORITY) {
            priority(frame, usize::from(frame.has(flag::PADDED)))?;
            block = block.get(5..).ok_or(Error::FrameSize)?;
        }
        if frame.has(flag::END_HEADERS) {
            return self.block(frame.stream, frame.flags, fresh, block);
        }
        self.receive.fragments.clear();
        self.receive.fragments.extend_from_slice(block);
        self.receive.block = Some((frame.stream, frame.flags, u32::from(fresh)));
        Ok(())
    }

    fn continuation(&mut self, frame: &Frame<'_>) -> Result<(), Broken> {
        let Some((stream, flags, pieces)) = self.receive.block else { return Err(Error::Protocol.into()) };
        self.receive.fragments.extend_from_slice(frame.payload);
        if self.receive.fragments.len() > self.settings.block || pieces / 2 > PIECES {
            return Err(Error::EnhanceYourCalm.into());
        }
        if !frame.has(flag::END_HEADERS) {
            // The count of pieces stands above the bit that says whether the stream is new.
            self.receive.block = Some((stream, flags, pieces + 2));
            return if frame.payload.len() < PIECE { self.glitch() } else { Ok(()) };
        }
        self.receive.block = None;
        let block = std::mem::take(&mut self.receive.fragments);
        let result = self.block(stream, flags, pieces % 2 == 1, &block);
        self.receive.fragments = block;
        result
    }

    /// A whole header block: a request, or trailers.
    fn block(&mut self, id: u32, flags: u8, fresh: bool, block: &[u8]) -> Result<(), Broken> {
        let end = flags & flag::END_STREAM != 0;
        if fresh {
            return self.request(id, end, block);
        }
        if self.peer == Peer::Server && !self.streams.get(&id).is_some_and(|s| s.headed) {
            return self.response(id, end, block);
        }
        let receive = &mut self.receive;
        let trailers = read_trailers(&mut receive.decoder, block, &self.settings.limits);
        let trailers = trailers.map_err(|_| Error::Compression)?;
        let Some(stream) = self.streams.get_mut(&id).filter(|s| s.end.is_none() && !s.complete) else {
            if self.peer == Peer::Client && !self.streams.contains_key(&id) && !self.cut.contains(&id) {
                return quiet(Error::StreamClosed);
            }
            self.late(id)?;
            return self.glitch();
        };
        match trailers {
            _ if !end => Err(Error::Protocol.into()),
            Ok(trailers) if stream.take(&[], true) => {
                stream.trailers = Some(Box::new(trailers));
                stream.wake();
                Ok(())
            }
            Ok(_) => {
                self.reset(id, Error::Protocol, End::Reset);
                self.glitch()
            }
            Err(_) => self.malformed(id, End::Malformed),
        }
    }

    fn request(&mut self, id: u32, end: bool, block: &[u8]) -> Result<(), Broken> {
        let receive = &mut self.receive;
        let mut head = receive.spare.pop().unwrap_or_default();
        let limits = &self.settings.limits;
        let read = read_request(&mut receive.decoder, block, limits, &mut receive.scratch, &mut head);
        let read = read.map_err(|_| Error::Compression)?;
        if self.running >= self.settings.max_streams || self.goaway.is_some_and(|last| id > last) {
            self.keep(head);
            self.control(|out| frame::write_reset(id, Error::RefusedStream, out));
            return self.glitch();
        }
        let request = match read {
            Err(Refusal::Reset) => return self.malformed(id, End::Reset),
            Ok(request) if end && !matches!(request.length, None | Some(0)) => return self.malformed(id, End::Reset),
            Ok(request) => Some(request),
            Err(Refusal::BadRequest) => None,
        };
        self.open(id, &request.unwrap_or_default(), end);
        self.receive.count += 1;
        self.receive.opened.push(Opened { stream: id, head, request, ended: end });
        let limit = self.settings.max_total;
        if limit > 0 && self.receive.count >= limit {
            let more = self.settings.max_streams.min(GRACE / 2) * 2;
            self.announce_end(self.goaway.unwrap_or(id.saturating_add(more)));
        }
        Ok(())
    }

    /// A frame for a stream that is no more. To a server we said so, and it may not have heard it yet.
    fn late(&mut self, id: u32) -> Result<(), Broken> {
        if self.peer == Peer::Client {
            self.control(|out| frame::write_reset(id, Error::StreamClosed, out));
        }
        Ok(())
    }

    /// The head of a server's response.
    fn response(&mut self, id: u32, end: bool, block: &[u8]) -> Result<(), Broken> {
        let receive = &mut self.receive;
        let mut head = receive.spare.pop().unwrap_or_default();
        let read = read_response(&mut receive.decoder, block, &self.settings.limits, &mut head);
        let read = read.map_err(|_| Error::Compression)?;
        let Some(stream) = self.streams.get_mut(&id).filter(|s| s.end.is_none()) else { return Ok(()) };
        let status = head.status();
        let interim = status < 200;
        let length = match read {
            // A change of protocol is not for HTTP/2 to grant.
            Ok(_) if status == 101 || (interim && end) => None,
            Ok(length) => Some(length.filter(|_| !interim && !stream.bodyless && status != 304)),
            Err(_) => None,
        };
        let Some(length) = length.filter(|length| !end || matches!(length, None | Some(0))) else {
            self.reset(id, Error::Protocol, End::Malformed);
            return self.glitch();
        };
        stream.heads.push_back(head);
        (stream.headed, stream.complete, stream.left) = (!interim, end, length);
        stream.wake();
        if stream.heads.len() > INTERIM {
            self.reset(id, Error::EnhanceYourCalm, End::Malformed);
        }
        Ok(())
    }

    fn malformed(&mut self, id: u32, end: End) -> Result<(), Broken> {
        if self.settings.log == LogErrors::Stream {
            self.receive.complaints += 1;
        }
        self.reset(id, Error::Protocol, end);
        self.glitch()
    }

    fn reset_stream(&mut self, frame: &Frame<'_>) -> Result<(), Broken> {
        if frame.payload.len() != 4 {
            return Err(Error::FrameSize.into());
        }
        if frame.stream == 0 || self.is_idle(frame.stream) {
            return Err(Error::Protocol.into());
        }
        let code = frame::word(frame.payload, 0);
        let refused = code == Some(Error::RefusedStream as u32);
        if let Some(stream) = self.streams.get_mut(&frame.stream) {
            stream.reset = code;
        }
        match self.streams.get_mut(&frame.stream) {
            // A server that has said all may not want to hear the rest.
            Some(stream) if self.peer == Peer::Server && stream.complete => {
                (stream.answered, stream.deaf) = (true, true);
                stream.wake();
            }
            _ => self.end(frame.stream, if refused { End::Refused } else { End::Reset }),
        }
        self.glitch()
    }

    fn settings(&mut self, frame: &Frame<'_>) -> Result<(), Broken> {
        let ack = frame.has(flag::ACK);
        if frame.stream != 0 {
            return Err(Error::Protocol.into());
        }
        if !frame.payload.len().is_multiple_of(6) || (ack && !frame.payload.is_empty()) {
            return Err(Error::FrameSize.into());
        }
        self.receive.settled = true;
        if ack {
            self.heard();
            return Ok(());
        }
        for (id, value) in frame::settings(frame.payload) {
            self.setting(id, value)?;
        }
        if self.peer == Peer::Server {
            self.wake_streams();
        }
        self.control(|out| frame::write_head(0, kind::SETTINGS, flag::ACK, 0, out));
        Ok(())
    }

    fn setting(&mut self, id: u16, value: u32) -> Result<(), Broken> {
        match (id, value) {
            (setting::ENABLE_PUSH, 2..) => return Err(Error::Protocol.into()),
            (setting::INITIAL_WINDOW_SIZE, 0x8000_0000..) => return Err(Error::FlowControl.into()),
            (setting::INITIAL_WINDOW_SIZE, _) => {
                let by = i64::from(value) - std::mem::replace(&mut self.send.initial_window, i64::from(value));
                for stream in self.streams.values_mut() {
                    stream.send_window += by;
                    if stream.send_window > LARGEST_WINDOW {
                        return Err(Error::FlowControl.into());
                    }
                    stream.wake();
                }
            }
            (setting::MAX_FRAME_SIZE, 0x4000..0x100_0000) => self.send.largest = (value as usize).min(frame::PAYLOAD),
            (setting::MAX_FRAME_SIZE, _) => return Err(Error::Protocol.into()),
            (setting::MAX_CONCURRENT_STREAMS, _) => self.send.max_streams = value,
            (setting::ENABLE_CONNECT_PROTOCOL, _) => self.send.upgrades = value == 1,
            (setting::HEADER_TABLE_SIZE, ..4096) => self.send.table_shrunk = true,
            _ => {}
        }
        Ok(())
    }

    fn ping(&mut self, frame: &Frame<'_>) -> Result<(), Broken> {
        if frame.stream != 0 {
            return Err(Error::Protocol.into());
        }
        if frame.payload.len() != 8 {
            return Err(Error::FrameSize.into());
        }
        if !frame.has(flag::ACK) {
            self.control(|out| {
                frame::write_head(8, kind::PING, flag::ACK, 0, out);
                out.extend_from_slice(frame.payload);
            });
        }
        Ok(())
    }

    fn goaway(&mut self, frame: &Frame<'_>) -> Result<(), Broken> {
        if frame.stream != 0 {
            return Err(Error::Protocol.into());
        }
        if frame.payload.len() < 8 {
            return Err(Error::FrameSize.into());
        }
        self.leaving = true;
        if self.peer == Peer::Server {
            let last = frame::word31(frame.payload, 0).unwrap_or(0);
            let refused: Vec<u32> = self.streams.range(last.saturating_add(1)..).map(|(id, _)| *id).collect();
            refused.into_iter().for_each(|id| self.end(id, End::Refused));
        }
        Ok(())
    }

    fn window_update(&mut self, frame: &Frame<'_>) -> Result<(), Broken> {
        if frame.payload.len() != 4 {
            return Err(Error::FrameSize.into());
        }
        let by = i64::from(frame::word31(frame.payload, 0).unwrap_or(0));
        if frame.stream == 0 {
            self.send.window += by;
            return match (by, self.send.window) {
                (0, _) => quiet(Error::Protocol),
                (_, window) if window > LARGEST_WINDOW => quiet(Error::FlowControl),
                _ => {
                    self.wake_streams();
                    Ok(())
                }
            };
        }
        if self.is_idle(frame.stream) {
            return Err(Error::Protocol.into());
        }
        let Some(stream) = self.streams.get_mut(&frame.stream) else { return Ok(()) };
        stream.send_window += by;
        let error = match (by, stream.send_window) {
            (0, _) => Error::Protocol,
            (_, window) if window > LARGEST_WINDOW => Error::FlowControl,
            _ => {
                stream.wake();
                return Ok(());
            }
        };
        self.reset(frame.stream, error, End::Reset);
        self.glitch()
    }
}

impl Stream {
    /// Takes payload that has come; false if it is not as long as was said.
    fn take(&mut self, data: &[u8], end: bool) -> bool {
        if let Some(left) = &mut self.left {
            match left.checked_sub(data.len() as u64) {
                Some(rest) if !end || rest == 0 => *left = rest,
                _ => return false,
            }
        }
        self.received.extend_from_slice(data);
        self.complete = end;
        true
    }
}

/// The payload of a frame without its padding, of which there must not be more than payload.
fn unpadded<'a>(frame: &Frame<'a>) -> Result<&'a [u8], Error> {
    frame.unpadded().ok_or(if frame.payload.is_empty() { Error::FrameSize } else { Error::Protocol })
}

/// A stream must not depend on itself. Nothing else of priorities is looked at.
fn priority(frame: &Frame<'_>, at: usize) -> Result<(), Broken> {
    if frame.kind == kind::PRIORITY && frame.payload.len() != 5 {
        return Err(Error::FrameSize.into());
    }
    match frame::word31(frame.payload, at) {
        _ if frame.stream == 0 => Err(Error::Protocol.into()),
        Some(on) if on == frame.stream && frame.kind == kind::PRIORITY => quiet(Error::Protocol),
        Some(on) if on == frame.stream => Err(Error::Protocol.into()),
        _ => Ok(()),
    }
}

const LARGEST_WINDOW: i64 = 0x7fff_ffff;

/// More interim responses than this, of which none was taken, are too many.
const INTERIM: usize = 16;

/// How far beyond the last stream a client may go that was told to end: what may be on its way by then.
const GRACE: u32 = 200;
