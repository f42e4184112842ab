//! `observe`: errors of the traffic itself count against a server's health (manual, section 5.2 `observe`, `on-error`).

use super::{
    digest,
    health::Bounds,
    outcome::{Outcome, Status},
    transition::{At, look},
};
use crate::{
    fault::{Fault, Kind},
    worker::Worker,
};
use config::keyword::server::{Observe, OnError};
use std::{rc::Rc, sync::atomic::Ordering::Relaxed};

/// What a request has shown of its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    Connected,
    Unconnected,
    /// The status of a response.
    Status(u16),
    /// No response: why.
    Fault(Fault),
}

impl Seen {
    /// Whether it speaks for the server, and the words for it where it does not.
    fn judge(self) -> Result<(), &'static str> {
        match self {
            Seen::Connected => Ok(()),
            Seen::Unconnected => Err("L4 unsuccessful connection"),
            Seen::Status(100..=499 | 501 | 505) => Ok(()),
            Seen::Status(_) => Err("Wrong http response"),
            Seen::Fault(fault) => Err(match fault.kind {
                Kind::ServerProtocol => "Invalid http response (headers)",
                Kind::ServerTimeout => "Read timeout (http)",
                _ => "Close from server (http)",
            }),
        }
    }

    /// Whether this mode looks at it. A connection that came about says little where responses are looked at.
    fn concerns(self, mode: Observe) -> bool {
        match mode {
            Observe::Layer4 => matches!(self, Seen::Connected | Seen::Unconnected),
            Observe::Layer7 => self != Seen::Connected,
        }
    }
}

/// Takes note of how a request fared, for a server that is observed.
pub fn note(worker: &Rc<Worker>, at: At, seen: Seen) {
    let Some((_, said, state)) = look(worker, at) else { return };
    let (Some(mode), Some(check)) = (said.observe, &said.check) else { return };
    if !seen.concerns(mode) || !state.is_running() {
        return;
    }
    let Err(what) = seen.judge() else { return state.observed_errors.store(0, Relaxed) };
    let errors = state.observed_errors.fetch_add(1, Relaxed) + 1;
    if errors < said.error_limit {
        return;
    }
    state.observed_errors.store(0, Relaxed);
    state.counts.mine().hanafail.one();
    let bounds = Bounds::of(check);
    let count = match said.on_error {
        OnError::FastInter => None,
        OnError::FailCheck => Some(state.check_health.load(Relaxed)),
        // Two failures short of down, and one: the one that is made up here.
        OnError::SuddenDeath => Some((bounds.rise + 1).min(state.check_health.load(Relaxed))),
        OnError::MarkDown => Some(bounds.rise),
    };
    if let Some(count) = count {
        state.check_health.store(count, Relaxed);
        let text = format!("Detected {errors} consecutive errors, last one was: {what}");
        digest(worker, at, &Outcome::new(Status::Hana).text(text), None);
    }
    state.check_soon.notify_one();
}
