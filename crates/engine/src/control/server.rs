//! Commands that change servers: state, health, weight, address, limit (management guide, section 9.3 `set server`).

use super::{Answer, Call, Command, command, find::Found};
use crate::{
    check::transition,
    state::{ServerState, server::Health},
};
use config::keyword::{
    balance::Balance,
    stats::Level::{Admin, User},
};
use std::{net::IpAddr, sync::atomic::Ordering::Relaxed};

pub(super) const TABLE: &[Command] = &[
    command(
        "set server <bk>/<srv> [opts]",
        "set server",
        Admin,
        "change the state, weight, address or health",
        set_server,
    ),
    command("enable server", "enable server", Admin, "leave maintenance", |call| {
        transition::leave_maintenance(call.worker, call.server(0)?.at);
        Ok(Answer::Done)
    }),
    command("disable server", "disable server", Admin, "enter maintenance", |call| {
        transition::enter_maintenance(call.worker, call.server(0)?.at);
        Ok(Answer::Done)
    }),
    command("enable health", "enable health", Admin, "let the checks of a server go on", |call| {
        call.server(0)?.state.checks_paused.store(false, Relaxed);
        Ok(Answer::Done)
    }),
    command("disable health", "disable health", Admin, "stop the checks of a server", |call| {
        call.server(0)?.state.checks_paused.store(true, Relaxed);
        Ok(Answer::Done)
    }),
    command("get weight <bk>/<srv>", "get weight", User, "the weight of a server", |call| {
        let state = call.server(0)?.state;
        let (weight, initial) = (state.weight.load(Relaxed), state.initial_weight);
        Ok(Answer::Text(format!("{weight} (initial {initial})\n")))
    }),
    command("set weight <bk>/<srv> <weight>[%]", "set weight", Admin, "change the weight of a server", |call| {
        let found = call.server(0)?;
        set_weight(call, &found, call.arg(1))
    }),
    command("set maxconn server <bk>/<srv>", "set maxconn server", Admin, "change the limit of a server", set_maxconn),
];

const USAGE: &str = "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | \
                     check-addr | check-port | fqdn | health | ssl | state | weight";

fn set_server(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let found = call.server(0)?;
    match call.arg(1) {
        "state" => set_state(call, &found),
        "health" => set_health(call, &found),
        "weight" => set_weight(call, &found, call.arg(2)),
        "addr" => set_address(call, &found),
        "agent" | "agent-send" => Err(Answer::error("agent checks are not enabled on this server.")),
        "agent-addr" | "agent-port" => Err(Answer::error("agent checks are not enabled on this server")),
        word @ ("check-addr" | "check-port" | "fqdn" | "ssl") => {
            Err(Answer::error(format!("'set server <srv> {word}' is not supported by evenkeel yet.")))
        }
        _ => Err(Answer::error(USAGE)),
    }
}

fn set_state(call: &Call<'_>, found: &Found<'_>) -> Result<Answer, Answer> {
    match call.arg(2) {
        "ready" => transition::make_ready(call.worker, found.at),
        "drain" => {
            transition::leave_maintenance(call.worker, found.at);
            transition::enter_drain(call.worker, found.at);
        }
        "maint" => transition::enter_maintenance(call.worker, found.at),
        _ => return Err(Answer::error("'set server <srv> state' expects 'ready', 'drain' and 'maint'.")),
    }
    Ok(Answer::Done)
}

fn set_health(call: &Call<'_>, found: &Found<'_>) -> Result<Answer, Answer> {
    if found.said.track.is_some() {
        return Err(Answer::error("cannot change health on a tracking server."));
    }
    let to = match call.arg(2) {
        "up" => Health::Up,
        "stopping" => Health::Stopping,
        "down" => Health::Down,
        _ => return Err(Answer::error("'set server <srv> health' expects 'up', 'stopping', or 'down'.")),
    };
    transition::health_by_command(call.worker, found.at, to);
    Ok(Answer::Done)
}

fn set_weight(call: &Call<'_>, found: &Found<'_>, text: &str) -> Result<Answer, Answer> {
    if text.is_empty() {
        return Err(Answer::error("Require <weight> or <weight%>."));
    }
    let initial = found.state.initial_weight;
    let weight = weight(text, initial).map_err(Answer::error)?;
    if is_static(found) && weight != 0 && weight != initial {
        let message = "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.";
        return Err(Answer::error(message));
    }
    found.state.weight.store(weight, Relaxed);
    transition::weight(call.worker, found.at);
    Ok(Answer::Done)
}

/// An absolute weight, or a percentage of the initial one.
fn weight(text: &str, initial: u32) -> Result<u32, &'static str> {
    let end = text.char_indices().find(|(at, c)| !(c.is_ascii_digit() || (*at == 0 && matches!(c, '-' | '+'))));
    let (number, rest) = text.split_at(end.map_or(text.len(), |(at, _)| at));
    let number: i64 = number.parse().map_err(|_| "Empty weight string empty or preceded by garbage")?;
    match rest {
        "" if (0..=256).contains(&number) => Ok(number as u32),
        "" => Err("Absolute weight can only be between 0 and 256 inclusive."),
        "%" if number < 0 => Err("Relative weight must be positive."),
        "%" => Ok((i64::from(initial).saturating_mul(number) / 100).min(256) as u32),
        _ => Err("Trailing garbage in weight string"),
    }
}

/// Whether the weights of an algorithm are fixed once it runs.
fn is_static(found: &Found<'_>) -> bool {
    match found.proxy.balance {
        Balance::StaticRr => true,
        Balance::First | Balance::LeastConn | Balance::Random(_) | Balance::RoundRobin | Balance::Sticky => false,
        _ => !found.proxy.hash.consistent,
    }
}

/// `addr ADDRESS [port PORT]`.
fn set_address(call: &Call<'_>, found: &Found<'_>) -> Result<Answer, Answer> {
    let text = call.arg(2);
    if text.is_empty() {
        return Err(Answer::error("set server <b>/<s> addr requires an address and optionally a port."));
    }
    let ip: IpAddr = text.parse().map_err(|_| Answer::error(format!("Invalid addr '{text}'")))?;
    let port = match call.arg(3) {
        "port" => Some(port(call.arg(4))?),
        _ => None,
    };
    let changes = change_address(found.state, ip, port);
    if changes.is_empty() {
        return Err(Answer::warning("nothing changed"));
    }
    transition::weight(call.worker, found.at);
    Ok(Answer::info(format!("{} by 'stats socket command'", changes.join(", "))))
}

fn port(text: &str) -> Result<u16, Answer> {
    let wrong = || Answer::error(format!("problem converting port '{text}' to an int"));
    text.parse::<u32>().ok().and_then(|port| u16::try_from(port).ok()).ok_or_else(wrong)
}

/// Changes the address in force; says what is different.
fn change_address(state: &ServerState, ip: IpAddr, port: Option<u16>) -> Vec<String> {
    let was = state.addr();
    let old_port = was.map_or(0, |at| at.port());
    let port = port.unwrap_or(old_port);
    let mut changes = Vec::new();
    if was.is_none_or(|at| at.ip() != ip) {
        let old = was.map_or("(none)".into(), |at| at.ip().to_string());
        changes.push(format!("IP changed from '{old}' to '{ip}'"));
    }
    if port != old_port {
        changes.push(format!("port changed from '{old_port}' to '{port}'"));
    }
    if !changes.is_empty() {
        state.set_addr(ip, port);
        state.addr_changed.store(true, Relaxed);
    }
    changes
}

fn set_maxconn(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let found = call.server(0)?;
    let text = call.arg(1);
    if text.is_empty() {
        return Err(Answer::error("Require <maxconn>."));
    }
    let limit: i64 = text.parse().map_err(|_| Answer::error("maxconn string empty or preceded by garbage"))?;
    found.state.maxconn.store(limit.clamp(0, u32::MAX.into()) as u32, Relaxed);
    let load = found.proxy_state.back.sessions.get();
    while found.state.is_running() && found.proxy_state.queues.hand_over(found.at.1, || found.state.take_slot(load)) {}
    Ok(Answer::Done)
}
