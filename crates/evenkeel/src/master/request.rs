//! What a conversation asks of the master.

use config::keyword::stats::Level;
use std::os::unix::net::UnixStream;
use tokio::sync::oneshot::Sender;

pub(super) enum Request {
    Reload {
        hard: bool,
        reply: Sender<String>,
    },
    /// `show proc`
    Processes {
        debug: bool,
        reply: Sender<String>,
    },
    /// `show startup-logs`; with `status`, whether the start was a success too.
    Startup {
        status: bool,
        reply: Sender<String>,
    },
    /// A conversation with a worker: `1` is the current one, `!PID` any.
    Call {
        whom: String,
        level: Level,
        reply: Sender<Option<UnixStream>>,
    },
    /// Whether the last start was a success.
    State {
        reply: Sender<bool>,
    },
}
