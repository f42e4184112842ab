//! `show servers state`, `show servers conn`, `show backend` (management guide, section 9.3).

use super::{Answer, Call, Command, command};
use crate::state::{
    ProxyState, ServerState,
    server::{Health, admin},
};
use config::{
    Proxy,
    keyword::{address::Address, server::Server, stats::Level::User},
};
use std::{fmt::Write, sync::atomic::Ordering::Relaxed};

pub(super) const TABLE: &[Command] = &[
    command("show backend", "show backend", User, "the names of the backends", |call| {
        let proxies = call.worker.process.config.proxies.iter().filter(|p| p.kind.is_backend() && !p.disabled);
        let names: String = proxies.map(|p| format!("{}\n", String::from_utf8_lossy(&p.name))).collect();
        Ok(Answer::Text(format!("# name\n{names}")))
    }),
    command("show servers state [<backend>]", "show servers state", User, "servers, for a state file", |call| {
        let mut out = format!("1\n# {STATE_COLUMNS}\n");
        each(call, |proxy, _, said, state| state_line(call, proxy, said, state, &mut out))?;
        Ok(Answer::Text(out))
    }),
    command("show servers conn [<backend>]", "show servers conn", User, "servers and their connections", |call| {
        let threads = call.worker.process.threads.max(1);
        let mut out = format!("# {CONN_COLUMNS} idle_per_thr[{threads}]\n");
        each(call, |proxy, _, said, state| conn_line(proxy, said, state, threads, &mut out))?;
        Ok(Answer::Text(out))
    }),
];

const STATE_COLUMNS: &str = "be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight \
    srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state \
    srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port \
    srv_check_addr srv_agent_addr srv_agent_port";

const CONN_COLUMNS: &str = "bkname/svname bkid/svid addr port - purge_delay served used_cur used_max need_est \
    idle_sess unsafe_nb safe_nb idle_lim idle_cur";

/// Every server of the backend that the first argument names, or of all of them.
fn each(call: &Call<'_>, mut line: impl FnMut(&Proxy, &ProxyState, &Server, &ServerState)) -> Result<(), Answer> {
    let name = call.arg(0);
    let only = match name {
        "" => None,
        _ => Some(call.backend(name).ok_or_else(|| Answer::error("Can't find backend."))?),
    };
    let process = &call.worker.process;
    let both = process.config.proxies.iter().zip(&process.proxies).enumerate();
    for (_, (proxy, state)) in both.filter(|(at, (p, _))| only.is_none_or(|o| o == *at) && !p.disabled) {
        proxy.servers.iter().zip(&state.servers).for_each(|(said, now)| line(proxy, state, said, now));
    }
    Ok(())
}

fn state_line(call: &Call<'_>, proxy: &Proxy, said: &Server, state: &ServerState, out: &mut String) {
    let (addr, port) = address(said, state);
    let since = call.worker.ms().saturating_sub(state.changed.load(Relaxed)) / 1000;
    let (status, result) = check_numbers(said, state);
    let fqdn = said.hostname.as_deref().map_or("-".into(), String::from_utf8_lossy);
    let check_addr = match said.check.as_ref().and_then(|c| c.addr.as_ref()) {
        Some(Address::Ip(ip, _)) => ip.to_string(),
        _ => "-".into(),
    };
    let _ = writeln!(
        out,
        "{} {} {} {} {addr} {} {} {} {} {since} {status} {result} {} {} 0 0 0 {fqdn} {port} - 0 {} {check_addr} - 0",
        proxy.id,
        String::from_utf8_lossy(&proxy.name),
        said.id,
        String::from_utf8_lossy(&said.name),
        operational(state),
        administrative(state),
        state.weight.load(Relaxed),
        state.initial_weight,
        state.check_health.load(Relaxed),
        check_state(said, state),
        said.check.as_ref().and_then(|c| c.port).unwrap_or(0),
    );
}

fn address(said: &Server, state: &ServerState) -> (String, u16) {
    match (state.addr(), &said.address) {
        (Some(at), _) => (at.ip().to_string(), at.port()),
        (_, Address::Unix(path)) => (String::from_utf8_lossy(path).into_owned(), 0),
        _ => ("-".into(), 0),
    }
}

/// 0 stopped, 2 running, 3 stopping.
fn operational(state: &ServerState) -> u32 {
    match state.health() {
        _ if state.in_maintenance() => 0,
        Health::Down => 0,
        Health::Up => 2,
        Health::Stopping => 3,
    }
}

/// The bits of HAProxy's administrative state.
fn administrative(state: &ServerState) -> u32 {
    let bits = [
        (admin::MAINT, 0x01),
        (admin::TRACKED_MAINT, 0x02),
        (admin::CONFIG_MAINT, 0x04),
        (admin::DRAIN, 0x08),
        (admin::TRACKED_DRAIN, 0x10),
    ];
    bits.iter().filter(|(bit, _)| state.admin() & bit != 0).map(|(_, number)| number).sum()
}

/// The codes of checks in the order of their numbers.
const STATUS: &[&str] = &[
    "UNK", "INI", "START", "CHECKED", "HANA", "SOCKERR", "L4OK", "L4TOUT", "L4CON", "L6OK", "L6TOUT", "L6RSP",
    "L7TOUT", "L7RSP", "L57DATA", "L7OK", "L7OKC", "L7STS", "PROCERR", "PROCTOUT", "PROCOK",
];

/// Numbers of the last check's code and result: 0 none, 2 failed, 3 passed, 4 passed conditionally.
fn check_numbers(said: &Server, state: &ServerState) -> (usize, u32) {
    if said.check.is_none() {
        return (1, 0);
    }
    let last = state.check_result();
    let status = STATUS.iter().position(|known| *known == last.status).unwrap_or(1);
    let result = match last.status {
        "" | "INI" | "UNK" => 0,
        "L4OK" | "L6OK" | "L7OK" => 3,
        "L7OKC" => 4,
        _ => 2,
    };
    (status, result)
}

/// Bits: 1 running now, 2 configured, 4 enabled, 8 paused.
fn check_state(said: &Server, state: &ServerState) -> u32 {
    if said.check.is_none() {
        return 0;
    }
    let paused = state.checks_paused.load(Relaxed) || state.in_maintenance();
    6 + u32::from(state.check_result().running) + if paused { 8 } else { 0 }
}

fn conn_line(proxy: &Proxy, said: &Server, state: &ServerState, threads: usize, out: &mut String) {
    let (addr, port) = address(said, state);
    let (served, idle) = (state.served.get(), state.idle.get());
    let limit = said.pool_max_conn.map_or(-1, i64::from);
    let _ = write!(
        out,
        "{}/{} {}/{} {addr} {port} - {} {served} {served} {} {} 0 0 {idle} {limit} {idle}",
        String::from_utf8_lossy(&proxy.name),
        String::from_utf8_lossy(&said.name),
        proxy.id,
        said.id,
        said.pool_purge_delay.as_millis(),
        state.served.max(),
        state.served.max(),
    );
    // Idle connections are counted for all threads together; the first one stands for them.
    (0..threads).for_each(|thread| out.push_str(&format!(" {}", if thread == 0 { idle } else { 0 })));
    out.push('\n');
}
