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
];

/// Reads the status and the file of an `errorfile` line.
pub fn read_file(line: &mut Line<'_, '_>) -> Option<(u16, Vec<u8>)> {
    let missing = format!("{} : expects <status_code> and <file> as arguments.", line.name);
    let status = status(line, &missing)?;
    let raw = read_message(line, &missing)?;
    line.end()?;
    Some((status, raw))
}

/// The file that the next argument names; it must hold a whole HTTP/1 message, or nothing.
pub fn read_message(line: &mut Line<'_, '_>, missing: &str) -> Option<Vec<u8>> {
    let raw = read_bytes(line, missing)?;
    if raw.is_empty() || http_errors::parse(&raw).is_some() {
        return Some(raw);
    }
    let message = format!("{} : the file does not hold a valid HTTP/1 response.", line.name);
    line.fail("bad-errorfile", message)
}

/// The bytes of the file that the next argument names.
pub fn read_bytes(line: &mut Line<'_, '_>, missing: &str) -> Option<Vec<u8>> {
    let path = line.need(missing)?;
    match line.cx.host.read(path.bytes()) {
        Ok(raw) => Some(raw),
        Err(why) => {
            let message = format!("{} : error opening file '{}' : {why}.", line.name, path.show());
            line.fail("missing-file", message)
        }
    }
}

/// The pages of the `http-errors` section that the next argument names.
pub fn section(line: &mut Line<'_, '_>) -> Option<Vec<(u16, Vec<u8>)>> {
    let name = line.need("errorfiles : expects a section name")?;
    match line.cx.http_errors.get(name.bytes()).cloned() {
        Some(pages) => Some(pages),
        None => {
            let message = format!("errorfiles : unknown http-errors section '{}'.", name.show());
            line.fail("unknown-http-errors", message)
        }
    }
}

fn errorfile(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let (status, raw) = read_file(line)?;
    put(proxy, status, ErrorAnswer::File(raw));
    Some(())
}

fn errorfiles(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let pages = section(line)?;
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

/// A status for which there is an answer to replace.
pub fn status(line: &mut Line<'_, '_>, missing: &str) -> Option<u16> {
    let name = line.name;
    let word = line.need(missing)?;
    match word.str().and_then(|text| text.parse().ok()).filter(|status| http_errors::has_page(*status)) {
        Some(status) => Some(status),
        None => line.fail("bad-status", format!("{name} : status code '{}' not handled.", word.show())),
    }
}

pub fn put(proxy: &mut ProxyDraft, status: u16, answer: ErrorAnswer) {
    proxy.errors.retain(|(known, _)| *known != status);
    proxy.errors.push((status, Arc::new(answer)));
}
