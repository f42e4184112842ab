//! The message that a rewriting action changes, and how much it may grow.

use crate::flow::{Flow, Ruleset};
use message::Head;
use sample::{Env, Stream};

/// Which of a stream's two messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Response,
}

impl Side {
    pub(super) fn of(ruleset: Ruleset) -> Side {
        if ruleset.of_response() { Side::Response } else { Side::Request }
    }

    pub(super) fn head(self, stream: &mut Stream) -> &mut Head {
        match self {
            Side::Request => &mut stream.req,
            Side::Response => &mut stream.res,
        }
    }
}

/// Fields that frame the message: a rule that changed them would desynchronise the connection.
pub(super) const FRAMING: [&[u8]; 2] = [b"content-length", b"transfer-encoding"];

/// Appends a field if there is room for it.
pub(super) fn add(head: &mut Head, name: &[u8], value: &[u8], env: &dyn Env) -> Flow {
    if head.len() + name.len() + value.len() + 4 > env.head_limit() {
        return Flow::Failed;
    }
    head.add(name, value);
    Flow::Continue
}
