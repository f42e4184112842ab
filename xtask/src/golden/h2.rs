//! HTTP/2 frames: written from a row's list, read back into the same form.

use serde_json::{Map, Value, json};

use super::hpack::Decoder;
use super::text;

const TYPES: [&str; 10] = [
    "DATA",
    "HEADERS",
    "PRIORITY",
    "RST_STREAM",
    "SETTINGS",
    "PUSH_PROMISE",
    "PING",
    "GOAWAY",
    "WINDOW_UPDATE",
    "CONTINUATION",
];

#[rustfmt::skip]
const ERRORS: [&str; 14] = [
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
    "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
];

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The bytes of a list of frames, behind the client's preface if asked.
pub(crate) fn write(frames: &Value, preface: bool) -> Vec<u8> {
    let mut out = if preface { PREFACE.to_vec() } else { Vec::new() };
    for frame in frames.as_array().into_iter().flatten() {
        let kind = match frame["type"].as_str() {
            Some(name) => TYPES.iter().position(|t| *t == name).unwrap_or(255),
            None => frame["type"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(255),
        };
        let payload = payload(frame);
        out.extend_from_slice(&u32::try_from(payload.len()).unwrap_or(0).to_be_bytes()[1..]);
        out.push(u8::try_from(kind).unwrap_or(255));
        out.push(flags(frame));
        out.extend_from_slice(&number(frame, "stream").to_be_bytes());
        out.extend_from_slice(&payload);
    }
    out
}

fn number(frame: &Value, key: &str) -> u32 {
    frame[key].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
}

fn flags(frame: &Value) -> u8 {
    let bit = |flag: &Value| match flag.as_str() {
        Some("ACK" | "END_STREAM") => 1,
        Some("END_HEADERS") => 4,
        Some("PADDED") => 8,
        Some("PRIORITY") => 32,
        _ => 0,
    };
    frame["flags"].as_array().into_iter().flatten().fold(0, |all, flag| all | bit(flag))
}

fn payload(frame: &Value) -> Vec<u8> {
    if let Some(raw) = frame["raw"].as_str().or(frame["data"].as_str()) {
        return text::expand(raw);
    }
    if let Some(headers) = frame["headers"].as_array() {
        return headers.iter().flat_map(|field| literal(&field[0], &field[1])).collect();
    }
    let error = ERRORS.iter().position(|e| Some(*e) == frame["error"].as_str());
    let error = u32::try_from(error.unwrap_or(0)).unwrap_or(0).to_be_bytes();
    match frame["type"].as_str() {
        Some("SETTINGS") => frame["settings"].as_array().into_iter().flatten().flat_map(setting).collect(),
        Some("RST_STREAM") => error.to_vec(),
        Some("GOAWAY") => [number(frame, "last").to_be_bytes(), error].concat(),
        Some("WINDOW_UPDATE") => number(frame, "increment").to_be_bytes().to_vec(),
        Some("PRIORITY") => [&number(frame, "dep").to_be_bytes()[..], &[15]].concat(),
        _ => Vec::new(),
    }
}

fn setting(pair: &Value) -> Vec<u8> {
    let id = pair[0].as_u64().and_then(|n| u16::try_from(n).ok()).unwrap_or(0);
    let value = pair[1].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    [&id.to_be_bytes()[..], &value.to_be_bytes()[..]].concat()
}

/// A literal field without indexing and without Huffman.
fn literal(name: &Value, value: &Value) -> Vec<u8> {
    let mut out = vec![0];
    for part in [name, value] {
        let bytes = text::expand(part.as_str().unwrap_or_default());
        length(&mut out, bytes.len());
        out.extend(bytes);
    }
    out
}

fn length(out: &mut Vec<u8>, mut len: usize) {
    if len < 127 {
        out.push(low(len));
        return;
    }
    out.push(127);
    len -= 127;
    while len >= 128 {
        out.push(low(len & 127 | 128));
        len >>= 7;
    }
    out.push(low(len));
}

fn low(n: usize) -> u8 {
    u8::try_from(n & 255).unwrap_or(0)
}

/// The frames of `bytes` in the form of `client_received`: `WINDOW_UPDATE` left out, `DATA` of one stream merged.
/// `None` when the bytes are not HTTP/2.
pub(crate) fn read(mut bytes: &[u8]) -> Option<Vec<Value>> {
    let mut out: Vec<Value> = Vec::new();
    let mut reader = Reader::default();
    while !bytes.is_empty() {
        let head = bytes.get(..9)?;
        let len = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let body = bytes.get(9..9 + len)?;
        let stream = u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]);
        if let Some(frame) = reader.frame(head[3], head[4], stream, body)? {
            merge(&mut out, frame);
        }
        bytes = &bytes[9 + len..];
    }
    (!out.is_empty()).then_some(out)
}

/// True when stream 1 has ended, or the connection.
pub(crate) fn is_over(mut bytes: &[u8]) -> bool {
    while let Some(head) = bytes.get(..9) {
        let len = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let ends = matches!((head[3], head[4] & 1), (0 | 1, 1) | (3 | 7, _));
        let Some(rest) = bytes.get(9 + len..) else { return false };
        if ends {
            return true;
        }
        bytes = rest;
    }
    false
}

/// The responses of a connection, each written as a message `HTTP/2 STATUS`, and the error that a stream was reset
/// with. `None` when the bytes are not HTTP/2.
pub(crate) fn responses(bytes: &[u8]) -> Option<(Vec<Vec<u8>>, Option<u64>)> {
    let (mut out, mut reset): (Vec<Vec<u8>>, _) = (Vec::new(), None);
    for frame in read(bytes)? {
        match frame["type"].as_str() {
            Some("HEADERS") => out.push(head(&frame["headers"])),
            Some("DATA") => {
                let data = text::latin1(frame["data"].as_str().unwrap_or_default());
                out.last_mut().into_iter().for_each(|message| message.extend_from_slice(&data));
            }
            Some("RST_STREAM") => reset = error_code(&frame["error"]),
            _ => {}
        }
    }
    Some((out, reset))
}

fn head(fields: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    for field in fields.as_array().into_iter().flatten() {
        let [name, value] = [0, 1].map(|at| text::latin1(field[at].as_str().unwrap_or_default()));
        match name.as_slice() {
            b":status" => out.extend([b"HTTP/2 ", value.as_slice()].concat()),
            _ => out.extend([&name, &b": "[..], &value].concat()),
        }
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// The number of an error that [`read`] named.
fn error_code(error: &Value) -> Option<u64> {
    let named = ERRORS.iter().position(|name| error == name).map(|at| at as u64);
    named.or(error.as_u64())
}

fn merge(out: &mut Vec<Value>, frame: Value) {
    let data = |frame: &Value| frame["type"] == "DATA";
    if let Some(last) = out.last_mut().filter(|last| data(last) && data(&frame) && last["stream"] == frame["stream"]) {
        let data = [&last["data"], &frame["data"]].map(|d| d.as_str().unwrap_or_default().to_owned()).concat();
        *last = frame;
        last["data"] = Value::String(data);
        return;
    }
    out.push(frame);
}

#[derive(Default)]
struct Reader {
    hpack: Decoder,
    /// A header block whose end did not come yet.
    open: Option<(u8, u32, Vec<u8>)>,
}

impl Reader {
    /// Outer `None`: not HTTP/2. Inner `None`: a frame that is not listed.
    fn frame(&mut self, kind: u8, flags: u8, stream: u32, body: &[u8]) -> Option<Option<Value>> {
        let name = TYPES.get(usize::from(kind))?;
        Some(match *name {
            "WINDOW_UPDATE" => None,
            "HEADERS" | "CONTINUATION" => self.headers(kind, flags, stream, body)?,
            _ => {
                let mut frame = named(name, stream);
                describe(&mut frame, name, flags, body)?;
                Some(Value::Object(frame))
            }
        })
    }

    fn headers(&mut self, kind: u8, flags: u8, stream: u32, body: &[u8]) -> Option<Option<Value>> {
        let (first, _, mut block) = if kind == 9 { self.open.take()? } else { (flags, stream, Vec::new()) };
        let skip = if kind == 1 && flags & 32 != 0 { 5 } else { 0 };
        block.extend_from_slice(body.get(skip..)?);
        if flags & 4 == 0 {
            self.open = Some((first, stream, block));
            return Some(None);
        }
        let pair = |(n, v): (Vec<u8>, Vec<u8>)| json!([text::as_text(&n), text::as_text(&v)]);
        let fields: Vec<Value> = self.hpack.decode(&block)?.into_iter().map(pair).collect();
        let mut frame = named("HEADERS", stream);
        frame.insert("flags".to_owned(), names(first | 4, &[(4, "END_HEADERS"), (1, "END_STREAM")]));
        frame.insert("headers".to_owned(), Value::Array(fields));
        Some(Some(Value::Object(frame)))
    }
}

fn named(name: &str, stream: u32) -> Map<String, Value> {
    let mut frame = Map::new();
    frame.insert("type".to_owned(), json!(name));
    if stream != 0 {
        frame.insert("stream".to_owned(), json!(stream));
    }
    frame
}

fn names(flags: u8, known: &[(u8, &str)]) -> Value {
    json!(known.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| *name).collect::<Vec<_>>())
}

fn describe(frame: &mut Map<String, Value>, name: &str, flags: u8, body: &[u8]) -> Option<()> {
    let word = |at: usize| body.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]));
    let error = |code: u32| ERRORS.get(code as usize).map_or_else(|| json!(code), |name| json!(name));
    let mut put = |key: &str, value: Value| drop(frame.insert(key.to_owned(), value));
    match name {
        "SETTINGS" if flags & 1 != 0 => put("flags", json!(["ACK"])),
        "SETTINGS" => put("settings", body.chunks_exact(6).map(pair).collect()),
        "DATA" => {
            put("flags", names(flags, &[(1, "END_STREAM")]));
            put("data", json!(text::as_text(body)));
        }
        "PING" => {
            put("flags", names(flags, &[(1, "ACK")]));
            put("data", json!(text::as_text(body)));
        }
        "RST_STREAM" => put("error", error(word(0)?)),
        "GOAWAY" => {
            put("last", json!(word(0)?));
            put("error", error(word(4)?));
        }
        _ => put("raw", json!(text::as_text(body))),
    }
    Some(())
}

/// What a peer is told, as a set: the order says nothing, nor does a value that holds anyway, nor the largest size of a
/// header list, which binds nobody (RFC 9113, section 6.5.2).
fn as_set(pairs: &Value) -> Value {
    const DEFAULTS: [(u64, u64); 6] = [(1, 4096), (2, 1), (3, 0xffff_ffff), (4, 65535), (5, 16384), (8, 0)];
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let pairs = pairs.as_array().into_iter().flatten();
    let mut pairs: Vec<(u64, u64)> = pairs.map(|p| (number(&p[0]), number(&p[1]))).collect();
    pairs.retain(|pair| pair.0 != 6 && !DEFAULTS.contains(pair));
    pairs.sort_unstable();
    json!(pairs)
}

/// Frames in the form in which they are compared.
pub(crate) fn comparable(mut frames: Value) -> Value {
    for frame in frames.as_array_mut().into_iter().flatten() {
        if let Some(settings) = frame.get_mut("settings") {
            *settings = as_set(settings);
        }
        // Flags are bits, and have no order.
        if let Some(flags) = frame.get_mut("flags").and_then(Value::as_array_mut) {
            flags.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        }
    }
    frames
}

fn pair(setting: &[u8]) -> Value {
    let id = u16::from_be_bytes([setting[0], setting[1]]);
    json!([id, u32::from_be_bytes([setting[2], setting[3], setting[4], setting[5]])])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_back() {
        let frames = json!([
            {"type": "SETTINGS", "settings": [[4, 16384], [3, 100]]},
            {"type": "HEADERS", "stream": 1, "flags": ["END_HEADERS"], "headers": [[":status", "200"], ["x", "y"]]},
            {"type": "DATA", "stream": 1, "flags": [], "data": "o"},
            {"type": "DATA", "stream": 1, "flags": ["END_STREAM"], "data": "k"},
            {"type": "GOAWAY", "last": 1, "error": "CANCEL"},
        ]);
        let read = read(&write(&frames, false)).unwrap();
        assert_eq!(read.len(), 4);
        assert_eq!(read[1], frames[1]);
        assert_eq!(read[2], json!({"type": "DATA", "stream": 1, "flags": ["END_STREAM"], "data": "ok"}));
        assert_eq!(read[3], frames[4]);
    }

    #[test]
    fn text_is_not_frames() {
        assert_eq!(super::read(b"HTTP/1.1 400 Bad request\r\n"), None);
    }
}
