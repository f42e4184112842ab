//! `shutdown sessions server`.

use super::{Answer, Command, command};
use crate::{check::transition::At, worker::Worker};
use config::keyword::stats::Level::Admin;

pub(super) const TABLE: &[Command] = &[command(
    "shutdown sessions server <bk>/<srv>",
    "shutdown sessions server",
    Admin,
    "end the sessions of a server",
    |call| {
        shut_down(call.worker, call.server(0)?.at);
        Ok(Answer::Done)
    },
)];

/// Ends all sessions of a server; whether there were any.
pub fn shut_down(worker: &Worker, (proxy, server): At) -> bool {
    let Some(state) = worker.process.proxies.get(proxy).and_then(|p| p.servers.get(server)) else { return false };
    worker.process.kills.give((proxy, server));
    state.served.get() > 0
}
