//! checks.jsonl: the states that servers go through, and what is logged and sent meanwhile.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::Client;
use super::origin::Origin;
use super::pattern::Dialect;
use super::peer::{lock, ms, pause};
use super::proxy::{self, Binary};
use super::row::{Differ, Row, Verdict};
use super::stage::{self, Raised, Stage};
use super::step::{Kind, Step};
use super::text;

/// The distinct states of each server in turn, keyed by `backend/server`.
type States = BTreeMap<String, Vec<Vec<String>>>;

/// Plays one row.
pub(crate) fn play(row: &Row, binary: &Binary) -> anyhow::Result<Verdict> {
    let off: Vec<&str> = row.lines("off_at_start").collect();
    let mut stage = match stage::raise(row, binary, stage::scripted(&row.value["origin"])?, &off)? {
        Raised::Ready(stage) => stage,
        Raised::Judged(verdict) => return Ok(verdict),
    };
    let watch = Watch::start(&stage, row);
    let mut scene = Scene::new(row, &mut stage)?;
    for step in row.value["steps"].as_array().into_iter().flatten() {
        scene.step(&mut stage, step, &watch)?;
    }
    let (traffic, held) = (json!(scene.traffic), scene.held());
    let states = watch.end();
    pause(ms(60));
    let mut differ = Differ::new(Dialect::Protocol);
    compare_states(&mut differ, row, &states);
    compare_log(&mut differ, row, &stage);
    compare_received(&mut differ, row, &stage.origins);
    compare_gaps(&mut differ, row, &stage.origins);
    for (field, got) in [("traffic", traffic), ("held", held)] {
        if row.has(field) {
            differ.json(field, &row.value[field], &got);
        }
    }
    Ok(differ.verdict())
}

/// A thread that looks at `show stat` every 8 ms.
struct Watch {
    stop: Arc<AtomicBool>,
    states: Arc<Mutex<States>>,
    thread: std::thread::JoinHandle<()>,
}

impl Watch {
    fn start(stage: &Stage, row: &Row) -> Self {
        let fields: Vec<String> = row.lines("state_fields").map(str::to_owned).collect();
        let (stop, states) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(States::new())));
        let (flag, seen, sock) = (Arc::clone(&stop), Arc::clone(&states), stage.place.sock());
        let thread = std::thread::spawn(move || {
            while !flag.load(Ordering::SeqCst) {
                if let Ok(csv) = proxy::ask(&sock, "show stat") {
                    sample(&mut lock(&seen), &csv, &fields);
                }
                pause(ms(8));
            }
        });
        Self { stop, states, thread }
    }

    /// True when a server's `status` (the first state field) is what is waited for.
    fn is(&self, server: &str, status: &str) -> bool {
        let states = lock(&self.states);
        let of_server = states.iter().find(|(name, _)| name.ends_with(&format!("/{server}")));
        of_server.and_then(|(_, seen)| seen.last()?.first()).is_some_and(|now| now == status)
    }

    fn end(self) -> States {
        self.stop.store(true, Ordering::SeqCst);
        drop(self.thread.join());
        lock(&self.states).clone()
    }
}

/// Adds the servers' states of one `show stat`; samples taken while a check runs are left out.
fn sample(states: &mut States, csv: &str, fields: &[String]) {
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().trim_start_matches("# ").split(',').collect();
    let column = |name: &str| header.iter().position(|h| *h == name);
    let columns: Vec<Option<usize>> = fields.iter().map(|f| column(f)).collect();
    for line in lines.map(columns_of) {
        let [Some(backend), Some(server)] = [line.first(), line.get(1)] else { continue };
        let state: Vec<String> =
            columns.iter().map(|c| c.and_then(|c| line.get(c)).cloned().unwrap_or_default()).collect();
        let running = state.iter().any(|field| field.starts_with("* ") || field == "INI");
        if running || matches!(server.as_str(), "FRONTEND" | "BACKEND") {
            continue;
        }
        let seen = states.entry(format!("{backend}/{server}")).or_default();
        if seen.last() != Some(&state) {
            seen.push(state);
        }
    }
}

/// The fields of a CSV line; quotes are taken off.
fn columns_of(line: &str) -> Vec<String> {
    let (mut out, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    out.push(field);
    out
}

/// The clients of a row.
struct Scene {
    client: Client,
    turn: usize,
    holds: Vec<(u64, usize)>,
    traffic: Vec<Value>,
}

impl Scene {
    fn new(row: &Row, stage: &mut Stage) -> anyhow::Result<Self> {
        let has_frontend = row.lines("config").any(|line| line.contains("@FE@"));
        let port = if has_frontend { stage.place.port("FE")? } else { 0 };
        Ok(Self { client: Client::new(port), turn: 0, holds: Vec::new(), traffic: Vec::new() })
    }

    fn step(&mut self, stage: &mut Stage, step: &Value, watch: &Watch) -> anyhow::Result<()> {
        if let Some(n) = step["wait"].as_u64() {
            pause(ms(n));
        } else if let Some(command) = step["cli"].as_str() {
            drop(stage.proxy.cli(command));
        } else if let Some(name) = step["listen"].as_str() {
            switch(&mut stage.origins, name, step["on"] == 1)?;
        } else if let Some(name) = step["set"].as_str() {
            let scripts = stage::scripts_of(&step["scripts"])?;
            stage.origins.iter().filter(|o| o.name == name).for_each(|o| o.set_scripts(scripts.clone()));
        } else if let Some(wanted) = step["until"].as_object() {
            let limit = step["ms"].as_u64().unwrap_or(4000);
            if !until(watch, wanted, ms(limit)) {
                self.traffic.push(json!({"until": step["until"], "failed": 1}));
            }
        } else if let Some(request) = step["request"].as_str() {
            self.request(stage, step, request);
        }
        Ok(())
    }

    fn request(&mut self, stage: &Stage, step: &Value, request: &str) {
        self.turn += 1;
        let conn = self.turn;
        let play = |client: &mut Client, kind| client.play(&[Step { conn, kind }], &stage.proxy);
        play(&mut self.client, Kind::Send(text::expand(request)));
        play(&mut self.client, Kind::ReadQuiet(step["quiet"].as_u64().unwrap_or(100)));
        if let Some(n) = step["hold"].as_u64() {
            self.holds.push((n, conn));
            return;
        }
        let Some(peer) = self.client.peer(conn) else { return };
        let (seen, end) = (peer.seen(), if peer.is_open() { "open" } else { "closed" });
        let first = text::as_text(&seen.data).lines().next().unwrap_or_default().to_owned();
        self.traffic.push(json!({"request": first, "end": end}));
        play(&mut self.client, Kind::Close);
    }

    fn held(&mut self) -> Value {
        let heard = self.client.finish();
        let state = |(n, conn): &(u64, usize)| {
            let heard = heard.get(conn)?;
            Some((n.to_string(), json!({"received": text::as_text(&heard.seen.data), "state": heard.after()})))
        };
        self.holds.iter().filter_map(state).collect()
    }
}

fn switch(origins: &mut [Origin], name: &str, on: bool) -> anyhow::Result<()> {
    for origin in origins.iter_mut().filter(|origin| origin.name == name) {
        if on { origin.listen()? } else { origin.close() }
    }
    Ok(())
}

fn until(watch: &Watch, wanted: &serde_json::Map<String, Value>, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if wanted.iter().all(|(server, status)| status.as_str().is_some_and(|s| watch.is(server, s))) {
            return true;
        }
        pause(ms(4));
    }
    false
}

/// The recorded states must appear in order; polling may miss one that lasts a few ms, on either side.
fn compare_states(differ: &mut Differ, row: &Row, states: &States) {
    for (server, expected) in row.value["states"].as_object().into_iter().flatten() {
        let expected: Vec<Vec<String>> = serde_json::from_value(expected.clone()).unwrap_or_default();
        let got = states.get(server).cloned().unwrap_or_default();
        let same = |e: &Vec<String>, g: &Vec<String>| {
            e.len() == g.len() && e.iter().zip(g).all(|(e, g)| differ.matches(e, &text::latin1(g)))
        };
        let missing_in_got = missing(&expected, &got, same);
        let missing_in_row = missing(&got, &expected, |g, e| same(e, g));
        let last = matches!((expected.last(), got.last()), (Some(e), Some(g)) if same(e, g)) || expected.is_empty();
        if !last || (missing_in_got > 0 && (missing_in_row > 0 || missing_in_got > 1)) {
            differ.push(format!("states of {server}"), shown(&expected), shown(&got));
        }
    }
}

/// How many of `wanted` are not met, in order, in `seen`.
fn missing<T>(wanted: &[T], seen: &[T], same: impl Fn(&T, &T) -> bool) -> usize {
    let mut rest = seen;
    let mut count = 0;
    for state in wanted {
        match rest.iter().position(|s| same(state, s)) {
            Some(at) => rest = &rest[at + 1..],
            None => count += 1,
        }
    }
    count
}

fn shown(states: &[Vec<String>]) -> String {
    states.iter().map(|state| format!("{state:?}\n")).collect()
}

/// The log must begin with what was recorded, severities included; a scene that repeats goes on.
fn compare_log(differ: &mut Differ, row: &Row, stage: &Stage) {
    let expected: Vec<&Value> = row.value["log"].as_array().into_iter().flatten().collect();
    let got = stage.logs.lines();
    let same = |(e, g): (&&Value, &super::collector::Line)| {
        e[0].as_str() == Some(g.severity) && differ.matches(e[1].as_str().unwrap_or_default(), &g.text)
    };
    if got.len() < expected.len() || !expected.iter().zip(&got).all(same) {
        let lines = |e: &&Value| format!("{} {}\n", e[0].as_str().unwrap_or("?"), e[1].as_str().unwrap_or("?"));
        let got = got.iter().map(|g| format!("{} {}\n", g.severity, text::as_text(&g.text)));
        differ.push("log".to_owned(), expected.iter().map(lines).collect(), got.collect());
    }
}

/// The first check connections of each port.
fn compare_received(differ: &mut Differ, row: &Row, origins: &[Origin]) {
    for (name, expected) in row.value["check_received"].as_object().into_iter().flatten() {
        let accepted = origins.iter().find(|o| o.name == *name).map(Origin::accepted).unwrap_or_default();
        for (at, expected) in expected.as_array().into_iter().flatten().enumerate() {
            let got = accepted.get(at).map(|conn| conn.seen().data).unwrap_or_default();
            differ.bytes(&format!("check connection {at} of {name}"), expected.as_str().unwrap_or_default(), &got);
        }
    }
}

/// Time between the starts of check connections: half or twice would be wrong, a fifth of it may be the machine.
fn compare_gaps(differ: &mut Differ, row: &Row, origins: &[Origin]) {
    for (name, expected) in row.value["check_gaps_ms"].as_object().into_iter().flatten() {
        let accepted = origins.iter().find(|o| o.name == *name).map(Origin::accepted).unwrap_or_default();
        let gap = |pair: &[super::origin::Accepted]| pair[1].at.duration_since(pair[0].at).as_millis();
        let got: Vec<u128> = accepted.windows(2).map(gap).collect();
        let expected: Vec<u128> =
            expected.as_array().into_iter().flatten().filter_map(Value::as_u64).map(u128::from).collect();
        let close = |(e, g): (&u128, &u128)| e.abs_diff(*g) <= e / 5 + 40;
        if got.len() < expected.len() || !expected.iter().zip(&got).all(close) {
            differ.push(format!("gaps between checks of {name}"), format!("{expected:?}"), format!("{got:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_met_in_order() {
        let same = |a: &i32, b: &i32| a == b;
        assert_eq!(missing(&[1, 2], &[1, 5, 2], same), 0);
        assert_eq!(missing(&[2, 1], &[1, 2], same), 1);
        assert_eq!(columns_of("a,\"b \"\"c\"\", d\",,e"), ["a", "b \"c\", d", "", "e"]);
    }
}
