//! Administration by the statistics page: `stats admin` (manual, section 4.2).

use crate::{
    check::transition::{self, At},
    control::sessions,
    state::server::{Health, admin},
    worker::Worker,
};
use std::rc::Rc;

/// Carries out the form in a request's payload; the code that the page says it went by.
pub fn apply(worker: &Rc<Worker>, body: &[u8], complete: bool) -> &'static str {
    if !complete {
        return "EXCD";
    }
    let Some(form) = Form::parse(body) else { return "NONE" };
    if form.servers.is_empty() {
        return "NONE";
    }
    let (Some(action), Some(proxy)) = (action(&form.action), backend(worker, &form.backend)) else { return "ERRP" };
    let servers = &worker.process.config.proxies[proxy].servers;
    let found: Vec<_> = form.servers.iter().filter_map(|name| servers.iter().position(|s| s.name == *name)).collect();
    let changed = found.iter().filter(|server| action(worker, (proxy, **server))).count();
    match (found.len() == form.servers.len(), found.is_empty(), changed) {
        (_, true, _) => "ERRP",
        (false, ..) => "PART",
        (true, _, 0) => "NONE",
        _ => "DONE",
    }
}

/// What the form says.
struct Form {
    backend: Vec<u8>,
    servers: Vec<Vec<u8>>,
    action: Vec<u8>,
}

impl Form {
    /// `None` where the backend or the action is not said.
    fn parse(body: &[u8]) -> Option<Form> {
        let (mut backend, mut action, mut servers) = (None, None, Vec::new());
        for pair in body.split(|b| *b == b'&') {
            let equals = pair.iter().position(|b| *b == b'=')?;
            let value = decoded(pair.get(equals + 1..).unwrap_or(&[]));
            match pair.get(..equals) {
                Some(b"b") => backend = Some(value),
                Some(b"s") => servers.push(value),
                Some(b"action") => action = Some(value),
                _ => {}
            }
        }
        Some(Form { backend: backend?, servers, action: action? })
    }
}

/// `%XX` and `+` of a form.
fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *byte == b'%').and_then(|h| std::str::from_utf8(h).ok());
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(code) => {
                out.push(code);
                rest = after.get(2..).unwrap_or(&[]);
            }
            None => {
                out.push(if *byte == b'+' { b' ' } else { *byte });
                rest = after;
            }
        }
    }
    out
}

/// A backend by name, or by `#` and number.
fn backend(worker: &Worker, name: &[u8]) -> Option<usize> {
    let number = name.strip_prefix(b"#").and_then(|n| std::str::from_utf8(n).ok()?.parse::<u32>().ok());
    let is = |p: &config::Proxy| p.kind.is_backend() && number.map_or(p.name == name, |id| p.id == id);
    worker.process.config.proxies.iter().position(is)
}

/// What is done to a server; whether anything changed.
type Action = fn(&Rc<Worker>, At) -> bool;

fn action(name: &[u8]) -> Option<Action> {
    Some(match name {
        b"ready" => |worker, at| with_admin(worker, at, transition::make_ready),
        b"drain" => |worker, at| {
            with_admin(worker, at, |worker, at| {
                transition::leave_maintenance(worker, at);
                transition::enter_drain(worker, at);
            })
        },
        b"stop" => |worker, at| with_admin(worker, at, transition::enter_drain),
        b"start" => |worker, at| with_admin(worker, at, transition::make_ready),
        b"maint" | b"disable" => |worker, at| with_admin(worker, at, transition::enter_maintenance),
        b"enable" => |worker, at| with_admin(worker, at, transition::leave_maintenance),
        b"hrunn" => |worker, at| force(worker, at, Health::Up),
        b"hnolb" => |worker, at| force(worker, at, Health::Stopping),
        b"hdown" => |worker, at| force(worker, at, Health::Down),
        b"dhlth" => |worker, at| checks(worker, at, true),
        b"ehlth" => |worker, at| checks(worker, at, false),
        b"shutdown" => |worker, at| sessions::shut_down(worker, at),
        // Agent checks are refused in configurations: there is nothing to change.
        b"dagent" | b"eagent" | b"arunn" | b"adown" => |_, _| false,
        _ => return None,
    })
}

fn with_admin(worker: &Rc<Worker>, at: At, change: impl FnOnce(&Rc<Worker>, At)) -> bool {
    let Some(state) = worker.process.proxies.get(at.0).and_then(|p| p.servers.get(at.1)) else { return false };
    let before = state.admin() & !admin::CONFIG_MAINT;
    change(worker, at);
    state.admin() & !admin::CONFIG_MAINT != before
}

fn force(worker: &Rc<Worker>, at: At, to: Health) -> bool {
    let Some(state) = checked(worker, at) else { return false };
    let before = state.health();
    transition::health_by_command(worker, at, to);
    before != to
}

/// Stops the checks of a server, or lets them go on.
fn checks(worker: &Worker, at: At, stop: bool) -> bool {
    let Some(state) = checked(worker, at) else { return false };
    state.checks_paused.swap(stop, std::sync::atomic::Ordering::Relaxed) != stop
}

fn checked(worker: &Worker, (proxy, server): At) -> Option<&crate::state::ServerState> {
    let said = worker.process.config.proxies.get(proxy)?.servers.get(server)?;
    said.check.as_ref()?;
    worker.process.proxies.get(proxy)?.servers.get(server)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn forms_change_servers() {
        let config = "listen fe\n bind :1\nbackend b e\n server s1 127.0.0.1:1\n server s2 127.0.0.1:1 check\n";
        let worker = testing::worker(&config.replace("b e", "be"));
        let check = |body: &str, expect: &str| assert_eq!(apply(&worker, body.as_bytes(), true), expect, "{body}");
        let state = |server: usize| worker.process.proxies[1].servers[server].admin();
        check("", "NONE");
        check("b=be&action=maint", "NONE");
        check("b=be&s=s1&action=maint&x=y", "DONE");
        assert_eq!(state(0), admin::MAINT);
        check("action=maint&s=s1&b=%232", "NONE");
        check("b=be&s=s1&s=nope&action=ready", "PART");
        assert_eq!(state(0), 0);
        check("b=be&s=s1&s=s2&action=drain", "DONE");
        assert_eq!((state(0), state(1)), (admin::DRAIN, admin::DRAIN));
        check("b=be&s=nope&action=ready", "ERRP");
        check("b=nope&s=s1&action=ready", "ERRP");
        check("b=be&s=s1&action=bogus", "ERRP");
        check("b=be&s=s1&action=hdown", "NONE");
        check("b=be&s=s2&action=dhlth", "DONE");
        assert_eq!(apply(&worker, b"b=be", false), "EXCD");
    }
}
