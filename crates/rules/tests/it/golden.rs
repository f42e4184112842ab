//! What HAProxy answered, row by row: ACLs, conditions and actions that need no running proxy.
//!
//! `data/golden/*.jsonl` hold the rows; `data/golden/known.tsv` lists those that end otherwise, each with its reason.
//! A row that is in neither state fails the test, and so does a listed one that passes.

use crate::{
    exchange,
    proxy::{Proxy, Refusal, World},
};
use message::Head;
use rules::{Flow, Ruleset, http_errors};
use sample::{Stream, stream::Scope};
use serde_json::Value as Json;
use std::{collections::BTreeMap, path::Path};

/// What became of a row.
#[derive(Debug, PartialEq)]
enum Outcome {
    Passed,
    /// Something of it is not supported yet.
    Unsupported,
    /// It needs more of a proxy than its rules.
    Skipped,
    Failed(String),
}

#[test]
fn acls() {
    check("acl.jsonl", |row| {
        let place = text(row, "where");
        let lines = list(row, "acls").map(|acl| format!("acl {acl}"));
        let before = list(row, "pre").map(|pre| format!("{place} {pre}"));
        let rule = format!("{place} set-var(txn.matched) bool(true) {}", text(row, "condition"));
        let rules: String = lines.chain(before).chain([rule]).map(|line| line + "\n").collect();
        let sides = if place == "http-request" { [rules.as_str(), ""] } else { ["", rules.as_str()] };
        let proxy = match load(row, sides) {
            Ok(proxy) => proxy,
            Err(outcome) => return outcome,
        };
        let matched = row.get("matched").and_then(Json::as_bool).unwrap_or(false);
        let mut stream = exchange::stream(&proxy.captures);
        if !exchange::request(&mut stream, &bytes(row, "request")) {
            return Outcome::Skipped;
        }
        let seen = match place {
            "http-request" => holds(&proxy, 0, Ruleset::HttpRequest, &mut stream),
            _ => {
                let answer = bytes(row, "response");
                let none = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec();
                exchange::response(&mut stream, if answer.is_empty() { &none } else { &answer });
                holds(&proxy, 1, Ruleset::HttpResponse, &mut stream)
            }
        };
        if seen == matched { Outcome::Passed } else { Outcome::Failed(format!("{rules:?}: matched is {seen}")) }
    });
}

/// Whether the last rule of the ruleset was carried out.
fn holds(proxy: &Proxy, side: usize, ruleset: Ruleset, stream: &mut Stream) -> bool {
    let rules = &proxy.rules[side][&ruleset];
    let place = ruleset.places(side == 0, side == 1);
    let (last, before) = rules.split_last().expect("the row has a rule");
    proxy.run_all(before, place, stream);
    last.holds(&sample::Cx { stream, env: proxy, place }, true) == Some(true)
}

#[test]
fn actions() {
    check("actions.jsonl", |row| {
        let side = |name: &str| {
            let lines = row.get("rules").and_then(|rules| rules.get(name)).and_then(Json::as_array);
            lines.into_iter().flatten().filter_map(Json::as_str).map(|line| format!("{line}\n")).collect::<String>()
        };
        let chunked = text(row, "request").contains("chunked");
        if chunked || ["client_status", "bind", "crash", "server"].iter().any(|key| row.get(key).is_some()) {
            return Outcome::Skipped;
        }
        let proxy = match load(row, [&side("frontend"), &side("backend")]) {
            Ok(proxy) => proxy,
            Err(outcome) => return outcome,
        };
        let mut stream = exchange::stream(&proxy.captures);
        if !exchange::request(&mut stream, &bytes(row, "request")) || row.get("origin_response").is_none() {
            return Outcome::Skipped;
        }
        let answer = bytes(row, "origin_response");
        if !answer.starts_with(b"HTTP/") {
            return Outcome::Skipped;
        }
        let (origin, client) = exchange(&proxy, &mut stream, &answer);
        compare(row, "origin_received", origin)
            .or_else(|| compare(row, "client_received", client))
            .map_or(Outcome::Passed, Outcome::Failed)
    });
}

/// What a request meets on each side.
const REQUEST: [Ruleset; 4] =
    [Ruleset::TcpRequestConnection, Ruleset::TcpRequestSession, Ruleset::TcpRequestContent, Ruleset::HttpRequest];

/// Passes a request and its response through the rules: what the origin and what the client receive.
fn exchange(proxy: &Proxy, stream: &mut Stream, answer: &[u8]) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    let close = stream.req.field(b"connection") == Some(b"close") || stream.req.version() < message::Version::HTTP_11;
    for side in [0, 1] {
        stream.backend = (side == 1).then_some(1);
        let place = Ruleset::HttpRequest.places(side == 0, side == 1);
        let mut flow = Flow::Continue;
        for ruleset in REQUEST {
            if matches!(flow, Flow::Continue | Flow::Stop) {
                flow = proxy.run(side, ruleset, stream);
            }
        }
        if matches!(flow, Flow::Continue | Flow::Stop) {
            flow = proxy.run_all(&proxy.redirects[side], place, stream);
        }
        if let Some(end) = end(proxy, stream, flow) {
            return (None, end.map(|(head, end)| print(stream, head, close || end)));
        }
    }
    let origin = exchange::print(&stream.req, &stream.req_body.bytes);
    stream.vars.end(Scope::Req);
    stream.vars.end(Scope::Res);
    exchange::response(stream, answer);
    for side in [1, 0] {
        let flow = proxy.run(side, Ruleset::HttpResponse, stream);
        if let Some(end) = end(proxy, stream, flow) {
            return (Some(origin), end.map(|(head, end)| print(stream, head, close || end)));
        }
    }
    let head = last(proxy, stream);
    (Some(origin), Some(print(stream, head, close)))
}

/// What the client receives when a flow ends the exchange: an answer, or nothing at all.
fn end(proxy: &Proxy, stream: &mut Stream, flow: Flow) -> Option<Option<(Head, bool)>> {
    let reply = match flow {
        Flow::Continue | Flow::Stop => return None,
        Flow::Answer(reply) | Flow::Tarpit(reply) => *reply,
        Flow::Failed => http_errors::answer(stream, proxy, 500),
        _ => return Some(None),
    };
    let close = reply.close;
    exchange::answer(stream, reply);
    Some(Some((last(proxy, stream), close)))
}

/// Runs `http-after-response`: the head that goes out.
fn last(proxy: &Proxy, stream: &mut Stream) -> Head {
    let sides = if stream.backend.is_some() { vec![1, 0] } else { vec![0] };
    for side in sides {
        if matches!(proxy.run(side, Ruleset::HttpAfterResponse, stream), Flow::Failed) {
            let reply = http_errors::answer(stream, proxy, 500);
            exchange::answer(stream, reply);
        }
    }
    stream.res.clone()
}

/// The response on the wire: closed when the client asked for it, or when nothing else ends it.
fn print(stream: &Stream, mut head: Head, close: bool) -> Vec<u8> {
    let bodiless = stream.req.method() == b"HEAD" || matches!(head.status(), 100..=199 | 204 | 304);
    let endless = !head.has(b"content-length") && head.version() == message::Version::HTTP_11;
    if (close && head.version() == message::Version::HTTP_11) || endless {
        head.add(b"connection", b"close");
    }
    exchange::print(&head, if bodiless { &[] } else { &stream.res_body.bytes })
}

fn compare(row: &Json, key: &str, seen: Option<Vec<u8>>) -> Option<String> {
    let want = list(row, key).map(latin).next();
    let same = match (&want, &seen) {
        (Some(want), Some(seen)) => want == seen,
        (None, None) => true,
        _ => false,
    };
    let show = |text: &Option<Vec<u8>>| text.as_ref().map_or("nothing".into(), |text| text.escape_ascii().to_string());
    let show = |text| show(text).chars().take(600).collect::<String>();
    (!same).then(|| format!("{key}: {} instead of {}", show(&seen), show(&want)))
}

/// The proxy of a row, or what follows from there being none.
fn load(row: &Json, sides: [&str; 2]) -> Result<Proxy, Outcome> {
    let config = |key: &str| {
        let lines = row.get("config").and_then(|config| config.get(key)).and_then(Json::as_array);
        lines.into_iter().flatten().filter_map(Json::as_str).map(|line| format!("{line}\n")).collect::<String>()
    };
    let (global, sections) = (config("global"), config("sections"));
    let text = format!("global\n{global}\n{sections}\nfrontend fe\n{}\nbackend be\n{}\n", sides[0], sides[1]);
    let files = row.get("files").and_then(Json::as_object).into_iter().flatten();
    let files = files.map(|(name, text)| (name.clone(), latin(text.as_str().unwrap_or_default()))).collect();
    let rejected = row.get("rejected").is_some();
    match Proxy::new(&latin(&text), &World { files }) {
        Err(Refusal::Unsupported(_)) => Err(Outcome::Unsupported),
        Err(Refusal::Beyond(_)) => Err(Outcome::Skipped),
        Err(Refusal::Refused(_)) if rejected => Err(Outcome::Passed),
        Err(Refusal::Refused(why)) => Err(Outcome::Failed(format!("{:?} refused: {why}", sides.concat()))),
        Ok(_) if rejected => {
            Err(Outcome::Failed(format!("{:?} accepted, but {}", sides.concat(), text_of(row, "reject_kind"))))
        }
        Ok(proxy) => Ok(proxy),
    }
}

fn check(file: &str, row: impl Fn(&Json) -> Outcome) {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden");
    let read = |name: &str| std::fs::read_to_string(data.join(name)).expect("golden data is there");
    let known = read("known.tsv");
    let known: BTreeMap<&str, &str> = known.lines().filter_map(|line| line.split_once('\t')).collect();
    let mut counts: BTreeMap<String, [usize; 5]> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in read(file).lines() {
        let json: Json = serde_json::from_str(line).expect("a golden row is JSON");
        let id = text(&json, "id");
        let count = counts.entry(text(&json, "family").to_owned()).or_default();
        match (row(&json), known.get(id)) {
            (Outcome::Passed, None) => count[0] += 1,
            (Outcome::Unsupported, None) => count[1] += 1,
            (Outcome::Skipped, None) => count[2] += 1,
            (Outcome::Failed(_), Some(_)) => count[3] += 1,
            (Outcome::Failed(why), None) => {
                count[4] += 1;
                wrong.push(format!("{id}\t{why}"));
            }
            (outcome, Some(reason)) => wrong.push(format!("{id} is listed ({reason}), but {outcome:?}")),
        }
    }
    println!("{file}: family: passed unsupported skipped known failed");
    for (family, count) in &counts {
        println!("  {family}: {count:?}");
    }
    let total = counts.values().fold([0; 5], |sum, c| std::array::from_fn(|i| sum[i] + c[i]));
    println!("{file}: {total:?}\n{}", wrong.join("\n"));
    assert!(wrong.is_empty(), "{} rows end otherwise", wrong.len());
    assert!(total[0] > 0, "no row of {file} passed");
}

fn text<'j>(row: &'j Json, key: &str) -> &'j str {
    row.get(key).and_then(Json::as_str).unwrap_or_default()
}

fn text_of(row: &Json, key: &str) -> String {
    text(row, key).to_owned()
}

fn list<'j>(row: &'j Json, key: &str) -> impl Iterator<Item = &'j str> + use<'j> {
    row.get(key).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
}

/// Every character is one byte.
fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|c| c as u8).collect()
}

fn bytes(row: &Json, key: &str) -> Vec<u8> {
    latin(text(row, key))
}
