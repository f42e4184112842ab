//! http1.jsonl and tcp.jsonl: scripted clients and origins, everything both sides and the log saw.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::{Client, Heard};
use super::collector::Line;
use super::origin::Origin;
use super::pattern::Dialect;
use super::proxy::Binary;
use super::row::{Differ, Row, Verdict};
use super::stage::{self, Raised, Stage};
use super::{chunks, h2, step, text, timers};

/// Plays one row.
pub(crate) fn play(row: &Row, binary: &Binary) -> anyhow::Result<Verdict> {
    let steps = step::script(&row.value["client"])?;
    let mut stage = match stage::raise(row, binary, stage::scripted(&row.value["origin"])?, &[])? {
        Raised::Ready(stage) => stage,
        Raised::Judged(verdict) => return Ok(verdict),
    };
    let mut client = Client::new(stage.place.port("FE")?);
    client.play(&steps, &stage.proxy);
    let heard = client.finish();
    stage.proxy.settle();
    let mut differ = Differ::new(Dialect::Protocol);
    differ.known = client_ports(&heard);
    compare_origins(&mut differ, &row.value["origin_received"], &stage.origins);
    compare_client(&mut differ, row, &heard);
    compare_log(&mut differ, row, &stage.logs.lines());
    compare_cli(&mut differ, row, &stage);
    if !stage.proxy.is_alive() {
        differ.push("process".to_owned(), "alive".to_owned(), format!("ended\n{}", stage.proxy.said()));
    }
    Ok(differ.verdict())
}

fn client_ports(heard: &BTreeMap<usize, Heard>) -> Vec<(String, String)> {
    let mut known = Vec::new();
    for (conn, heard) in heard {
        known.push((format!("client-port-{conn}"), heard.port.to_string()));
    }
    if let Some(first) = heard.values().next() {
        known.push(("client-port".to_owned(), first.port.to_string()));
        known.push(("client-port:2".to_owned(), text::as_text(&first.port.to_be_bytes())));
    }
    known
}

fn compare_origins(differ: &mut Differ, expected: &Value, origins: &[Origin]) {
    let mut got = Vec::new();
    for origin in origins {
        for (at, conn) in origin.accepted().iter().enumerate() {
            got.push((origin.name.as_str(), at + 1, conn.seen().data, conn.end()));
        }
    }
    let expected: Vec<&Value> = expected.as_array().into_iter().flatten().collect();
    differ.equal("origin connections", &expected.len().to_string(), &got.len().to_string());
    for (expected, (server, conn, data, end)) in expected.iter().zip(&got) {
        let name = format!("origin {server} connection {conn}");
        let wanted =
            format!("origin {} connection {}", expected["server"].as_str().unwrap_or_default(), expected["conn"]);
        differ.equal("origin connection", &wanted, &name);
        compare_bytes(differ, &name, expected["data"].as_str().unwrap_or_default(), data);
        differ.equal(&format!("{name}, end"), expected["end"].as_str().unwrap_or_default(), end);
    }
}

/// How a body was cut into chunks is no matter: it depends on what arrived together.
pub(crate) fn compare_bytes(differ: &mut Differ, what: &str, expected: &str, got: &[u8]) {
    let joined = || chunks::join(&text::expand(expected)) == chunks::join(got);
    if !differ.matches(expected, got) && !joined() {
        differ.bytes(what, expected, got);
    }
}

fn compare_client(differ: &mut Differ, row: &Row, heard: &BTreeMap<usize, Heard>) {
    let several = row.value["connection_after"].is_object();
    let pick = |field: &str, conn: usize| match &row.value[field] {
        Value::Object(map) if several => map.get(&conn.to_string()).cloned().unwrap_or(Value::Null),
        other => other.clone(),
    };
    let count = row.value["connection_after"].as_object().map_or(1, |map| map.len());
    differ.equal("client connections", &count.to_string(), &heard.len().to_string());
    for (conn, heard) in heard {
        let what = format!("client connection {conn}");
        match &pick("client_received", *conn) {
            frames @ Value::Array(_) => compare_frames(differ, &what, frames, &heard.seen.data),
            other => compare_bytes(differ, &what, other.as_str().unwrap_or_default(), &heard.seen.data),
        }
        differ.equal(
            &format!("{what}, afterwards"),
            pick("connection_after", *conn).as_str().unwrap_or_default(),
            heard.after(),
        );
        if let Some(band) = row.value["closed_after"].get(conn.to_string()) {
            let got = heard.closed_after().map(timers::band);
            if !timers::close(band.as_i64(), got) {
                differ.push(format!("{what}, closed after"), band.to_string(), format!("{got:?}"));
            }
        }
    }
}

fn compare_frames(differ: &mut Differ, what: &str, expected: &Value, got: &[u8]) {
    match h2::read(got) {
        Some(frames) => {
            differ.json(what, &h2::comparable(expected.clone()), &h2::comparable(Value::Array(frames)));
        }
        None if got.is_empty() => differ.json(what, expected, &Value::Array(Vec::new())),
        None => differ.push(what.to_owned(), expected.to_string(), text::show(got)),
    }
}

/// Log lines in order, their timers in bands.
pub(crate) fn compare_log(differ: &mut Differ, row: &Row, got: &[Line]) {
    let expected: Vec<&str> = row.lines("log").collect();
    let same = expected.len() == got.len() && expected.iter().zip(got).all(|(e, g)| differ.matches(e, &g.text));
    if !same {
        let lines: Vec<String> = got.iter().map(|line| text::show(&line.text)).collect();
        differ.push("log".to_owned(), expected.join("\n"), lines.join("\n"));
        return;
    }
    let bands = row.value["log_timers"].as_array().into_iter().flatten();
    for (at, (expected, line)) in bands.zip(got).enumerate() {
        let got = timers::of_line(&line.text);
        if !timers::all_close(expected, &got) {
            differ.push(format!("log line {at}, timers in bands"), expected.to_string(), json!(got).to_string());
        }
    }
}

fn compare_cli(differ: &mut Differ, row: &Row, stage: &Stage) {
    for (command, expected) in row.value["cli_after"].as_object().into_iter().flatten() {
        let answer = stage.proxy.cli(command).unwrap_or_else(|e| e.to_string());
        differ.bytes(&format!("answer to `{command}`"), expected.as_str().unwrap_or_default(), answer.as_bytes());
    }
}
