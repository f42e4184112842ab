//! The aliases of formats (manual, section 8.2.6), one row each.

use super::{Encoding, Flags, encode};
use crate::{
    date::{Date, write_offset},
    fetch::{RequestLine, backend, path_and_query, request_line, split_query},
    row::Places,
    stream::{Counts, Cx, Origin, Times},
};
use std::{
    io::Write,
    net::{IpAddr, SocketAddr},
    time::{SystemTime, UNIX_EPOCH},
};

/// An alias.
#[derive(Debug)]
pub struct Alias {
    pub name: &'static str,
    /// Whether it means something in mode http only.
    pub http: bool,
    /// When its value is known.
    pub known: Known,
    /// Writes the plain value behind what is in the buffer and says what it is.
    pub write: fn(&Cx<'_>, Flags, &mut Vec<u8>) -> Shape,
}

/// What an alias has written, for quotes and encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Text that is never quoted: dates and states.
    Bare,
    /// Captured headers between braces.
    Captures,
    /// Text that CBOR carries in chunks.
    Chunk,
    /// Nothing, and nothing stands for it.
    Empty,
    /// Several texts, encoded already.
    List,
    Missing,
    Number(i64),
    Text,
}

/// The moments of a stream at which something becomes known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    Accept,
    Request,
    Response,
    End,
}

impl Known {
    /// When a fetch that exists at these places has its final value.
    pub fn of(places: Places) -> Known {
        match places {
            Places::RESPONSE_END => Known::End,
            p if p == Places::SERVER || p == Places::RESPONSE_KEPT => Known::Response,
            p if p == Places::REQUEST_KEPT || p == Places::REQUEST => Known::Request,
            _ => Known::Accept,
        }
    }
}

/// A number that is counted.
macro_rules! count {
    ($name:literal, $known:ident, $of:expr) => {
        row($name, false, Known::$known, |cx, _, out| {
            let of: fn(&Counts) -> u64 = $of;
            number(of(&cx.stream.counts) as i64, out)
        })
    };
}

/// A timer; those of the whole stream have a plus while it lives.
macro_rules! timer {
    ($name:literal, $http:literal, $known:ident, $of:expr) => {
        row($name, $http, Known::$known, |cx, _, out| number($of(&cx.stream.times), out))
    };
    (total $name:literal, $http:literal, $of:expr) => {
        row($name, $http, Known::End, |cx, flags, out| total($of(&cx.stream.times), cx, flags, out))
    };
}

pub const TABLE: &[Alias] = &[
    row("B", false, Known::End, |cx, flags, out| total(cx.stream.counts.from_server as i64, cx, flags, out)),
    row("CC", true, Known::Request, |cx, _, out| captured_cookie(cx.stream.req_cookie.as_deref(), out)),
    row("CS", true, Known::Response, |cx, _, out| captured_cookie(cx.stream.res_cookie.as_deref(), out)),
    row("H", false, Known::Accept, |cx, _, out| text(cx.env.hostname().as_bytes(), out)),
    row("HM", true, Known::Request, |cx, _, out| of_request(cx, out, |(method, _, _)| Some(method))),
    row("HP", true, Known::Request, |cx, _, out| of_request(cx, out, |(_, target, _)| Some(split_query(target).0))),
    row("HPO", true, Known::Request, |cx, _, out| {
        of_request(cx, out, |(_, target, _)| path_and_query(target).map(|path| split_query(path).0))
    }),
    row("HQ", true, Known::Request, query),
    row("HU", true, Known::Request, |cx, _, out| of_request(cx, out, |(_, target, _)| Some(target))),
    row("HV", true, Known::Request, |cx, _, out| of_request(cx, out, |(_, _, version)| Some(version))),
    row("ID", false, Known::Request, |cx, _, out| {
        out.extend_from_slice(cx.stream.unique_id.as_deref().unwrap_or_default());
        if cx.stream.unique_id.is_some() { Shape::Text } else { Shape::Missing }
    }),
    row("OG", false, Known::Accept, |cx, _, out| text(cx.stream.origin.name().as_bytes(), out)),
    row("ST", false, Known::Response, |cx, _, out| number(status(cx), out)),
    row("T", false, Known::Accept, |cx, _, out| gmt(cx.stream.times.accept_date, out)),
    timer!("TR", true, Request, Times::tr_request),
    timer!(total "Ta", true, Times::ta),
    timer!("Tc", false, Response, Times::tc),
    timer!(total "Td", false, Times::td),
    timer!("Th", false, Accept, Times::th),
    timer!("Ti", true, Request, Times::ti),
    row("Tl", false, Known::Accept, |cx, _, out| local(cx.stream.times.accept_date, cx, out)),
    timer!("Tq", true, Request, Times::tq),
    timer!("Tr", true, Response, Times::tr),
    row("Ts", false, Known::Accept, |cx, flags, out| {
        hexable(since_epoch(cx.stream.times.accept_date) as i64, 2, flags, out)
    }),
    timer!(total "Tt", false, Times::tt),
    timer!(total "Tu", false, Times::tu),
    timer!("Tw", false, Response, Times::tw),
    row("U", false, Known::End, |cx, flags, out| total(cx.stream.counts.bytes_in as i64, cx, flags, out)),
    count!("ac", Accept, |c| c.active.into()),
    row("b", false, Known::Request, |cx, _, out| text(cx.env.proxy_name(backend(cx)).as_bytes(), out)),
    count!("bc", Accept, |c| c.backend.into()),
    row("bi", false, Known::Response, |cx, flags, out| address(cx.stream.server.src, false, flags, out)),
    row("bp", false, Known::Response, |cx, flags, out| port(cx.stream.server.src, flags, out)),
    count!("bq", Response, |c| c.backend_queue.into()),
    row("ci", false, Known::Accept, |cx, flags, out| address(cx.stream.client.src, cx.stream.client.unix, flags, out)),
    row("cp", false, Known::Accept, |cx, flags, out| client_port(cx, cx.stream.client.src, flags, out)),
    row("f", false, Known::Accept, |cx, _, out| text(cx.env.proxy_name(cx.stream.frontend).as_bytes(), out)),
    count!("fc", Accept, |c| c.frontend.into()),
    row("fi", false, Known::Accept, |cx, flags, out| address(cx.stream.client.dst, cx.stream.client.unix, flags, out)),
    row("fp", false, Known::Accept, |cx, flags, out| client_port(cx, cx.stream.client.dst, flags, out)),
    row("ft", false, Known::Accept, |cx, _, out| {
        out.extend_from_slice(cx.env.proxy_name(cx.stream.frontend).as_bytes());
        if cx.stream.client.tls {
            out.push(b'~');
        }
        Shape::Chunk
    }),
    row("hr", false, Known::Request, |cx, _, out| captured(&cx.stream.captures(false), out)),
    row("hrl", false, Known::Request, |cx, flags, out| captured_list(&cx.stream.captures(false), flags, out)),
    row("hs", false, Known::Response, |cx, _, out| captured(&cx.stream.captures(true), out)),
    row("hsl", false, Known::Response, |cx, flags, out| captured_list(&cx.stream.captures(true), flags, out)),
    count!("lc", Accept, |c| c.log_counter.into()),
    row("ms", false, Known::Accept, |cx, flags, out| {
        let ms = cx.stream.times.accept_date.duration_since(UNIX_EPOCH).unwrap_or_default().subsec_millis();
        match flags.hex {
            true => hexable(ms.into(), 2, flags, out),
            false => padded(ms, out),
        }
    }),
    row("pid", false, Known::Accept, |cx, flags, out| hexable(cx.env.pid().into(), 4, flags, out)),
    row("r", true, Known::Request, |cx, _, out| match request_line(cx) {
        Ok(_) => {
            encode::hashed(&cx.stream.request_line, out);
            Shape::Chunk
        }
        Err(_) => bad_request(out),
    }),
    row("rc", false, Known::Response, |cx, flags, out| {
        let Counts { retries, redispatched, .. } = cx.stream.counts;
        if redispatched && flags.encoding == Encoding::Plain {
            out.push(b'+');
        }
        number(retries.into(), out)
    }),
    row("rt", false, Known::Request, |cx, flags, out| hexable(cx.stream.number.into(), 4, flags, out)),
    row("s", false, Known::Response, |cx, _, out| {
        let server = cx.stream.target.map(|server| cx.env.server_name(backend(cx), server));
        text(server.or(cx.stream.applet).unwrap_or("<NOSRV>").as_bytes(), out)
    }),
    count!("sc", Response, |c| c.server.into()),
    row("si", false, Known::Response, |cx, flags, out| address(cx.stream.server.dst, false, flags, out)),
    row("sp", false, Known::Response, |cx, flags, out| port(cx.stream.server.dst, flags, out)),
    count!("sq", Response, |c| c.server_queue.into()),
    row("sslc", false, Known::Accept, |_, _, _| Shape::Missing),
    row("sslv", false, Known::Accept, |_, _, _| Shape::Missing),
    row("t", false, Known::Accept, |cx, _, out| local_ms(cx.stream.times.accept_date, cx, out)),
    row("tr", true, Known::Request, |cx, _, out| local_ms(cx.stream.times.request_date, cx, out)),
    row("trg", true, Known::Request, |cx, _, out| gmt(cx.stream.times.request_date, out)),
    row("trl", true, Known::Request, |cx, _, out| local(cx.stream.times.request_date, cx, out)),
    row("ts", false, Known::End, |cx, _, out| state(cx, 2, out)),
    row("tsc", true, Known::End, |cx, _, out| state(cx, 4, out)),
];

const fn row(name: &'static str, http: bool, known: Known, write: fn(&Cx<'_>, Flags, &mut Vec<u8>) -> Shape) -> Alias {
    Alias { name, http, known, write }
}

/// The alias of a name.
pub fn find(name: &[u8]) -> Option<&'static Alias> {
    TABLE.iter().find(|alias| alias.name.as_bytes() == name)
}

impl Origin {
    /// What `%OG` prints.
    pub fn name(self) -> &'static str {
        match self {
            Origin::SessionError => "sess_error",
            Origin::SessionKilled => "sess_killed",
            Origin::Accept => "txn_accept",
            Origin::Request => "txn_request",
            Origin::Connect => "txn_connect",
            Origin::Response => "txn_response",
            Origin::Close => "txn_close",
            Origin::Unspecified => "unspec",
        }
    }
}

fn text(bytes: &[u8], out: &mut Vec<u8>) -> Shape {
    out.extend_from_slice(bytes);
    Shape::Text
}

fn number(number: i64, out: &mut Vec<u8>) -> Shape {
    let _ = write!(out, "{number}");
    Shape::Number(number)
}

/// A number that grows until the end.
fn total(value: i64, cx: &Cx<'_>, flags: Flags, out: &mut Vec<u8>) -> Shape {
    if cx.stream.times.asap && flags.encoding == Encoding::Plain {
        out.push(b'+');
    }
    number(value, out)
}

fn hexable(value: i64, digits: usize, flags: Flags, out: &mut Vec<u8>) -> Shape {
    if flags.hex {
        let _ = write!(out, "{value:0digits$X}");
        return Shape::Bare;
    }
    number(value, out)
}

/// Milliseconds, always three digits; a number all the same.
fn padded(ms: u32, out: &mut Vec<u8>) -> Shape {
    let _ = write!(out, "{ms:03}");
    Shape::Number(ms.into())
}

/// -1 in mode http and 0 in mode tcp as long as there is none.
fn status(cx: &Cx<'_>) -> i64 {
    match cx.stream.status {
        // What was no request has no status to wait for.
        0 if cx.stream.is_http && !cx.stream.has_res && cx.stream.origin != crate::stream::Origin::SessionError => -1,
        status => status.into(),
    }
}

fn state(cx: &Cx<'_>, len: usize, out: &mut Vec<u8>) -> Shape {
    out.extend_from_slice(cx.stream.state.get(..len).unwrap_or_default());
    Shape::Bare
}

fn bad_request(out: &mut Vec<u8>) -> Shape {
    text(b"<BADREQ>", out)
}

fn of_request(cx: &Cx<'_>, out: &mut Vec<u8>, of: for<'l> fn(RequestLine<'l>) -> Option<&'l [u8]>) -> Shape {
    match request_line(cx).ok().and_then(of) {
        Some(part) => {
            encode::hashed(part, out);
            Shape::Chunk
        }
        None => bad_request(out),
    }
}

/// The query with its question mark, or nothing.
fn query(cx: &Cx<'_>, _: Flags, out: &mut Vec<u8>) -> Shape {
    let Ok((_, target, _)) = request_line(cx) else { return bad_request(out) };
    if let Some(query) = split_query(target).1 {
        out.push(b'?');
        encode::hashed(query, out);
    }
    Shape::Chunk
}

fn captured_cookie(cookie: Option<&[u8]>, out: &mut Vec<u8>) -> Shape {
    match cookie {
        Some(cookie) => text(cookie, out),
        None => Shape::Missing,
    }
}

/// `{first|second}`; nothing where nothing is captured at all.
fn captured(slots: &[Option<Vec<u8>>], out: &mut Vec<u8>) -> Shape {
    if slots.is_empty() {
        return Shape::Empty;
    }
    for (i, slot) in slots.iter().enumerate() {
        out.push(if i == 0 { b'{' } else { b'|' });
        encode::hashed_header(slot.as_deref().unwrap_or_default(), out);
    }
    out.push(b'}');
    Shape::Captures
}

/// The captures as separate fields.
fn captured_list(slots: &[Option<Vec<u8>>], flags: Flags, out: &mut Vec<u8>) -> Shape {
    match flags.encoding {
        _ if slots.is_empty() => return Shape::Empty,
        Encoding::Json => out.push(b'['),
        Encoding::Cbor => out.push(encode::CBOR_LIST),
        Encoding::Plain => {}
    }
    for (i, slot) in slots.iter().enumerate() {
        let separator: &[u8] = match flags.encoding {
            _ if i == 0 => b"",
            Encoding::Json => b", ",
            Encoding::Cbor => b"",
            Encoding::Plain => b" ",
        };
        out.extend_from_slice(separator);
        captured_one(slot.as_deref().filter(|slot| !slot.is_empty()), flags, out);
    }
    match flags.encoding {
        Encoding::Json => out.push(b']'),
        Encoding::Cbor => out.push(encode::CBOR_END),
        Encoding::Plain => {}
    }
    Shape::List
}

fn captured_one(slot: Option<&[u8]>, flags: Flags, out: &mut Vec<u8>) {
    let start = out.len();
    match slot {
        Some(slot) => encode::hashed_header(slot, out),
        None if flags.quote && flags.encoding == Encoding::Plain => {}
        None => out.push(b'-'),
    }
    match flags.encoding {
        Encoding::Cbor => {
            let text = out.split_off(start);
            encode::cbor_chunks(&text, b"", out);
            return;
        }
        Encoding::Json => encode::backslash(out, start, b"\"\\"),
        Encoding::Plain if flags.escape => encode::backslash(out, start, b"\"\\]"),
        Encoding::Plain => {}
    }
    if flags.quote || flags.encoding == Encoding::Json {
        encode::quote(out, start);
    }
}

fn since_epoch(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn gmt(time: SystemTime, out: &mut Vec<u8>) -> Shape {
    Date::of(since_epoch(time) as i64).write_log(out);
    out.extend_from_slice(b" +0000");
    Shape::Bare
}

fn local(time: SystemTime, cx: &Cx<'_>, out: &mut Vec<u8>) -> Shape {
    let offset = cx.env.utc_offset(time);
    Date::of(since_epoch(time) as i64 + i64::from(offset)).write_log(out);
    out.push(b' ');
    write_offset(offset, out);
    Shape::Bare
}

fn local_ms(time: SystemTime, cx: &Cx<'_>, out: &mut Vec<u8>) -> Shape {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Date::of(since.as_secs() as i64 + i64::from(cx.env.utc_offset(time))).write_log(out);
    out.push(b'.');
    let _ = write!(out, "{:03}", since.subsec_millis());
    Shape::Bare
}

fn address(address: Option<SocketAddr>, unix: bool, flags: Flags, out: &mut Vec<u8>) -> Shape {
    let Some(address) = address else {
        return if unix { text(b"unix", out) } else { Shape::Missing };
    };
    let _ = match (address.ip(), flags.hex) {
        (IpAddr::V4(ip), true) => write!(out, "{:08X}", ip.to_bits()),
        (IpAddr::V6(ip), true) => write!(out, "{:032X}", ip.to_bits()),
        (ip, false) => write!(out, "{ip}"),
    };
    Shape::Text
}

fn port(address: Option<SocketAddr>, flags: Flags, out: &mut Vec<u8>) -> Shape {
    match address {
        Some(address) => hexable(address.port().into(), 4, flags, out),
        None => Shape::Missing,
    }
}

/// A unix socket has the number of its `bind` line for a port.
fn client_port(cx: &Cx<'_>, address: Option<SocketAddr>, flags: Flags, out: &mut Vec<u8>) -> Shape {
    if address.is_none() && cx.stream.client.unix {
        let listener = cx.env.listener(cx.stream.frontend, cx.stream.client.bind);
        return number(listener.map_or(0, |(_, id)| id), out);
    }
    port(address, flags, out)
}
