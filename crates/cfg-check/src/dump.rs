//! A configuration as JSON: what its lines say, with their places, and what they mean once defaults are resolved.

use crate::{
    Offline,
    view::{Line, Proxy, Server, View},
};
use config::{Kind, Mode, Options, keyword::timeouts::Timeouts};
use serde_json::{Map, Value, json};
use source::{FileId, Files, Span, Word};
use std::time::Duration;
use syntax::Directive;

/// One object: `sections` as written, `proxies` as they are in force.
pub fn dump(files: &Files, ids: &[FileId]) -> String {
    let host = Offline::new(files, ids);
    let parsed = config::parse(files, ids, &host);
    let (config, _) = config::lower(files, parsed.clone(), &host, Options { strict_modes: true });
    let view = View::new(files, &parsed.sections, &config);
    let sections = view.sections.iter().map(|section| {
        let lines = section.lines.iter().map(|line| directive(line, files)).collect::<Vec<_>>();
        let mut object = directive(&section.header, files);
        object["lines"] = Value::Array(lines);
        object
    });
    let dump = json!({
        "version": 1,
        "haproxy_version": config::VERSION,
        "files": ids.iter().map(|id| files.name(*id)).collect::<Vec<_>>(),
        "sections": sections.collect::<Vec<_>>(),
        "proxies": meaning(&view),
    });
    format!("{dump:#}\n")
}

/// The proxies as they are in force, without what only layout decides.
pub fn meaning(view: &View<'_>) -> Value {
    Value::Array(view.proxies.iter().map(|each| proxy(each, view.files)).collect())
}

fn directive(line: &Directive, files: &Files) -> Value {
    json!({ "words": texts(&line.words), "place": place(line.span, files) })
}

fn texts(words: &[Word]) -> Vec<String> {
    words.iter().map(|word| word.show().into_owned()).collect()
}

fn place(span: Span, files: &Files) -> Value {
    let (start, end) = (files.place(span), files.end_place(span));
    json!({
        "file": start.file,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    })
}

fn proxy(proxy: &Proxy<'_>, files: &Files) -> Value {
    let kind = match proxy.ir.kind {
        Kind::Backend => "backend",
        Kind::Frontend => "frontend",
        Kind::Listen => "listen",
    };
    let routes = proxy.routes().iter().map(|route| {
        let condition = route.line.words.get(route.line.body().len()..).unwrap_or(&[]);
        let condition = if route.is_default { Vec::new() } else { texts(condition) };
        json!({ "backend": route.target.show(), "condition": condition, "place": place(route.line.span(), files) })
    });
    json!({
        "kind": kind,
        "name": proxy.name.show(),
        "id": proxy.ir.id,
        "mode": if proxy.ir.mode == Mode::Http { "http" } else { "tcp" },
        "disabled": proxy.ir.disabled,
        "maxconn": proxy.ir.maxconn,
        "retries": proxy.ir.retries,
        "timeouts": timeouts(&proxy.ir.timeouts),
        "routes": routes.collect::<Vec<_>>(),
        "servers": proxy.servers().iter().map(|each| server(each, files)).collect::<Vec<_>>(),
        "lines": proxy.lines.iter().map(|each| line(each, files)).collect::<Vec<_>>(),
        "place": place(proxy.header.span, files),
    })
}

/// A line in force, which may come from `defaults`.
fn line(line: &Line<'_>, files: &Files) -> Value {
    json!({
        "words": texts(line.words),
        "negated": line.negated,
        "inherited": line.inherited,
        "place": place(line.span(), files),
    })
}

fn server(server: &Server<'_>, files: &Files) -> Value {
    let mut params = Map::new();
    for (name, value) in server.params() {
        let value = value.map_or(Value::Bool(true), |value| json!(value.show()));
        params.insert(name.show().into_owned(), value);
    }
    json!({
        "name": server.name.show(),
        "address": server.address.show(),
        "params": params,
        "place": place(server.line.span(), files),
    })
}

/// In milliseconds; what is not set is not there.
fn timeouts(all: &Timeouts) -> Value {
    let rows: [(&str, Option<Duration>); 12] = [
        ("check", all.check),
        ("client", all.client),
        ("client-fin", all.client_fin),
        ("client-hs", all.client_hs),
        ("connect", all.connect),
        ("http-keep-alive", all.http_keep_alive),
        ("http-request", all.http_request),
        ("queue", all.queue),
        ("server", all.server),
        ("server-fin", all.server_fin),
        ("tarpit", all.tarpit),
        ("tunnel", all.tunnel),
    ];
    let set = rows.into_iter().filter_map(|(name, time)| {
        let millis = u64::try_from(time?.as_millis()).unwrap_or(u64::MAX);
        Some((name.to_string(), json!(millis)))
    });
    Value::Object(set.collect())
}
