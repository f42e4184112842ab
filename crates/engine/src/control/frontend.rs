//! Commands that change frontends: `enable`, `disable`, `shutdown frontend`, `set maxconn frontend`.

use super::{Answer, Call, Command, command};
use crate::{log, state::ProxyState};
use config::keyword::stats::Level::Admin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

pub(super) const TABLE: &[Command] = &[
    command("disable frontend <frontend>", "disable frontend", Admin, "stop listening for a while", |call| {
        let (index, state) = state(call)?;
        refuse_shut_down(state, "disable")?;
        turn(&state.paused, true, "All sockets are already disabled.")?;
        call.worker.process.mute(|f| f == index);
        log::state::frontend(call.worker, index, "Paused");
        Ok(Answer::Done)
    }),
    command("enable frontend <frontend>", "enable frontend", Admin, "listen again", |call| {
        let (index, state) = state(call)?;
        refuse_shut_down(state, "enable")?;
        turn(&state.paused, false, "All sockets are already enabled.")?;
        match call.worker.process.unmute(|f| f == index) {
            Ok(()) => {
                log::state::frontend(call.worker, index, "Resumed");
                Ok(Answer::Done)
            }
            Err(_) => Err(Answer::error("Failed to resume frontend, check logs for precise cause (port conflict?).")),
        }
    }),
    command("shutdown frontend <frontend>", "shutdown frontend", Admin, "stop listening for good", |call| {
        let (index, state) = state(call)?;
        turn(&state.front.shut_down, true, "Frontend was already shut down.")?;
        state.paused.store(true, Relaxed);
        call.worker.process.mute(|f| f == index);
        log::state::proxy_stopped(call.worker, index);
        Ok(Answer::Done)
    }),
    command("set maxconn frontend <frontend> <value>", "set maxconn frontend", Admin, "change the limit", |call| {
        let (_, state) = state(call)?;
        let text = call.arg(1);
        if text.is_empty() {
            return Err(Answer::error("Integer value expected."));
        }
        let limit = u32::try_from(text.parse::<i64>().unwrap_or(0));
        state.front.maxconn.store(limit.map_err(|_| Answer::error("Value out of range."))?, Relaxed);
        call.worker.process.free.notify_waiters();
        Ok(Answer::Done)
    }),
];

fn state<'c>(call: &Call<'c>) -> Result<(usize, &'c ProxyState), Answer> {
    let index = call.frontend(0)?;
    let state = call.worker.process.proxies.get(index);
    state.map(|state| (index, state)).ok_or_else(|| Answer::error("No such frontend."))
}

fn refuse_shut_down(state: &ProxyState, what: &str) -> Result<(), Answer> {
    match state.front.shut_down.load(Relaxed) {
        true => Err(Answer::error(format!("Frontend was previously shut down, cannot {what}."))),
        false => Ok(()),
    }
}

/// Sets a flag, unless it is so already.
fn turn(flag: &AtomicBool, to: bool, already: &str) -> Result<(), Answer> {
    if flag.swap(to, Relaxed) == to { Err(Answer::info(already)) } else { Ok(()) }
}
