//! What a session and the health of its server have to do with each other: `observe`, `on-marked-down`,
//! `on-marked-up` (manual, section 5.2).

use super::{
    answer::End,
    exchange::Exchange,
    transport::{Sink, Source},
};
use crate::check::observe::{self, Seen};
use std::pin::pin;

/// The status that the logs have for a session that was cut short.
const CUT_STATUS: u16 = 500;

impl Seen {
    /// What an end without a response's head says of the server.
    pub fn of(end: &End) -> Option<Seen> {
        match end {
            End::Fault(fault) if fault.blames_server() => Some(Seen::Fault(*fault)),
            _ => None,
        }
    }
}

impl<'e, R: Source, K: Sink> Exchange<'e, R, K> {
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
        let Some(cut) = self.cut() else { return work(self).await };
        let mut cut = pin!(cut);
        let why = tokio::select! {
            biased;
            done = Box::pin(work(self)) => return done,
            why = &mut cut => why,
        };
        self.stream.status = CUT_STATUS;
        Err(End::Reject([why, b'C']))
    }

    /// The moment at which the sessions of the server are ended, if that may come.
    fn cut(&self) -> Option<impl Future<Output = u8> + use<'e, R, K>> {
        let (be, server) = (self.backend(), self.stream.target?);
        let said = be.servers.get(server)?;
        let replaced = || said.backup && be.servers.iter().any(|s| s.on_marked_up_shutdown_backup);
        let state = self.backend_state().servers.get(server)?;
        (said.on_marked_down_shutdown || replaced()).then(|| state.cut.given())
    }
}
