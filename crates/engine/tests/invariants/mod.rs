//! What holds for any bytes of HTTP/2 that a client or a server sends. The first byte says who sends, the second in what pieces.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use config::ir::Tune;
use engine::session::h2::mux::{Mux, Opened, Peer};
use engine::session::h2::settings::Settings;
use engine::session::h2::stream::{Link, Place, Reader, Writer};
use engine::session::transport::{Sink, Source};
use message::{Head, Version};
use wire::http1::{Asked, Framing};
use wire::http2::{Frame, Next};

/// Requests that a server is asked.
const ASKED: u32 = 3;

/// Payload that is sent on each stream.
const PAYLOAD: usize = 3000;

/// More than this waits for nobody: beyond 64 KiB nothing is read, and one read makes no more than a few frames of each that came.
const WAITING: usize = 256 * 1024;

/// Panics if something does not hold.
pub(crate) fn hold(data: &[u8]) {
    let [mode, step, bytes @ ..] = data else { return };
    let tune = Tune { bufsize: if mode & 2 == 0 { 2048 } else { 16384 }, ..Tune::default() };
    let peer = if mode & 1 == 0 { Peer::Client } else { Peer::Server };
    let settings = match peer {
        Peer::Client => Settings::front(&tune, mode & 4 != 0),
        Peer::Server => Settings::back(&tune, mode & 4 != 0),
    };
    let mux = Rc::new(RefCell::new(Mux::new(peer, settings)));
    let mut ends = Ends { mux: mux.clone(), streams: Vec::new(), late: mode & 8 != 0 };
    if peer == Peer::Server {
        (0..ASKED).for_each(|n| ends.ask(n == 2));
    }
    let (mut buffer, step) = (Vec::new(), usize::from(*step).max(1));
    for piece in bytes.chunks(step) {
        buffer.extend_from_slice(piece);
        let taken = mux.borrow_mut().receive(&buffer);
        assert!(taken <= buffer.len());
        buffer.drain(..taken);
        ends.go_on();
        ends.send();
    }
    mux.borrow_mut().close();
    ends.late = false;
    for _ in 0..64 {
        ends.go_on();
        ends.send();
    }
    ends.streams.clear();
    let mux = mux.borrow();
    assert_eq!((mux.running, mux.streams.len()), (0, 0));
}

/// Who asks and answers on this side.
struct Ends {
    mux: Rc<RefCell<Mux>>,
    streams: Vec<Exchange>,
    /// Takes nothing that comes until the end.
    late: bool,
}

struct Exchange {
    reader: Reader,
    writer: Writer,
    asked: Option<Asked>,
    left: usize,
    ended: bool,
    _place: Place,
}

impl Ends {
    fn ask(&mut self, head: bool) {
        let id = self.mux.borrow_mut().ask(head, false);
        let link = Link { mux: self.mux.clone(), id };
        let mut request = Head::default();
        request.set_request(Version::HTTP_11, if head { b"HEAD" } else { b"GET" }, b"/");
        request.add(b"host", b"a");
        let mut writer = Writer::asking(link.clone());
        writer.head(&request, Framing::Chunked);
        self.streams.push(Exchange {
            reader: Reader::new(link.clone(), false, false),
            writer,
            asked: Some(if head { Asked::Head } else { Asked::Other }),
            left: PAYLOAD,
            ended: false,
            _place: Place(link),
        });
    }

    fn answer(&mut self, opened: Opened) {
        let link = Link { mux: self.mux.clone(), id: opened.stream };
        let place = Place(link.clone());
        let Some(request) = opened.request else { return };
        let mut head = Head::default();
        head.set_response(Version::HTTP_11, 200, b"OK");
        let mut writer = Writer::new(link.clone());
        writer.head(&head, Framing::Chunked);
        let reader = Reader::new(link, opened.ended, request.connect || request.upgrade);
        self.streams.push(Exchange { reader, writer, asked: None, left: PAYLOAD, ended: false, _place: place });
    }

    /// Every exchange takes what has come for it and sends what it may.
    fn go_on(&mut self) {
        let opened = std::mem::take(&mut self.mux.borrow_mut().receive.opened);
        opened.into_iter().for_each(|opened| self.answer(opened));
        if !self.late {
            self.streams.retain_mut(Exchange::lives);
        }
    }

    /// The frames that go out are whole, and within what the other side said it can take.
    fn send(&self) {
        let mut mux = self.mux.borrow_mut();
        assert!(mux.out.len() - mux.sent < WAITING && mux.send.window >= 0 || mux.send.initial_window < 65535);
        let mut rest = mux.out.get(mux.sent..).unwrap_or_default();
        while !rest.is_empty() {
            match Frame::read(rest, mux.send.largest.max(16384)) {
                Next::Frame(frame) => rest = &rest[frame.size()..],
                _ => panic!("no frame: {}", rest.escape_ascii()),
            }
        }
        let waiting = mux.out.len() - mux.sent;
        mux.advance(waiting);
    }
}

impl Exchange {
    fn lives(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        if let Some(asked) = self.asked {
            match self.reader.poll_head(asked, true, &mut Head::default(), &mut cx) {
                Poll::Ready(Ok(parsed)) if parsed.framing == Framing::None && !self.reader.ended() => return true,
                Poll::Ready(Ok(_)) => self.asked = None,
                Poll::Ready(Err(_)) => return false,
                Poll::Pending => {}
            }
        }
        if self.asked.is_none() && !self.reader.ended() {
            match self.reader.poll_data(&mut cx) {
                Poll::Ready(Ok(())) => self.reader.consume(self.reader.data().len()),
                Poll::Ready(Err(_)) => return false,
                Poll::Pending => {}
            }
        }
        while self.left > 0 {
            match self.writer.poll_write(&mut cx, &[b'x'; 1000][..self.left.min(1000)], false) {
                Poll::Ready(Ok(n)) => self.left -= n,
                Poll::Ready(Err(_)) => return false,
                Poll::Pending => break,
            }
        }
        if self.left == 0 && !std::mem::replace(&mut self.ended, true) {
            self.writer.end(None);
        }
        let _ = self.writer.poll_flush(&mut cx);
        !(self.ended && self.reader.ended())
    }
}
