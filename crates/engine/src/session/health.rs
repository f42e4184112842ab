//! What a session and the health of its server have to do with each other: `observe`, `on-marked-down`,
//! `on-marked-up` (manual, section 5.2).

use super::{
    answer::End,
    exchange::Exchange,
    transport::{Sink, Source},
};
use crate::{
    check::observe::{self, Seen},
    fault::Kind,
    state::ProxyState,
};
use config::Proxy;
use sample::Stream;
use std::pin::pin;

/// The status that the logs have for a session that was cut short.
const CUT_STATUS: u16 = 500;
/// Why, as the logs say it, where a command did it.
pub const KILLED: u8 = b'K';

impl Seen {
    /// What an end without a response's head says of the server.
    pub fn of(end: &End) -> Option<Seen> {
        match end {
            End::Fault(fault) if fault.blames_server() => Some(Seen::Fault(*fault)),
            _ => None,
        }
    }
}

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// Tells a server that is observed how it did.
    pub fn observe(&self, seen: Option<Seen>) {
        let (Some(seen), Some(server)) = (seen, self.stream.target) else { return };
        if self.backend().servers.get(server).is_some_and(|said| said.observe.is_some()) {
            let backend = self.stream.backend.unwrap_or(self.session.frontend);
            observe::note(&self.session.worker, (backend, server), seen);
        }
    }

    /// Does what is to be done with the server, unless its sessions are ended meanwhile.
    pub async fn guarded<T>(&mut self, work: impl AsyncFnOnce(&mut Self) -> Result<T, End>) -> Result<T, End> {
        let Some(cut) = cut(self.backend(), self.backend_state(), self.stream.target) else {
            let done = work(self).await;
            return done.map_err(|end| self.explained(end));
        };
        let mut cut = pin!(cut);
        let why = tokio::select! {
            biased;
            done = Box::pin(work(self)) => return done.map_err(|end| self.explained(end)),
            why = &mut cut => why,
        };
        Err(cut_short(self.stream, why))
    }

    /// What ended a server's connection was a command, where one has ended its sessions.
    fn explained(&mut self, end: End) -> End {
        match end {
            End::Fault(fault) if fault.kind == Kind::ServerAbort && self.was_ended() => cut_short(self.stream, KILLED),
            end => end,
        }
    }
}

/// The moment at which the sessions of the server are ended, if that may come.
pub fn cut<'p>(be: &Proxy, state: &'p ProxyState, server: Option<usize>) -> Option<impl Future<Output = u8> + use<'p>> {
    let said = be.servers.get(server?)?;
    let replaced = || said.backup && be.servers.iter().any(|s| s.on_marked_up_shutdown_backup);
    let state = state.servers.get(server?)?;
    (said.on_marked_down_shutdown || replaced()).then(|| state.cut.given())
}

/// The end of a stream whose server's sessions were ended, for this reason.
pub fn cut_short(stream: &mut Stream, why: u8) -> End {
    stream.status = CUT_STATUS;
    End::Reject([why, b'C'])
}
