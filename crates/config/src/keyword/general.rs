//! The keywords of a proxy that are a plain value: `mode`, `maxconn`, `id`, … (manual, section 4.2).

use crate::{draft::ProxyDraft, ir::Mode, line::Line, row::ProxyRow};

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("mode", mode).ok(&["mode tcp", "mode http"]).bad(&["mode", "mode foo", "mode health", "mode log"]),
    ProxyRow::full("maxconn", |line, proxy| number(line, &mut proxy.maxconn))
        .ok(&["maxconn 0"])
        .bad(&["maxconn", "maxconn 10 20"]),
    ProxyRow::full("backlog", |line, proxy| number(line, &mut proxy.backlog)).bad(&["backlog"]),
    ProxyRow::full("fullconn", |line, proxy| number(line, &mut proxy.fullconn)).bad(&["fullconn"]),
    ProxyRow::full("rate-limit sessions", |line, proxy| {
        let missing = "'rate-limit sessions' expects an integer value (in sessions/second)";
        proxy.session_rate_limit = Some(line.int(0, i64::from(i32::MAX), missing)?);
        line.end()
    })
    .bad(&["rate-limit sessions", "rate-limit sessions a"]),
    ProxyRow::full("id", |line, proxy| {
        let id = line.lenient("'id' expects an integer argument.")?;
        match u32::try_from(id).ok().filter(|id| *id > 0) {
            Some(id) => proxy.id = Some(id),
            None => return line.fail("bad-argument", "custom id has to be > 0."),
        }
        line.end()
    })
    .bad(&["id", "id a", "id 0"]),
    ProxyRow::full("description", |line, proxy| {
        let first = line.bytes("'description' expects a string argument.")?;
        let words = line.rest().iter().map(|word| word.bytes());
        proxy.description = Some(std::iter::once(first.as_slice()).chain(words).collect::<Vec<_>>().join(&b' '));
        Some(())
    })
    .bad(&["description"]),
    ProxyRow::full("disabled", |line, proxy| {
        line.end()?;
        proxy.disabled = true;
        Some(())
    })
    .bad(&["disabled x"]),
    ProxyRow::full("enabled", |line, proxy| {
        line.end()?;
        proxy.disabled = false;
        Some(())
    }),
    ProxyRow::full("monitor-uri", |line, proxy| {
        let uri = line.bytes("'monitor-uri' expects an URI.")?;
        line.end()?;
        proxy.monitor_uri = Some(uri);
        Some(())
    })
    .bad(&["monitor-uri", "monitor-uri /a b"]),
    ProxyRow::full("monitor fail", |line, proxy| {
        let places = sample::Places::FE_HTTP_REQ;
        let cond = super::rules::condition(line, proxy, "'monitor fail'", places)?;
        proxy.monitor_fail.push(cond);
        Some(())
    })
    .bad(&["monitor fail", "monitor fail if nope"]),
];

fn mode(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let word = line.word();
    let mode = match word.map(|word| word.bytes()) {
        Some(b"http") => Mode::Http,
        Some(b"tcp") => Mode::Tcp,
        Some(b"log" | b"spop" | b"haterm") => {
            let what = format!("mode {}", word.map(|word| word.show()).unwrap_or_default());
            return line.not_supported(&what);
        }
        Some(b"health") => {
            let message = "'mode health' doesn't exist anymore. Please use 'http-request return status 200' instead.";
            return line.fail("removed-keyword", message);
        }
        _ => {
            let got = word.map(|word| word.show()).unwrap_or_default();
            return line.fail("bad-argument", format!("unknown proxy mode '{got}'."));
        }
    };
    proxy.mode = Some(mode);
    line.end()
}

fn number(line: &mut Line<'_, '_>, field: &mut Option<u32>) -> Option<()> {
    let missing = format!("'{}' expects an integer argument.", line.name);
    let value = line.natural(&missing)?;
    line.end()?;
    *field = Some(value);
    Some(())
}
