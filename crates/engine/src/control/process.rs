//! Commands about the process: limits, its version, its environment.

use super::{Answer, Call, Command, command};
use crate::log;
use config::keyword::stats::Level::{Admin, Operator, User};
use std::{sync::atomic::Ordering::Relaxed, time::SystemTime};

pub(super) const TABLE: &[Command] = &[
    command("set maxconn global <value>", "set maxconn global", Admin, "change the limit of connections", set_maxconn),
    command("set rate-limit <setting> <value>", "set rate-limit", Admin, "change a limit of rates", set_rate_limit),
    command("show env [var]", "show env", Operator, "the environment of the process", show_env),
    command("show errors [<px>] [request|response]", "show errors", Operator, "the last invalid messages", show_errors),
    command("show version", "show version", User, "the version", |_| Ok(Answer::info(config::VERSION))),
];

fn set_maxconn(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let process = &call.worker.process;
    if call.arg(0).is_empty() {
        return Err(Answer::error("Expects an integer value."));
    }
    let limit = call.arg(0).parse::<i64>().unwrap_or(0).max(0);
    if process.hard_maxconn > 0 && limit > process.hard_maxconn.into() {
        return Err(Answer::error("Value out of range."));
    }
    let limit = if limit == 0 { process.hard_maxconn } else { limit as u32 };
    process.maxconn.store(limit, Relaxed);
    process.free.notify_waiters();
    Ok(Answer::Done)
}

const RATE_LIMITS: &str = "'set rate-limit' only supports :\n   \
    - 'connections global' to limit connections per second\n   \
    - 'sessions global' to limit sessions per second\n   \
    - 'ssl-sessions global' to limit TLS sessions per second\n   \
    - 'http-compression global' to limit the kilobytes per second that are compressed";

fn set_rate_limit(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let process = &call.worker.process;
    let (limit, scale) = match (call.arg(0), call.arg(1)) {
        ("connections", "global") => (&process.connection_rate_limit, 1),
        ("sessions", "global") => (&process.session_rate_limit, 1),
        ("ssl-sessions", "global") => (&process.ssl_rate_limit, 1),
        ("http-compression", "global") => (&process.compression_rate_limit, 1024),
        _ => return Err(Answer::error(RATE_LIMITS)),
    };
    if call.arg(2).is_empty() {
        return Err(Answer::error("Expects an integer value."));
    }
    let value = u32::try_from(call.arg(2).parse::<i64>().unwrap_or(0));
    let value = value.map_err(|_| Answer::error("Value out of range."))?;
    limit.store(value.saturating_mul(scale), Relaxed);
    process.free.notify_waiters();
    Ok(Answer::Done)
}

fn show_env(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let wanted = call.arg(0);
    let all = std::env::vars_os().map(|(name, value)| (name.to_string_lossy().into_owned(), value));
    let lines: String = all
        .filter(|(name, _)| wanted.is_empty() || name == wanted)
        .map(|(name, value)| format!("{name}={}\n", value.to_string_lossy()))
        .collect();
    if lines.is_empty() && !wanted.is_empty() {
        return Err(Answer::error("Variable not found"));
    }
    Ok(Answer::Text(lines))
}

/// Invalid messages are counted, in `ereq` and `eresp`, but not kept: there is never one to show.
fn show_errors(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let name = call.arg(0);
    let known = call.worker.process.config.proxies.iter().any(|p| p.name == name.as_bytes());
    let number = name.strip_prefix('#').unwrap_or(name).parse::<i64>().is_ok();
    if !name.is_empty() && !known && !number {
        return Err(Answer::error("No such proxy."));
    }
    let mut date = Vec::new();
    log::write_date_micros(SystemTime::now(), &call.worker.log.zone, &mut date);
    Ok(Answer::Text(format!("Total events captured on [{}] : 0\n", String::from_utf8_lossy(&date))))
}
