//! cookies.jsonl: requests, each on its own connection, and which server each was given to.

use serde_json::{Value, json};

use super::client::Client;
use super::collector::Line;
use super::origin::Scripts;
use super::pattern::Dialect;
use super::peer::{message_length, ms, pause};
use super::proxy::Binary;
use super::row::{Differ, Row, Verdict};
use super::stage::{self, Raised, Stage};
use super::step::{Kind, Step};
use super::{scene, text};

/// Plays one row.
pub(crate) fn play(row: &Row, binary: &Binary) -> anyhow::Result<Verdict> {
    let origins = servers(row).map(|name| (name, answers(row))).collect();
    let mut stage = match stage::raise(row, binary, origins, &[])? {
        Raised::Ready(stage) => stage,
        Raised::Judged(verdict) => return Ok(verdict),
    };
    for command in row.lines("cli_before") {
        stage.proxy.cli(command)?;
    }
    pause(ms(row.value["wait_before_ms"].as_u64().unwrap_or(0)));
    let client = ask_all(row, &mut stage)?;
    stage.proxy.settle();
    let mut differ = Differ::new(Dialect::Protocol);
    compare_client(&mut differ, row, &client);
    compare_origins(&mut differ, row, &stage);
    // Only requests were recorded, not what became of servers.
    let lines: Vec<Line> = stage.logs.lines().into_iter().filter(|line| line.severity == "info").collect();
    scene::compare_log(&mut differ, row, &lines);
    let field = |at: usize| lines.iter().map(|l| word(&l.text, at)).collect::<Vec<_>>();
    let chosen = field(3).iter().map(|be| be.rsplit('/').next().unwrap_or_default().to_owned()).collect();
    compare_words(&mut differ, "server_chosen", &row.value["server_chosen"], chosen);
    let flags = field(9).iter().map(|state| state.get(2..).unwrap_or_default().to_owned()).collect();
    compare_words(&mut differ, "log_cookie_flags", &row.value["log_cookie_flags"], flags);
    Ok(differ.verdict())
}

/// The servers of the configuration that an origin stands for.
pub(crate) fn servers(row: &Row) -> impl Iterator<Item = String> {
    let text = row.lines("config").collect::<Vec<_>>().join("\n");
    (1..=20).map(|n| format!("S{n}")).filter(move |name| text.contains(&format!("@{name}@")))
}

fn answers(row: &Row) -> Scripts {
    let answer = text::expand(row.text("origin_response"));
    let step = |kind| Step { conn: 0, kind };
    vec![vec![step(Kind::ReadMessage), step(Kind::Send(answer)), step(Kind::Loop)]]
}

/// One request on each connection; what each connection got.
fn ask_all(row: &Row, stage: &mut Stage) -> anyhow::Result<Vec<Vec<u8>>> {
    let requests: Vec<&str> = match &row.value["request"] {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let mut client = Client::new(stage.place.port("FE")?);
    for (conn, request) in requests.iter().enumerate() {
        text::wait_for_date(request);
        let step = |kind| Step { conn, kind };
        let steps = [step(Kind::Send(text::expand(request))), step(Kind::ReadQuiet(120))];
        client.play(&steps, &stage.proxy);
    }
    Ok(client.finish().into_values().map(|heard| heard.seen.data).collect())
}

fn compare_client(differ: &mut Differ, row: &Row, got: &[Vec<u8>]) {
    let one = [row.value["client_received"].clone()];
    let expected = row.value["client_received"].as_array().map_or(&one[..], |list| list);
    for (at, (expected, got)) in expected.iter().zip(got).enumerate() {
        differ.bytes(&format!("client connection {at}"), expected.as_str().unwrap_or_default(), got);
    }
}

/// Every request that an origin got, by server.
fn compare_origins(differ: &mut Differ, row: &Row, stage: &Stage) {
    let mut got = Vec::new();
    for origin in &stage.origins {
        let server = origin.name.to_ascii_lowercase();
        for conn in origin.accepted() {
            let data = conn.seen().data;
            got.extend(messages(&data).map(|m| json!({"server": server, "data": text::as_text(m)})));
        }
    }
    let expected = match &row.value["origin_received"] {
        list @ Value::Array(_) => list.clone(),
        Value::Null => json!([]),
        data => json!([{"server": row.value["server_chosen"], "data": data}]),
    };
    differ.json("origin_received", &expected, &Value::Array(got));
}

/// The requests in what a connection saw; a piece without end is one too.
fn messages(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let len = message_length(data).unwrap_or(data.len());
        let (message, rest) = data.split_at(len);
        data = rest;
        (len > 0).then_some(message)
    })
}

fn word(line: &[u8], at: usize) -> String {
    text::as_text(line).split(' ').nth(at).unwrap_or_default().to_owned()
}

fn compare_words(differ: &mut Differ, what: &str, expected: &Value, got: Vec<String>) {
    // A single word is that of the first request.
    let got = if expected.is_array() { json!(got) } else { json!(got.first()) };
    if *expected != got {
        differ.push(what.to_owned(), expected.to_string(), got.to_string());
    }
}
