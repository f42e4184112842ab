//! What HAProxy logged and printed, row by row: formats that need no running proxy.
//!
//! As in `golden.rs`, rows that are answered otherwise stand in `data/golden/known.tsv` with their reason.

use crate::support::{self, Outcome, bytes, text};
use regex::bytes::Regex;
use sample::{
    Cx, Expr, Format, Parse, Places, Stream, VarNames,
    format::{Usage, preset},
    stream::Origin,
};
use serde_json::Value as Json;
use source::{Diagnostics, Span};

#[test]
fn formats() {
    support::check("logformat.jsonl", run);
}

fn run(row: &Json) -> Outcome {
    let family = text(row, "family");
    let skipped =
        ["transport", "level", "len", "sd", "multi", "profile", "log-steps", "do-log", "options", "tcp-preset"];
    let skipped = skipped.contains(&family) || (family == "error-format" && !text(row, "state").starts_with("badreq"));
    if skipped || row.get("crash").is_some() || row.get("connections").is_some() {
        return Outcome::Skipped;
    }
    let (usage, place) = match (text(row, "where"), text(row, "directive")) {
        ("log", "log-format-sd") => (Usage::LogSd, Places::LOG),
        ("log", _) => (Usage::Log, Places::LOG),
        ("unique-id-format", _) => (Usage::UniqueId, Places::FE_HTTP_REQ),
        ("lf-string" | "set-var-fmt", _) => (Usage::Text, Places::FE_HTTP_REQ),
        ("res-set-header", _) => (Usage::Header, Places::FE_HTTP_RES),
        _ => (Usage::Header, Places::FE_HTTP_REQ),
    };
    let Some(word) = format_of(row) else { return Outcome::Skipped };
    let (mut vars, mut diagnostics) = (VarNames::default(), Diagnostics::default());
    let Some(mut stream) = stream(row, place, &mut vars) else { return Outcome::Skipped };
    let mut cx = Parse { diagnostics: &mut diagnostics, vars: &mut vars, places: place };
    let rejected = row.get("rejected").is_some();
    let Some(format) = Format::parse_as(usage, &word, Span::default(), &mut cx) else {
        return match () {
            () if diagnostics.iter().any(|d| d.code == "not-supported") => Outcome::Unsupported,
            () if rejected => Outcome::Passed,
            () => Outcome::Failed(format!("{}: {:?}", word.escape_ascii(), diagnostics.iter().next())),
        };
    };
    if rejected {
        return match text(row, "reject_kind") {
            "empty-argument" => Outcome::Skipped,
            kind => Outcome::Failed(format!("{}: accepted, but {kind}", word.escape_ascii())),
        };
    }
    if usage != Usage::Log && usage != Usage::LogSd {
        stream.state = *b"----";
    }
    let mut out = Vec::new();
    format.render(&Cx { stream: &stream, env: &support::Process, place }, &mut out);
    compare(row, &word, &out)
}

/// The format under test; the preset where the row names one.
fn format_of(row: &Json) -> Option<Vec<u8>> {
    let preset = match row.get("preset").and_then(Json::as_str) {
        None => return row.get("format").map(|_| bytes(row, "format")),
        Some("") => preset::DEFAULT_HTTP,
        Some("option httplog") => preset::HTTP,
        Some("option httplog clf") if text(row, "state") != "badreq" => preset::HTTP_CLF,
        Some("option httpslog") => preset::HTTPS,
        Some("option tcplog") => preset::TCP,
        Some("option tcplog clf") => preset::TCP_CLF,
        _ => return None,
    };
    Some(preset.as_bytes().to_vec())
}

/// The stream as it is when the line is written.
fn stream(row: &Json, place: Places, vars: &mut VarNames) -> Option<Stream> {
    let mut stream = support::stream();
    stream.origin = Origin::Response;
    let noserver = row.get("server").is_some();
    let state = match (text(row, "state"), text(row, "family")) {
        ("", "alias-badreq") => "badreq",
        ("", _) if noserver => "noserver",
        ("", _) => "ok",
        (state, _) => state,
    };
    (stream.is_http, stream.counts.active, stream.counts.frontend) = (true, 1, 1);
    let now = std::time::Instant::now();
    stream.times.closed = Some(now);
    match state {
        "ok" | "post" | "http10" | "head" | "ctl" => {}
        "noserver" => {
            (stream.status, stream.state, stream.origin) = (503, *b"SC--", Origin::Close);
            stream.backend = Some(1);
        }
        "badreq" | "badreq2" => {
            (stream.status, stream.state, stream.origin) = (400, *b"PR--", Origin::SessionError);
            (stream.times.request, stream.has_res) = (None, true);
            return Some(stream);
        }
        "deny" => (stream.status, stream.state) = (403, *b"PR--"),
        "auth" => (stream.status, stream.state) = (401, *b"LR--"),
        "redir" => (stream.status, stream.state) = (302, *b"LR--"),
        "ret" => (stream.status, stream.state) = (200, *b"LR--"),
        _ => return None,
    }
    if !support::request(&mut stream, &bytes(row, "request")) {
        return None;
    }
    let answered = matches!(state, "ok" | "post" | "http10" | "head" | "ctl");
    let at_response = place == Places::LOG || place == Places::FE_HTTP_RES;
    if answered && at_response && !support::response(&mut stream, &bytes(row, "response")) {
        return None;
    }
    for line in row["config"]["frontend"].as_array()?.iter().filter_map(Json::as_str) {
        configure(&mut stream, line, vars);
    }
    Some(stream)
}

/// Captures, variables and the unique id of a frontend.
fn configure(stream: &mut Stream, line: &str, vars: &mut VarNames) {
    let words: Vec<&str> = line.split(' ').collect();
    let cut = |value: &[u8], len: &str| value[..value.len().min(len.parse().unwrap_or(0))].to_vec();
    match words[..] {
        ["capture", "request", "header", name, "len", len] => {
            let name = name.to_ascii_lowercase();
            let value = stream.req.all(name.as_bytes()).last().map(|v| cut(v, len));
            stream.req_captures.push(value);
        }
        ["capture", "response", "header", name, "len", len] => {
            let name = name.to_ascii_lowercase();
            let value = stream.res.all(name.as_bytes()).last().map(|v| cut(v, len));
            stream.res_captures.push(value);
        }
        ["capture", "cookie", name, "len", len] => {
            let find = |head: &message::Head, field: &[u8]| {
                let all = head.all(field).flat_map(|v| v.split(|b| *b == b';')).map(<[u8]>::trim_ascii);
                all.filter(|c| c.starts_with(name.as_bytes())).map(|c| cut(c, len)).next()
            };
            stream.req_cookie = find(&stream.req, b"cookie");
            stream.res_cookie = find(&stream.res, b"set-cookie");
        }
        ["http-request", set, expr] if set.starts_with("set-var(") => {
            let mut diagnostics = Diagnostics::default();
            let mut cx = Parse { diagnostics: &mut diagnostics, vars, places: Places::FE_HTTP_REQ };
            let name = set.trim_start_matches("set-var(").trim_end_matches(')');
            let id = sample::arg::var(name.as_bytes(), &mut cx);
            let expr = Expr::parse(expr.as_bytes(), Span::default(), &mut cx);
            if let (Ok(id), Some(expr)) = (id, expr) {
                let env = &support::Process;
                let value = expr.eval(&Cx { stream, env, place: Places::FE_HTTP_REQ }).map(|v| v.into_owned());
                value.into_iter().for_each(|value| stream.vars.set(id, value));
            }
        }
        ["unique-id-format", ..] => {
            let path = stream.req.target().split(|b| *b == b'?').next().unwrap_or_default();
            stream.unique_id = Some([b"uid:", path, b" \"q\""].concat());
        }
        _ => {}
    }
}

fn compare(row: &Json, word: &[u8], seen: &[u8]) -> Outcome {
    let mut seen = seen.to_vec();
    let want: Vec<u8> = match row.get("lines").and_then(Json::as_array) {
        Some(lines) => {
            let Some(last) = lines.last().and_then(Json::as_str) else { return Outcome::Skipped };
            seen.push(b'\n');
            last.chars().map(|c| c as u8).collect()
        }
        None if row.get("value").is_some_and(Json::is_null) => Vec::new(),
        None => bytes(row, "value"),
    };
    if text(row, "where") == "set-path" {
        seen = [b"GET ", &seen[..], b"?x=\"1\"&y=%23z HTTP/1.1"].concat();
    }
    if pattern(&want).is_match(&seen) {
        return Outcome::Passed;
    }
    Outcome::Failed(format!("{}: {}, want {}", word.escape_ascii(), seen.escape_ascii(), want.escape_ascii()))
}

/// Expected text in which placeholders stand for what differs between runs.
fn pattern(want: &[u8]) -> Regex {
    let mut pattern: String = want
        .iter()
        .map(|byte| match byte {
            b'<' | b'>' | b'/' | b':' | b' ' | b'+' => char::from(*byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
            byte => format!("\\x{byte:02x}"),
        })
        .collect();
    for (placeholder, stands_for) in [
        ("<CPORT:X>", "04D2"),
        ("<CPORT>", "1234"),
        ("<BPORT:X>", "162E"),
        ("<BPORT>", "5678"),
        ("<PORT:X>", "0050"),
        ("<PORT>", "80"),
        ("<ORIGIN:X>", "1F90"),
        ("<ORIGIN>", "8080"),
        ("<PID:X>", "1092"),
        ("<PID>", "4242"),
        ("<HOSTNAME>", "HOSTNAME"),
        ("<EPOCH:X>", "6553F100"),
        ("<EPOCH>", "1700000000"),
        ("<MS:X>", "[0-9A-F]+"),
        ("<MS>", "[0-9]+"),
        ("<mmm>", "[0-9]{3}"),
        ("<dd/Mon/yyyy:HH:MM:SS\\x2emmm>", "14/Nov/2023:22:13:20\\.[0-9]{3}"),
        ("<dd/Mon/yyyy:HH:MM:SS +zzzz>", "14/Nov/2023:22:13:20 \\+0000"),
        ("<CBOR>", "[0-9A-F]+"),
    ] {
        pattern = pattern.replace(placeholder, stands_for);
    }
    let pattern = pattern.replace(" +", " \\+").replace("/+", "/\\+").replace("\\\\+", "\\+");
    Regex::new(&format!("(?s-u)^{pattern}$")).expect("a pattern made of escapes compiles")
}
