//! What the streams of one connection share: its frames, its windows, and who waits for what.

use super::settings::Settings;
use message::Head;
use std::{
    collections::{BTreeMap, VecDeque},
    task::{Context, Waker},
    time::Instant,
};
use wire::http2::{
    Decoder, Error, Request, Scratch,
    frame::{self, flag, kind},
};

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    Client,
    Server,
}

/// The state of a connection in HTTP/2. What is said of clients here goes for servers as well, if nothing else is said:
/// the one who asks is the other then.
#[derive(Debug)]
pub struct Mux {
    pub peer: Peer,
    pub settings: Settings,
    pub streams: BTreeMap<u32, Stream>,
    /// Frames that wait to be sent, and how many bytes of them were.
    pub out: Vec<u8>,
    pub sent: usize,
    /// Where the last frame begins, if it is one of payload: it may still grow.
    tail: Option<usize>,
    pub send: Send,
    pub receive: Receive,
    /// Streams that ended lately while their client had not said all: the rest may be on its way.
    pub cut: VecDeque<u32>,
    /// Exchanges that run. A stream that its client has reset counts until its exchange has ended.
    pub running: u32,
    /// When the last exchange ended.
    pub idle_since: Instant,
    /// The last stream that we let the client open, once that is limited.
    pub goaway: Option<u32>,
    /// Why the connection cannot go on.
    pub failed: Option<Error>,
    /// The client opens no more streams.
    pub leaving: bool,
    /// It sends nothing any more.
    pub closed: bool,
    /// It is to end once no stream is open.
    pub retired: bool,
    /// It is to end without the client's noticing, by so many hops.
    pub vanish: Option<u8>,
    /// What is odd about the client, but harmless by itself.
    pub glitches: u32,
    /// The task that moves the connection's bytes.
    waker: Option<Waker>,
    block: Vec<u8>,
}

/// What the client lets us send.
#[derive(Debug)]
pub struct Send {
    pub window: i64,
    pub initial_window: i64,
    pub largest: usize,
    /// Streams that a server lets us open at once.
    pub max_streams: u32,
    /// A server lets streams change their protocol: `SETTINGS_ENABLE_CONNECT_PROTOCOL`.
    pub upgrades: bool,
    /// The client made its table of fields smaller, and has to hear that we use none of it.
    pub table_shrunk: bool,
}

/// What was received.
#[derive(Debug)]
pub struct Receive {
    pub decoder: Decoder,
    pub scratch: Scratch,
    /// A header block that is not whole yet: its stream, the flags of its `HEADERS`, its pieces.
    pub block: Option<(u32, u8, u32)>,
    pub fragments: Vec<u8>,
    /// What a new stream may send: what we said, once the client has heard it.
    pub initial_window: i64,
    /// What the client may still send.
    pub window: i64,
    /// The highest number of a stream that was seen.
    pub last: u32,
    pub settled: bool,
    pub count: u32,
    /// Streams that are to be begun, and complaints that are to be logged.
    pub opened: Vec<Opened>,
    pub complaints: u32,
    pub spare: Vec<Head>,
}

/// A request that has come, malformed or not.
#[derive(Debug)]
pub struct Opened {
    pub stream: u32,
    pub head: Head,
    pub request: Option<Request>,
    /// The request has no payload.
    pub ended: bool,
}

/// A stream whose exchange runs.
#[derive(Debug)]
pub struct Stream {
    /// Payload that has come and was not taken.
    pub received: Vec<u8>,
    pub trailers: Option<Box<Head>>,
    /// Heads of responses that were not taken: the final one last.
    pub heads: VecDeque<Head>,
    /// The head of the final response has come.
    pub headed: bool,
    /// The response has no payload, whatever its head says of one: the request was `HEAD`.
    pub bodyless: bool,
    /// The request asks for another protocol: its stream stays open.
    pub upgrades: bool,
    /// The server has said all, and wants to hear no more.
    pub deaf: bool,
    /// All of the request has come, or all of the response.
    pub complete: bool,
    /// All of our message is on its way.
    pub answered: bool,
    pub end: Option<End>,
    /// The code by which the peer has reset it.
    pub reset: Option<u32>,
    /// Bytes that `content-length` lets come.
    pub left: Option<u64>,
    pub receive_window: i64,
    pub send_window: i64,
    waker: Option<Waker>,
}

/// Why a stream ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The connection is gone.
    Connection,
    /// What came behind its payload is malformed.
    Malformed,
    /// The server has not done anything with the request.
    Refused,
    /// It was reset, by the client or for a fault of the client's.
    Reset,
}

impl Stream {
    /// Remembers whose task is to hear of what happens to the stream.
    pub fn watch(&mut self, cx: &Context<'_>) {
        keep_waker(&mut self.waker, cx);
    }

    pub fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

fn keep_waker(slot: &mut Option<Waker>, cx: &Context<'_>) {
    if !slot.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
        *slot = Some(cx.waker().clone());
    }
}

/// How much may wait to be sent before streams, or the client, are held back.
const QUEUED: usize = 64 * 1024;

impl Mux {
    pub fn new(peer: Peer, settings: Settings) -> Mux {
        let receive = Receive {
            decoder: Decoder::new(settings.header_table_size as usize),
            scratch: Scratch::default(),
            block: None,
            fragments: Vec::new(),
            initial_window: WINDOW,
            window: WINDOW,
            last: 0,
            settled: false,
            count: 0,
            opened: Vec::new(),
            complaints: 0,
            spare: Vec::new(),
        };
        let send = Send {
            window: WINDOW,
            initial_window: WINDOW,
            largest: frame::PAYLOAD,
            max_streams: u32::MAX,
            upgrades: false,
            table_shrunk: false,
        };
        Mux {
            peer,
            settings,
            streams: BTreeMap::new(),
            out: Vec::new(),
            sent: 0,
            tail: None,
            send,
            receive,
            cut: VecDeque::new(),
            running: 0,
            idle_since: Instant::now(),
            goaway: None,
            failed: None,
            leaving: false,
            closed: false,
            retired: false,
            vanish: None,
            glitches: 0,
            waker: None,
            block: Vec::new(),
        }
    }

    pub fn watch(&mut self, cx: &Context<'_>) {
        keep_waker(&mut self.waker, cx);
    }

    /// Has the connection's task look what is to be done.
    pub fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Keeps the memory of a head for the next.
    pub fn keep(&mut self, head: Head) {
        if self.receive.spare.len() < SPARE {
            self.receive.spare.push(head);
        }
    }

    pub fn wake_streams(&mut self) {
        self.streams.values_mut().for_each(Stream::wake);
    }

    /// Whether too much waits to be sent.
    pub fn is_full(&self) -> bool {
        self.out.len() - self.sent >= QUEUED
    }

    /// Whether only so many frames are taken at once.
    pub fn is_limited(&self) -> bool {
        self.settings.frames_at_once > 0 || self.settings.resets_at_once > 0
    }

    /// Whether the client was told to end, and has come to where.
    pub fn reached_its_end(&self) -> bool {
        self.goaway.is_some_and(|last| last <= self.receive.last)
            && self.receive.count > 0
            && self.settings.max_total > 0
    }

    /// Takes note that `n` more bytes are sent.
    pub fn advance(&mut self, n: usize) {
        let full = self.is_full();
        self.sent += n;
        self.tail = self.tail.filter(|tail| *tail >= self.sent);
        if self.sent == self.out.len() {
            (self.sent, self.tail) = (0, None);
            self.out.clear();
            // An idle connection holds no memory.
            if self.running == 0 {
                self.out = Vec::new();
            }
        }
        if full && !self.is_full() {
            self.wake_streams();
        }
    }

    /// Writes a frame, or several, that no payload is added to.
    pub fn control(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.tail = None;
        write(&mut self.out);
        self.wake();
    }

    /// A stream for a request that has come.
    pub fn open(&mut self, id: u32, request: &Request, complete: bool) {
        let stream = self.stream(request.length, complete, false);
        self.streams.insert(id, stream);
        self.running += 1;
    }

    /// Opens a stream to a server.
    pub fn ask(&mut self, bodyless: bool, upgrades: bool) -> u32 {
        let id = if self.receive.last == 0 { 1 } else { self.receive.last + 2 };
        self.receive.last = id;
        self.receive.count += 1;
        let stream = Stream { upgrades, ..self.stream(None, false, bodyless) };
        self.streams.insert(id, stream);
        self.running += 1;
        id
    }

    /// Whether a server's connection lives, and takes one more request.
    pub fn has_room(&self) -> bool {
        let limit = self.settings.max_streams.min(self.send.max_streams);
        !self.is_ending() && self.running < limit && self.receive.last < LAST
    }

    /// Whether nothing more is to be begun.
    pub fn is_ending(&self) -> bool {
        self.failed.is_some() || self.leaving || self.closed || self.retired
    }

    fn stream(&self, left: Option<u64>, complete: bool, bodyless: bool) -> Stream {
        Stream {
            reset: None,
            received: Vec::new(),
            trailers: None,
            heads: VecDeque::new(),
            headed: false,
            bodyless,
            upgrades: false,
            deaf: false,
            complete,
            answered: false,
            end: None,
            left,
            receive_window: self.receive.initial_window,
            send_window: self.send.initial_window,
            waker: None,
        }
    }

    /// An exchange is over: what its client has still to hear of it is said.
    pub fn leave(&mut self, id: u32) {
        self.running -= 1;
        self.idle_since = Instant::now();
        let Some(stream) = self.streams.remove(&id) else { return };
        if !stream.complete {
            self.cut.truncate(CUT - 1);
            self.cut.push_front(id);
        }
        let error = match stream.end {
            Some(End::Reset | End::Malformed | End::Refused) => None,
            Some(End::Connection) => (!stream.answered).then_some(Error::None),
            None if !stream.answered => Some(Error::Cancel),
            None if stream.complete => None,
            None => Some(if self.peer == Peer::Client { Error::None } else { Error::Cancel }),
        };
        if let Some(error) = error {
            self.control(|out| frame::write_reset(id, error, out));
        }
        self.wake();
    }

    /// Resets a stream; its exchange is told.
    pub fn reset(&mut self, id: u32, error: Error, end: End) {
        self.control(|out| frame::write_reset(id, error, out));
        self.end(id, end);
    }

    /// Tells a stream's exchange that the client does not go on with it.
    pub fn end(&mut self, id: u32, end: End) {
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.end = stream.end.or(Some(end));
            stream.wake();
        }
    }

    /// The connection cannot go on: all streams end with it.
    pub fn fail(&mut self, error: Error) {
        if self.failed.is_some() {
            return;
        }
        self.failed = Some(error);
        let last = self.receive.last;
        self.control(|out| frame::write_goaway(last, error, out));
        self.drop_streams();
    }

    /// The client has closed its side. What it has asked for in full is still answered.
    pub fn close(&mut self) {
        self.closed = true;
        for stream in self.streams.values_mut() {
            if !stream.complete {
                stream.end = stream.end.or(Some(End::Connection));
            }
            stream.wake();
        }
    }

    /// The connection is gone. A response that has come whole is of use all the same.
    pub fn drop_streams(&mut self) {
        for stream in self.streams.values_mut() {
            match self.peer == Peer::Server && stream.complete {
                true => stream.answered = true,
                false => stream.end = stream.end.or(Some(End::Connection)),
            }
            stream.wake();
        }
    }

    /// Tells the client to open no streams beyond `last`.
    pub fn announce_end(&mut self, last: u32) {
        if self.goaway.is_none_or(|before| before > last) {
            self.goaway = Some(last);
            self.control(|out| frame::write_goaway(last, Error::None, out));
        }
    }

    /// Sends a header block.
    pub fn head(&mut self, id: u32, end: bool, write: impl FnOnce(&mut Vec<u8>)) {
        let mut block = std::mem::take(&mut self.block);
        block.clear();
        if std::mem::take(&mut self.send.table_shrunk) {
            wire::http2::hpack::encode_resize(&mut block);
        }
        write(&mut block);
        let largest = self.send.largest;
        self.control(|out| frame::write_block(&block, id, end, largest, out));
        self.block = block;
    }

    /// The client has heard of the window that its streams begin with.
    pub fn heard(&mut self) {
        let now = i64::from(self.settings.initial_window);
        let by = now - std::mem::replace(&mut self.receive.initial_window, now);
        self.streams.values_mut().for_each(|stream| stream.receive_window += by);
    }

    /// How much payload a stream may send now.
    pub fn room(&self, stream: &Stream) -> usize {
        if self.is_full() {
            return 0;
        }
        let window = self.send.window.min(stream.send_window).max(0);
        usize::try_from(window).unwrap_or(0).min(self.send.largest)
    }

    /// Sends payload that [`Mux::room`] has been found for.
    pub fn data(&mut self, id: u32, data: &[u8]) {
        match self.tail_of(id).filter(|(_, len)| len + data.len() <= self.send.largest) {
            Some((tail, len)) => {
                let len = (len + data.len()) as u32;
                if let Some(head) = self.out.get_mut(tail..tail + 3) {
                    head.copy_from_slice(&len.to_be_bytes()[1..]);
                }
            }
            None => {
                self.tail = Some(self.out.len());
                frame::write_head(data.len(), kind::DATA, 0, id, &mut self.out);
            }
        }
        self.out.extend_from_slice(data);
        self.send.window -= data.len() as i64;
        self.wake();
    }

    /// Ends a stream's payload: with its last frame if that is still here, else with an empty one.
    pub fn finish(&mut self, id: u32) {
        match self.tail_of(id) {
            Some((tail, _)) => {
                if let Some(flags) = self.out.get_mut(tail + 4) {
                    *flags |= flag::END_STREAM;
                }
            }
            None => frame::write_head(0, kind::DATA, flag::END_STREAM, id, &mut self.out),
        }
        self.tail = None;
        self.wake();
    }

    /// The last frame, if it is one of this stream's payload, and its length.
    fn tail_of(&self, id: u32) -> Option<(usize, usize)> {
        let tail = self.tail?;
        let stream = frame::word(&self.out, tail + 5)?;
        (stream == id).then(|| (tail, self.out.len() - tail - frame::HEAD))
    }

    /// Lets a stream's client send as much again as was taken, and more while few share the connection's buffers.
    pub fn taken(&mut self, id: u32, n: usize) {
        let target = i64::from(self.settings.window(self.streams.len()));
        let Some(stream) = self.streams.get_mut(&id).filter(|s| !s.complete && s.end.is_none()) else { return };
        let waiting = stream.received.len() as i64;
        let more = (target - waiting - stream.receive_window).max(0);
        // What is small is not worth a frame yet.
        if more >= (target / 4).max(n as i64 / 2) {
            stream.receive_window += more;
            self.control(|out| frame::write_window(id, more as u32, out));
        }
    }
}

/// How many streams are remembered that were cut short.
const CUT: usize = 32;

/// How many heads' memory is kept.
const SPARE: usize = 4;

/// The last number of a stream that leaves room for another.
const LAST: u32 = 0x7fff_fffc;

/// The window that both sides begin with.
const WINDOW: i64 = 65535;
