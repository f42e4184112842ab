//! The words for the states of frontends, listeners, servers and backends.

use super::object::{Object, What, session_limit};
use crate::state::{
    ServerState,
    process::ListenerState,
    server::{Health, admin},
};
use config::keyword::{bind::Bind, server::Server};
use std::{borrow::Cow, sync::atomic::Ordering::Relaxed};

/// The column `status`.
pub fn status(object: &Object<'_>) -> Cow<'static, str> {
    match object.what {
        What::Frontend => frontend(object).into(),
        What::Backend => backend(object),
        What::Listener(_) => object.listener().map_or("", |(bind, state)| listener(object, bind, state)).into(),
        What::Server(_) => object.server().map_or("".into(), |(said, state)| server(object, said, state)),
    }
}

fn frontend(object: &Object<'_>) -> &'static str {
    let front = &object.state.front;
    let limit = session_limit(object, front);
    if front.shut_down.load(Relaxed) {
        "STOP"
    } else if object.state.paused.load(Relaxed) {
        "PAUSED"
    } else if limit > 0 && front.sessions.get() >= limit {
        "FULL"
    } else {
        "OPEN"
    }
}

fn listener(object: &Object<'_>, bind: &Bind, state: &ListenerState) -> &'static str {
    let limit = session_limit(object, &object.state.front);
    if bind.maxconn > 0 && state.sessions.get() >= bind.maxconn {
        "FULL"
    } else if limit > 0 && object.state.front.sessions.get() >= limit {
        "WAITING"
    } else {
        "OPEN"
    }
}

fn backend(object: &Object<'_>) -> Cow<'static, str> {
    let servers = &object.state.servers;
    let word = if servers.is_empty() || object.state.usable() > 0 { "UP" } else { "DOWN" };
    if !object.filtered {
        return word.into();
    }
    let up = servers.iter().filter(|s| s.is_running()).count();
    format!("{word} ({up}/{})", servers.len()).into()
}

/// How far a server is on its way between up and down: `n/m` behind its state, and which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    Steady,
    Rising(u32, u32),
    Falling(i64, u32),
}

/// The course of a server, by the checks of the server that judges it.
pub fn course(said: &Server, state: &ServerState) -> Course {
    let Some(check) = &said.check else { return Course::Steady };
    let health = state.check_health.load(Relaxed);
    if state.health() == Health::Down {
        return if health == 0 { Course::Steady } else { Course::Rising(health, check.rise) };
    }
    let top = check.rise + check.fall - 1;
    if health >= top {
        Course::Steady
    } else {
        Course::Falling(i64::from(health) - i64::from(check.rise) + 1, check.fall)
    }
}

fn server(object: &Object<'_>, said: &Server, state: &ServerState) -> Cow<'static, str> {
    if state.in_maintenance() {
        return maintenance(object, said, state);
    }
    let Some((judge, judging)) = object.judged_by() else { return "".into() };
    let word = match state.health() {
        Health::Down => "DOWN",
        _ if state.is_draining() => "DRAIN",
        Health::Stopping => "NOLB",
        Health::Up if judge.check.is_none() => return "no check".into(),
        Health::Up => "UP",
    };
    match course(judge, judging) {
        Course::Steady => word.into(),
        Course::Rising(n, of) => format!("{word} {n}/{of}").into(),
        Course::Falling(n, of) => format!("{word} {n}/{of}").into(),
    }
}

fn maintenance(object: &Object<'_>, said: &Server, state: &ServerState) -> Cow<'static, str> {
    match tracked(object, said) {
        Some(name) if state.admin() & admin::MAINT == 0 => format!("MAINT (via {name})").into(),
        _ => "MAINT".into(),
    }
}

/// `backend/server` of the server that this one tracks.
pub fn tracked(object: &Object<'_>, said: &Server) -> Option<String> {
    let (proxy, server) = said.track?;
    let proxy = object.process.config.proxies.get(proxy)?;
    let server = proxy.servers.get(server)?;
    Some(format!("{}/{}", String::from_utf8_lossy(&proxy.name), String::from_utf8_lossy(&server.name)))
}

/// What the codes of checks mean, for people.
pub const CHECKS: &[(&str, &str)] = &[
    ("UNK", "Unknown"),
    ("INI", "Initializing"),
    ("CHECKED", "No status change"),
    ("HANA", "Health analyze"),
    ("SOCKERR", "Socket error"),
    ("L4OK", "Layer4 check passed"),
    ("L4TOUT", "Layer4 timeout"),
    ("L4CON", "Layer4 connection problem"),
    ("L6OK", "Layer6 check passed"),
    ("L6TOUT", "Layer6 timeout"),
    ("L6RSP", "Layer6 invalid response"),
    ("L7TOUT", "Layer7 timeout"),
    ("L7RSP", "Layer7 invalid response"),
    ("L7OK", "Layer7 check passed"),
    ("L7OKC", "Layer7 check conditionally passed"),
    ("L7STS", "Layer7 wrong status"),
];

/// The words for a check's code.
pub fn check_words(code: &str) -> &'static str {
    CHECKS.iter().find(|(known, _)| *known == code).map_or("Unknown", |(_, words)| words)
}
