//! What a rule is, and what it tells the engine to do.

use message::Head;
use sample::{Env, Places, Stream, row::Name};
use source::Span;
use std::{sync::Arc, time::Duration};

/// What follows from a rule or a whole ruleset.
#[derive(Debug)]
pub enum Flow {
    /// On to the next rule; from a ruleset: on with the stream.
    Continue,
    /// The rest of this ruleset is skipped: `allow`, `accept`.
    Stop,
    /// The request ends here with this answer: `deny`, `return`, `redirect`, `auth`.
    Answer(Box<Reply>),
    /// The same, but after `timeout tarpit`, so that the client waits for nothing.
    Tarpit(Box<Reply>),
    /// The connection is closed without an answer: `reject`.
    Reject,
    /// The same without telling the client: `silent-drop`.
    SilentDrop,
    /// Not enough data yet: call again with more, or when the inspection delay is over.
    Wait,
    /// Go on after this time: `pause`.
    Pause(Duration),
    /// The engine's own applet answers: `use-service`.
    Service(&'static str),
    /// The action could not be carried out and the ruleset is strict: status 500.
    Failed,
}

/// A complete answer made by a rule.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// Status line and fields, `content-length` included where a body may follow.
    pub head: Head,
    pub body: Vec<u8>,
    /// The connection is closed behind it.
    pub close: bool,
    /// Whether it counts as a denial (`deny`, `tarpit`) in the statistics and in the termination state.
    pub denied: bool,
}

/// The rulesets of a proxy, in the order in which a stream meets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ruleset {
    TcpRequestConnection,
    TcpRequestSession,
    TcpRequestContent,
    HttpRequest,
    TcpResponseContent,
    HttpResponse,
    HttpAfterResponse,
}

/// One action, parsed and ready to run on any thread.
pub trait Action: std::fmt::Debug + Send + Sync {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow;

    /// Visits the names that the action refers to, for `config::resolve` to fill in.
    fn names(&mut self, _visit: &mut dyn FnMut(&mut Name)) {}
}

/// An action and its condition.
#[derive(Debug)]
pub struct Rule {
    pub action: Box<dyn Action>,
    pub cond: Option<Cond>,
    pub span: Span,
}

/// A condition: ACL terms in disjunctive form (manual, section 7.2).
#[derive(Debug, Clone, Default)]
pub struct Cond {
    /// True when all terms of any of these are true.
    pub any: Vec<Vec<Term>>,
    /// `unless`.
    pub negated: bool,
}

/// A reference to an ACL, possibly negated.
#[derive(Debug, Clone)]
pub struct Term {
    pub negated: bool,
    pub acl: Arc<crate::acl::Acl>,
}
