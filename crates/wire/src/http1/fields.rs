//! The single pass over the fields of a head, and what is put right behind it.

use message::{Head, Outline};

use super::authority;
use super::coding::Coding;
use super::connection::Connection;
use super::fault::Kind;
use super::length::Length;
use super::scan::{Scan, Step, fault};
use super::{Framing, Limits, Parsed};

/// Which kind of message is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Response,
}

/// What the fields of a head say.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) length: Length,
    pub(super) coding: Coding,
    pub(super) connection: Connection,
    /// Position of the `host` field, and its value.
    pub(super) host: Option<(usize, (usize, usize))>,
    pub(super) cookie: bool,
    pub(super) expect_continue: bool,
    /// A `sec-websocket-key` of the right length in a request, a `sec-websocket-accept` in a response.
    pub(super) websocket_key: bool,
    /// Bytes that HAProxy counts for the fields.
    pub(super) size: usize,
}

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Drop,
    Keep,
}

impl Seen {
    /// Reads all fields and the empty line behind them.
    pub(super) fn read(&mut self, scan: &mut Scan<'_>, limits: &Limits, side: Side, out: &mut Outline<'_>) -> Step<()> {
        let mut lines = 0;
        while !scan.end_of_fields()? {
            lines += 1;
            if lines >= limits.fields {
                return scan.fault(Kind::TooManyFields);
            }
            let name = scan.name()?;
            let value = scan.value()?;
            let Some(name) = name else { continue };
            let word = word(scan.text(name.clone()));
            if word != Word::Other && self.note(word, scan, side, (value.start, value.end), out.len())? == Fate::Drop {
                continue;
            }
            self.size += name.len() + value.len() + 8;
            out.field(name, value);
        }
        Ok(())
    }

    /// Takes note of a field that matters here. `index` is the position that it will have.
    fn note(&mut self, word: Word, scan: &Scan<'_>, side: Side, value: (usize, usize), index: usize) -> Step<Fate> {
        let text = scan.text(value.0..value.1);
        let request = side == Side::Request;
        match word {
            Word::Connection => return Ok(self.connection.connection(text)),
            Word::Upgrade => return Ok(self.connection.upgrade(text)),
            Word::Te => return Ok(self.connection.te(text)),
            Word::ContentLength => return self.length.field(text).or_else(|kind| fault(kind, value.0)),
            Word::TransferEncoding => {
                let lenient = scan.lenient && !request;
                return self.coding.field(text, lenient).or_else(|kind| fault(kind, value.0));
            }
            Word::Host if request => return self.host(scan, value, index),
            Word::Cookie => self.cookie |= request,
            Word::SetCookie => self.cookie |= !request,
            Word::Expect => self.expect_continue |= text.eq_ignore_ascii_case(b"100-continue"),
            Word::WebSocketKey => self.websocket_key |= request && text.len() == 24,
            Word::WebSocketAccept => self.websocket_key |= !request,
            Word::Host | Word::Other => {}
        }
        Ok(Fate::Keep)
    }

    /// A repeated `Host` is dropped when it says the same.
    fn host(&mut self, scan: &Scan<'_>, value: (usize, usize), index: usize) -> Step<Fate> {
        let text = scan.text(value.0..value.1);
        if !authority::valid_host(text) {
            return fault(Kind::Host, value.0);
        }
        match self.host {
            None => self.host = Some((index, value)),
            Some((_, first)) if scan.text(first.0..first.1).eq_ignore_ascii_case(text) => return Ok(Fate::Drop),
            Some(_) => return fault(Kind::Host, value.0),
        }
        Ok(Fate::Keep)
    }

    /// A handshake for websockets that lacks its key, or the answer to it, is a violation.
    pub(super) fn check_websocket(&self, scan: &mut Scan<'_>) -> Step<()> {
        if !self.connection.websockets() || self.websocket_key {
            return Ok(());
        }
        scan.violation = true;
        if scan.lenient { Ok(()) } else { scan.fault(Kind::WebSocket) }
    }

    /// Puts right in `head` what must be, once it is known. `drop` says whether the fields that frame a body go.
    pub(super) fn amend(&mut self, head: &mut Head, side: Side, drop: bool) {
        if self.length.seen() && (drop || self.coding.seen()) {
            head.remove(b"content-length");
        } else if let Some(value) = self.length.rewrite() {
            set(head, b"content-length", &value);
        }
        if self.coding.seen() && (drop || self.coding.ignored()) {
            head.remove(b"transfer-encoding");
        } else if self.coding.rewrite {
            set(head, b"transfer-encoding", b"chunked");
        }
        self.connection.amend(head, side == Side::Request);
        self.host = self.host.and_then(|(at, value)| match head.fields().get(at) {
            Some(f) if head.get(f.name) == b"host" => Some((at, value)),
            _ => head.position(b"host", 0).map(|at| (at, value)),
        });
    }

    /// The result, once everything is known.
    pub(super) fn parsed(&self, scan: &Scan<'_>, framing: Framing, keep_alive: bool) -> Parsed {
        Parsed {
            len: scan.at,
            framing,
            keep_alive,
            upgrade: self.connection.upgrades(),
            websocket: self.connection.websockets(),
            websocket_key: self.websocket_key,
            expect_continue: self.expect_continue,
            host: self.host.map(|(at, _)| at),
            cookie: self.cookie,
            unsafe_violation: scan.violation,
        }
    }
}

/// Gives the first field called `name` another value.
fn set(head: &mut Head, name: &[u8], value: &[u8]) {
    if let Some(at) = head.position(name, 0) {
        head.set_value_at(at, value);
    }
}

/// The field names that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Connection,
    ContentLength,
    Cookie,
    Expect,
    Host,
    Other,
    SetCookie,
    Te,
    TransferEncoding,
    Upgrade,
    WebSocketAccept,
    WebSocketKey,
}

/// Names are first told apart by their length.
fn word(name: &[u8]) -> Word {
    let (word, text): (Word, &[u8]) = match name.len() {
        2 => (Word::Te, b"te"),
        4 => (Word::Host, b"host"),
        6 if name.first().is_some_and(|b| b | 32 == b'e') => (Word::Expect, b"expect"),
        6 => (Word::Cookie, b"cookie"),
        7 => (Word::Upgrade, b"upgrade"),
        10 if name.first().is_some_and(|b| b | 32 == b's') => (Word::SetCookie, b"set-cookie"),
        10 => (Word::Connection, b"connection"),
        14 => (Word::ContentLength, b"content-length"),
        17 if name.first().is_some_and(|b| b | 32 == b's') => (Word::WebSocketKey, b"sec-websocket-key"),
        17 => (Word::TransferEncoding, b"transfer-encoding"),
        20 => (Word::WebSocketAccept, b"sec-websocket-accept"),
        _ => return Word::Other,
    };
    if name.eq_ignore_ascii_case(text) { word } else { Word::Other }
}
