//! What HAProxy answered, row by row: expressions and converters that need no running proxy.
//!
//! `data/golden/*.jsonl` hold the rows; `data/golden/known.tsv` lists those that are answered otherwise, each with its
//! reason. A row that is in neither state fails the test, and so does a listed one that passes.

use crate::support::{self, Outcome, bytes, text};
use sample::{Cx, Expr, Parse, Places, Stream, Type, Value, VarNames};
use serde_json::Value as Json;
use source::{Diagnostics, Span};

#[test]
fn samples() {
    support::check("samples.jsonl", |row| {
        let Some(place) = place(text(row, "where")) else { return Outcome::Skipped };
        run(row, bytes(row, "expr"), place)
    });
}

#[test]
fn converters() {
    support::check("converters.jsonl", |row| {
        let expr = [bytes(row, "input_expr"), b",".to_vec(), bytes(row, "converter")].concat();
        run(row, expr, Places::FE_HTTP_REQ)
    });
}

fn place(name: &str) -> Option<Places> {
    Some(match name {
        "http-request" => Places::FE_HTTP_REQ,
        "http-response" => Places::BE_HTTP_RES,
        "log" => Places::LOG,
        "tcp-content" => Places::FE_REQ_CONTENT,
        "tcp-response" => Places::BE_RES_CONTENT,
        _ => return None,
    })
}

/// Builds the stream, runs what comes before, evaluates and compares.
fn run(row: &Json, expr: Vec<u8>, place: Places) -> Outcome {
    if needs_proxy(row) {
        return Outcome::Skipped;
    }
    let mut vars = VarNames::default();
    let Some(mut stream) = build(row, place) else { return Outcome::Skipped };
    for action in row.get("pre").and_then(Json::as_array).into_iter().flatten() {
        if prepare(&mut stream, action.as_str().unwrap_or_default(), place, &mut vars).is_none() {
            return Outcome::Skipped;
        }
    }
    let mut diagnostics = Diagnostics::default();
    let mut cx = Parse { diagnostics: &mut diagnostics, vars: &mut vars, places: place };
    let parsed = Expr::parse(&expr, Span::default(), &mut cx);
    let rejected = row.get("rejected").is_some();
    match parsed {
        None if diagnostics.iter().any(|d| d.code == "not-supported") => Outcome::Unsupported,
        None if rejected || row.get("crash").is_some() => Outcome::Passed,
        None => Outcome::Failed(format!("{}: refused: {}", show(&expr), messages(&diagnostics))),
        Some(_) if rejected => match text(row, "reject_kind") {
            "unknown-name" | "file" => Outcome::Skipped,
            kind => Outcome::Failed(format!("{}: accepted, but {kind}", show(&expr))),
        },
        Some(mut parsed) => {
            parsed.names_mut().for_each(resolve);
            let cx = Cx { stream: &stream, env: &support::Process, place };
            compare(row, &expr, parsed.eval(&cx).ok())
        }
    }
}

/// Names of proxies become numbers; the others stay unknown.
fn resolve(name: &mut sample::row::Name) {
    name.id = match &name.text[..] {
        b"fe" => Some((0, 0)),
        b"be" | b"be/s1" => Some((1, 0)),
        _ => None,
    };
}

/// Rows whose facts only a configuration or a connection makes.
fn needs_proxy(row: &Json) -> bool {
    let config = row.get("config").and_then(Json::as_object);
    let lines = config.into_iter().flat_map(|c| c.values()).filter_map(Json::as_array).flatten();
    let mut lines = lines.filter_map(Json::as_str);
    let harmless = ["option http-buffer-request"];
    lines.any(|line| !harmless.contains(&line))
        || ["bind", "connections", "h2_request", "env", "origin_closes", "server", "files", "client_status"]
            .iter()
            .any(|key| row.get(key).is_some())
}

fn build(row: &Json, place: Places) -> Option<Stream> {
    let mut stream = support::stream();
    let request =
        row.get("request").map_or(b"GET / HTTP/1.1\r\nHost: h.example\r\n\r\n".to_vec(), |_| bytes(row, "request"));
    if place == Places::FE_REQ_CONTENT || place == Places::BE_RES_CONTENT {
        if support::request(&mut stream, &request) {
            (stream.is_http, stream.client.http_major) = (false, 0);
        }
        stream.req_body.bytes = request;
        stream.res_body.bytes = bytes(row, "response");
        (stream.req_body.complete, stream.res_body.complete) = (true, true);
        return Some(stream);
    }
    if !support::request(&mut stream, &request) {
        return None;
    }
    if place == Places::BE_HTTP_RES || place == Places::LOG {
        let answer = bytes(row, "response");
        let answer = if answer.is_empty() { b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec() } else { answer };
        if !support::response(&mut stream, &answer) {
            return None;
        }
    }
    if place == Places::LOG {
        stream.times.closed = Some(std::time::Instant::now());
    }
    Some(stream)
}

/// Runs `set-var`, `set-var-fmt` or `unset-var`; other actions are beyond this test.
fn prepare(stream: &mut Stream, action: &str, place: Places, vars: &mut VarNames) -> Option<()> {
    let (name, rest) = action.split_once(')')?;
    let mut diagnostics = Diagnostics::default();
    let mut cx = Parse { diagnostics: &mut diagnostics, vars, places: place };
    let (verb, name) = name.split_once('(')?;
    let id = sample::arg::var(name.as_bytes(), &mut cx).ok()?;
    let word = unquote(rest.trim_start());
    let value = match verb {
        "set-var" => {
            let expr = Expr::parse(&word, Span::default(), &mut cx)?;
            let env = &support::Process;
            expr.eval(&Cx { stream, env, place }).ok()?.into_owned()
        }
        "set-var-fmt" => {
            if word.is_empty() {
                return None;
            }
            let format = sample::Format::parse(&word, Span::default(), &mut cx)?;
            let mut out = Vec::new();
            format.render(&Cx { stream, env: &support::Process, place }, &mut out);
            Value::string(out)
        }
        "unset-var" => {
            stream.vars.unset(id);
            return Some(());
        }
        _ => return None,
    };
    stream.vars.set(id, value);
    Some(())
}

/// One word of a configuration line.
fn unquote(word: &str) -> Vec<u8> {
    let (mut out, mut quote, mut escaped) = (Vec::new(), None, false);
    for c in word.chars() {
        let byte = c as u8;
        match (quote, c) {
            _ if escaped => {
                if quote.is_some() && !matches!(c, '"' | '\\' | '$') {
                    out.push(b'\\');
                }
                out.push(byte);
                escaped = false;
            }
            (None | Some('"'), '\\') => escaped = true,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => out.push(byte),
        }
    }
    out
}

fn compare(row: &Json, expr: &[u8], value: Option<Value<'_>>) -> Outcome {
    let found = row.get("found").and_then(Json::as_bool).unwrap_or(false);
    let expr = show(expr);
    let Some(value) = value else {
        return match found {
            true => {
                Outcome::Failed(format!("{expr}: missing, want {} {}", text(row, "type"), want(row).escape_ascii()))
            }
            false => Outcome::Passed,
        };
    };
    let (kind, bytes) = (value.of_type(), raw(value));
    let seen = format!("{} {}", kind.name(), bytes.escape_ascii());
    if !found {
        return Outcome::Failed(format!("{expr}: {seen}, want nothing"));
    }
    let volatile = row.get("value_is").is_some() || row.get("value_volatile").is_some();
    let len = if row.get("value_truncated").is_some() { 64 } else { bytes.len() };
    let same = volatile || bytes.get(..len).is_some_and(|b| b == want(row));
    if kind.name() != text(row, "type") || !same {
        return Outcome::Failed(format!("{expr}: {seen}, want {} {}", text(row, "type"), want(row).escape_ascii()));
    }
    Outcome::Passed
}

fn raw(value: Value<'_>) -> Vec<u8> {
    match value {
        Value::Bin(bytes) | Value::Str(bytes) => bytes.into_owned(),
        other => other.cast(Type::Str).and_then(Value::into_str).unwrap_or_default().into_owned(),
    }
}

fn want(row: &Json) -> Vec<u8> {
    let hex = text(row, "value_hex").as_bytes();
    hex.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap_or("0"), 16).unwrap_or(0)).collect()
}

fn show(expr: &[u8]) -> String {
    expr.escape_ascii().to_string().chars().take(200).collect()
}

fn messages(diagnostics: &Diagnostics) -> String {
    diagnostics.iter().map(|d| d.message.as_str()).collect::<Vec<_>>().join("; ")
}
