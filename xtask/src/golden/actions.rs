//! actions.jsonl: what origin and client receive when rules act.

use serde_json::Value;

use super::exchange::{self, Lines, Patience, Seen};
use super::pattern::Dialect;
use super::proxy::Binary;
use super::row::{Differ, Row, Verdict};
use super::{h2, response, scene, text};

/// Plays one row.
pub(crate) fn play(row: &Row, binary: &Binary) -> anyhow::Result<Verdict> {
    let rules = |side: &str| row.value["rules"][side].as_array().into_iter().flatten().filter_map(Value::as_str);
    let own = |side| rules(side).map(str::to_owned).collect();
    let lines = Lines { frontend: own("frontend"), backend: own("backend"), tcp: false };
    let short = matches!(row.group(), "misc" | "backend" | "tcp-rules");
    let patience = Patience { after: 60, answer: if short { 700 } else { 2500 } };
    let mut seen = match exchange::run(row, binary, &lines, patience)? {
        Ok(seen) => seen,
        Err(verdict) => return Ok(verdict),
    };
    if row.value["rejected"] == true {
        return Ok(Verdict::failed("start", &format!("rejected ({})", row.text("reject_kind")), "accepted"));
    }
    if row.has("crash") {
        let alive = seen.proxy.is_alive() || !binary.ours;
        return Ok(if alive { Verdict::Passed } else { Verdict::failed("process", "alive", "died") });
    }
    let mut differ = Differ::new(Dialect::Rules);
    differ.known = seen.known.clone();
    compare_all(&mut differ, "origin request", row.lines("origin_received"), &seen.origin);
    let (received, connection) = if row.has("h2_request") { over_h2(&seen) } else { over_h1(&seen) };
    compare_all(&mut differ, "response", row.lines("client_received"), &received);
    differ.equal("connection", row.text("connection"), &connection);
    Ok(differ.verdict())
}

fn compare_all<'a>(differ: &mut Differ, what: &str, expected: impl Iterator<Item = &'a str>, got: &[Vec<u8>]) {
    let expected: Vec<&str> = expected.collect();
    if expected.len() != got.len() {
        let shown: String = got.iter().map(|m| format!("{}\n", text::show(m))).collect();
        differ.push(format!("{what}s, {} of them", expected.len()), expected.join("\n"), shown);
        return;
    }
    for (at, (expected, got)) in expected.iter().zip(got).enumerate() {
        scene::compare_bytes(differ, &format!("{what} {at}"), expected, got);
    }
}

/// The responses of every connection; what is left over is marked.
fn over_h1(seen: &Seen) -> (Vec<Vec<u8>>, String) {
    let mut out = Vec::new();
    for (at, data) in seen.client.iter().enumerate() {
        let closed = seen.closed || at + 1 < seen.client.len();
        let (messages, rest) = response::split(data, seen.to_head, closed);
        out.extend(messages.iter().map(|m| m.to_vec()));
        if !rest.is_empty() {
            out.push([b"!extra ", rest].concat());
        }
    }
    (out, seen.connection.to_owned())
}

/// The response of the only stream; a reset of the stream is the state of the connection.
fn over_h2(seen: &Seen) -> (Vec<Vec<u8>>, String) {
    let (messages, reset) = h2::responses(&seen.last).unwrap_or_default();
    (messages, reset.map_or_else(|| seen.connection.to_owned(), |code| format!("h2-rst {code}")))
}
