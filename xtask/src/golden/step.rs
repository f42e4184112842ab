//! The steps of a client's or an origin's script (PROTOCOL.md, "Steps").

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value};

use super::{h2, text};

/// A step and the client connection it belongs to (0 for origins).
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) conn: usize,
    pub(crate) kind: Kind,
}

/// What to do. Times are milliseconds.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Connect,
    Send(Vec<u8>),
    /// `each` bytes at a time, `gap` apart.
    Drip {
        data: Vec<u8>,
        each: usize,
        gap: u64,
    },
    Wait(u64),
    ReadUntil(Vec<u8>, u64),
    ReadQuiet(u64),
    ReadClose(u64),
    ReadMessage,
    ReadHead,
    ReadN(usize),
    ReadEof(u64),
    Hold(u64),
    HalfClose,
    Close,
    Reset,
    Loop,
    Cli(String),
    /// One request, with a PROXY header or without.
    ReadRequest,
    /// Whatever comes first.
    ReadSome,
    /// The next answer that all connections of the origin share.
    Answer(Arc<Answers>),
}

/// Something to write: each piece with a pause behind it.
pub(crate) type Pieces = Vec<(Vec<u8>, Duration)>;

/// Answers to be given in turn.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(crate) queue: Mutex<VecDeque<Pieces>>,
    /// The answer when none is left.
    pub(crate) last: Vec<u8>,
    pub(crate) delay: Duration,
    /// Closes behind an answer.
    pub(crate) closes: bool,
}

/// Reads a script; an unknown step is an error that names it.
pub(crate) fn script(steps: &Value) -> anyhow::Result<Vec<Step>> {
    let steps = steps.as_array().ok_or_else(|| anyhow::anyhow!("a script is a list of steps, not {steps}"))?;
    steps.iter().map(step).collect()
}

fn step(step: &Value) -> anyhow::Result<Step> {
    let unknown = || anyhow::anyhow!("unknown step {step}");
    let map = step.as_object().ok_or_else(unknown)?;
    let conn = number(map, "c").and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let kind = with_text(map).or_else(|| with_number(map)).ok_or_else(unknown)?;
    Ok(Step { conn, kind })
}

fn number(map: &Map<String, Value>, key: &str) -> Option<u64> {
    map.get(key)?.as_u64()
}

fn with_text(map: &Map<String, Value>) -> Option<Kind> {
    let bytes = |key: &str| map.get(key).and_then(Value::as_str).map(text::expand);
    if let Some(data) = bytes("send") {
        let Some(each) = number(map, "each") else { return Some(Kind::Send(data)) };
        let each = usize::try_from(each).ok()?.max(1);
        return Some(Kind::Drip { data, each, gap: number(map, "gap").unwrap_or(0) });
    }
    if let Some(frames) = map.get("h2") {
        return Some(Kind::Send(h2::write(frames, map.contains_key("preface"))));
    }
    if let Some(until) = bytes("read_until") {
        return Some(Kind::ReadUntil(until, number(map, "ms").unwrap_or(4000)));
    }
    map.get("cli").and_then(Value::as_str).map(|command| Kind::Cli(command.to_owned()))
}

fn with_number(map: &Map<String, Value>) -> Option<Kind> {
    map.iter().find_map(|(key, value)| {
        let n = value.as_u64()?;
        Some(match key.as_str() {
            "connect" => Kind::Connect,
            "wait" => Kind::Wait(n),
            "read_quiet" => Kind::ReadQuiet(n),
            "read_close" => Kind::ReadClose(n),
            "read_msg" => Kind::ReadMessage,
            "read_head" => Kind::ReadHead,
            "read_n" => Kind::ReadN(usize::try_from(n).ok()?),
            "read_eof" => Kind::ReadEof(n),
            "hold" => Kind::Hold(n),
            "half_close" => Kind::HalfClose,
            "close" => Kind::Close,
            "reset" => Kind::Reset,
            "loop" => Kind::Loop,
            _ => return None,
        })
    })
}
