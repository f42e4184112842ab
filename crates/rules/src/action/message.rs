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

/// How the names of fields are compared: `-m str|beg|end|sub`. Both sides are in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    Beg,
    End,
    Str,
    Sub,
}

impl Names {
    pub(super) fn parse(method: &[u8]) -> Option<Names> {
        match method {
            b"beg" => Some(Names::Beg),
            b"end" => Some(Names::End),
            b"str" => Some(Names::Str),
            b"sub" => Some(Names::Sub),
            _ => None,
        }
    }

    fn has(self, name: &[u8], pattern: &[u8]) -> bool {
        match self {
            Names::Beg => name.starts_with(pattern),
            Names::End => name.ends_with(pattern),
            Names::Str => name == pattern,
            Names::Sub => memchr::memmem::find(name, pattern).is_some(),
        }
    }

    /// Removes the fields whose names match.
    pub(super) fn remove(self, head: &mut Head, pattern: &[u8]) {
        match self {
            Names::Str => drop(head.remove(pattern)),
            _ => remove_if(head, |name| self.has(name, pattern)),
        }
    }
}

/// Removes the fields whose names are such.
pub(super) fn remove_if(head: &mut Head, such: impl Fn(&[u8]) -> bool) {
    for at in (0..head.fields().len()).rev() {
        if head.fields().get(at).is_some_and(|field| such(head.get(field.name))) {
            head.remove_at(at);
        }
    }
}
