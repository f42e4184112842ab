//! `errorfile` and its kin: answers in the place of HAProxy's own (manual, section 4.2).

use crate::{draft::ProxyDraft, ir::ErrorAnswer, line::Line, row::ProxyRow};
use rules::http_errors;
use std::sync::Arc;

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("errorfile", errorfile).bad(&["errorfile", "errorfile 999 x", "errorfile 503 nope.http"]),
    ProxyRow::full("errorfiles", errorfiles).bad(&["errorfiles", "errorfiles nope"]),
    ProxyRow::full("errorloc", |line, proxy| location(line, proxy, 302))
        .bad(&["errorloc 503", "errorloc 600 http://a"]),
    ProxyRow::full("errorloc302", |line, proxy| location(line, proxy, 302)),
    ProxyRow::full("errorloc303", |line, proxy| location(line, proxy, 303)),
    ProxyRow::refused("http-error"),
];

/// Reads the file of an `errorfile` line.
pub fn read_file(line: &mut Line<'_, '_>) -> Option<(u16, Vec<u8>)> {
    let name = line.name;
    let missing = format!("{name} : expects <status_code> and <file> as arguments.");
    let status = status(line, &missing)?;
    let path = line.need(&missing)?;
    let shown = path.show();
    let raw = match line.cx.host.read(path.bytes()) {
        Ok(raw) => raw,
        Err(why) => {
            return line.fail("missing-file", format!("{name} : error opening file '{shown}' : {why}."));
        }
    };
    if !raw.is_empty() && http_errors::parse(&raw).is_none() {
        return line.fail("bad-errorfile", format!("{name} : unable to convert message in HTX from file '{shown}'."));
    }
    line.end()?;
    Some((status, raw))
}

fn errorfile(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let (status, raw) = read_file(line)?;
    put(proxy, status, ErrorAnswer::File(raw));
    Some(())
}

fn errorfiles(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let name = line.need("errorfiles : expects a section name")?;
    let Some(pages) = line.cx.http_errors.get(name.bytes()).cloned() else {
        let message = format!("errorfiles : unknown http-errors section '{}'.", name.show());
        return line.fail("unknown-http-errors", message);
    };
    let mut wanted: Vec<u16> = Vec::new();
    while line.peek().is_some() {
        wanted.push(status(line, "errorfiles : expects status codes")?);
    }
    for (status, raw) in pages {
        if wanted.is_empty() || wanted.contains(&status) {
            put(proxy, status, ErrorAnswer::File(raw));
        }
    }
    Some(())
}

fn location(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft, code: u16) -> Option<()> {
    let missing = format!("{} : expects <status_code> and <url> as arguments.", line.name);
    let status = status(line, &missing)?;
    let url = line.bytes(&missing)?;
    if line.word().is_some() {
        let message = format!("{} : expects exactly two arguments.", line.name);
        return line.fail("unexpected-argument", message);
    }
    put(proxy, status, ErrorAnswer::Location(code, url));
    Some(())
}

fn status(line: &mut Line<'_, '_>, missing: &str) -> Option<u16> {
    let name = line.name;
    let word = line.need(missing)?;
    match word.str().and_then(|text| text.parse().ok()).filter(|status| http_errors::has_page(*status)) {
        Some(status) => Some(status),
        None => line.fail("bad-status", format!("{name} : status code '{}' not handled.", word.show())),
    }
}

fn put(proxy: &mut ProxyDraft, status: u16, answer: ErrorAnswer) {
    proxy.errors.retain(|(known, _)| *known != status);
    proxy.errors.push((status, Arc::new(answer)));
}
