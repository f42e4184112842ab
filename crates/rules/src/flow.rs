//! What a rule is, and what it tells the engine to do.

use crate::cond::Cond;
use message::{Head, Version};
use sample::{Cx, Env, Places, Stream, row::Name};
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
    /// The connection to the server is closed: `close` of `tcp-response content`.
    Close,
    /// The same as `Reject` without telling the client: `silent-drop`. The number is the TTL of a reset that reaches
    /// the next hops only (`rst-ttl`); 0 sends nothing.
    SilentDrop(u8),
    /// Not enough data yet: call again with more, or when the inspection delay is over.
    Wait,
    /// `wait-for-body`: receive the body until `at_least` bytes of it (0: all) are there, or the buffer is full. When
    /// `within` is over, the answer is 408 (request) or 504 (response). Then go on with the rule behind.
    WaitForBody { within: Duration, at_least: u64 },
    /// Go on with the rule behind after this time: `pause`.
    Pause(Duration),
    /// The engine's own applet answers: `use-service`.
    Service(&'static str),
    /// The action could not be carried out: status 500. A ruleset in `strict-mode off` goes on instead.
    Failed,
    /// A PROXY header is to come first: `expect-proxy`.
    ExpectProxy,
    /// A NetScaler header is to come first: `expect-netscaler-cip`.
    ExpectNetscaler,
    /// A field of an interim response: `early-hint`. [`crate::run`] gathers them.
    Hint(Box<(Vec<u8>, Vec<u8>)>),
    /// An interim response goes out, then the rules go on behind.
    Hints(Box<Head>),
    /// HTTP is spoken from here on: `switch-mode http`.
    SwitchMode(Protocol),
    /// `strict-mode`: whether a failed rewriting by the rules behind is an error. [`crate::run`] keeps it to itself.
    Strict(bool),
}

/// The HTTP that a connection is switched to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// What its first bytes show.
    Any,
    H1,
    H2,
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
    /// A password is asked for, which is a failure of the client: `auth`.
    pub unauthorized: bool,
    /// What logs and statistics show where that is not the head's status: an `errorfile` may say anything.
    pub status: Option<u16>,
    /// Nothing is sent at all, only the connection closed: an empty `errorfile`.
    pub silent: bool,
}

/// The rulesets of a proxy, in the order in which a stream meets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ruleset {
    QuicInitial,
    TcpRequestConnection,
    TcpRequestSession,
    TcpRequestContent,
    HttpRequest,
    TcpResponseContent,
    HttpResponse,
    HttpAfterResponse,
    TcpCheck,
    HttpCheck,
}

impl Ruleset {
    pub const ALL: [Ruleset; 10] = [
        Ruleset::QuicInitial,
        Ruleset::TcpRequestConnection,
        Ruleset::TcpRequestSession,
        Ruleset::TcpRequestContent,
        Ruleset::HttpRequest,
        Ruleset::TcpResponseContent,
        Ruleset::HttpResponse,
        Ruleset::HttpAfterResponse,
        Ruleset::TcpCheck,
        Ruleset::HttpCheck,
    ];

    /// The words that start a line of the ruleset.
    pub fn name(self) -> &'static str {
        match self {
            Ruleset::QuicInitial => "quic-initial",
            Ruleset::TcpRequestConnection => "tcp-request connection",
            Ruleset::TcpRequestSession => "tcp-request session",
            Ruleset::TcpRequestContent => "tcp-request content",
            Ruleset::HttpRequest => "http-request",
            Ruleset::TcpResponseContent => "tcp-response content",
            Ruleset::HttpResponse => "http-response",
            Ruleset::HttpAfterResponse => "http-after-response",
            Ruleset::TcpCheck => "tcp-check",
            Ruleset::HttpCheck => "http-check",
        }
    }

    /// Whether the ruleset sees the response.
    pub fn of_response(self) -> bool {
        matches!(self, Ruleset::TcpResponseContent | Ruleset::HttpResponse | Ruleset::HttpAfterResponse)
    }

    /// Whether data can still be missing when its rules are evaluated, so that they wait for it.
    pub fn waits(self) -> bool {
        matches!(self, Ruleset::TcpRequestContent | Ruleset::TcpResponseContent)
    }

    /// The place at which the ruleset of a frontend, of a backend, or of both is evaluated.
    pub fn places(self, frontend: bool, backend: bool) -> Places {
        let (fe, be) = match self {
            Ruleset::QuicInitial | Ruleset::TcpRequestConnection => (Places::FE_CONNECTION, Places(0)),
            Ruleset::TcpRequestSession => (Places::FE_SESSION, Places(0)),
            Ruleset::TcpRequestContent => (Places::FE_REQ_CONTENT, Places::BE_REQ_CONTENT),
            Ruleset::HttpRequest => (Places::FE_HTTP_REQ, Places::BE_HTTP_REQ),
            Ruleset::TcpResponseContent => (Places::FE_RES_CONTENT, Places::BE_RES_CONTENT),
            Ruleset::HttpResponse | Ruleset::HttpAfterResponse => (Places::FE_HTTP_RES, Places::BE_HTTP_RES),
            Ruleset::TcpCheck | Ruleset::HttpCheck => (Places(0), Places::CHECK),
        };
        let none = Places(0);
        (if frontend { fe } else { none }) | (if backend { be } else { none })
    }
}

/// One action, parsed and ready to run on any thread.
pub trait Action: std::fmt::Debug + Send + Sync {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow;

    /// Whether a session in TCP mode may become HTTP by it: then the frontend's HTTP rules hold.
    fn switches_mode(&self) -> bool {
        false
    }

    /// Whether it adds to an interim response: those that follow each other unconditionally share one.
    fn hints(&self) -> bool {
        false
    }

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

/// Evaluates the rules from number `from` until one of them decides something else than to go on.
///
/// Answers with what follows, and the number of the rule from which to call again after [`Flow::Wait`] (the rule that
/// waits), [`Flow::WaitForBody`], [`Flow::Hints`] or [`Flow::Pause`] (the rule behind). `last` says that nothing more will come or may
/// be waited for: what is not there then counts as missing. Never answers `Strict` or `Hint`.
pub fn run(
    rules: &[Arc<Rule>],
    stream: &mut Stream,
    env: &dyn Env,
    place: Places,
    from: usize,
    last: bool,
) -> (Flow, usize) {
    if from == 0 {
        stream.lenient = false;
    }
    let mut hints: Option<Box<Head>> = None;
    for (at, rule) in rules.iter().enumerate().skip(from) {
        match rule.run(stream, env, place, last) {
            Flow::Continue => {}
            Flow::Failed if stream.lenient => {}
            Flow::Strict(on) => stream.lenient = !on,
            Flow::Hint(field) => {
                let head = hints.get_or_insert_with(|| Box::new(Head::response(Version::HTTP_11, 103, b"Early Hints")));
                head.add(&field.0, &field.1);
                let goes_on = rules.get(at + 1).is_some_and(|next| next.cond.is_none() && next.action.hints());
                if let Some(head) = hints.take_if(|_| !goes_on) {
                    return (Flow::Hints(head), at + 1);
                }
            }
            Flow::Wait => {
                stream.waiting = Some(rule.span);
                return (Flow::Wait, at);
            }
            flow => {
                note(stream, rule, &flow);
                return (flow, at + 1);
            }
        }
    }
    stream.waiting = None;
    (Flow::Continue, rules.len())
}

/// Takes note of the rule that waits, or that ended the evaluation.
fn note(stream: &mut Stream, rule: &Rule, flow: &Flow) {
    let waits = matches!(flow, Flow::WaitForBody { .. } | Flow::Pause(_));
    if matches!(flow, Flow::Hints(_)) {
        return;
    }
    stream.waiting = waits.then_some(rule.span);
    if !waits {
        stream.last_rule = Some(rule.span);
    }
}

impl Rule {
    /// The effect of this rule alone; `Continue` where its condition does not hold.
    pub fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places, last: bool) -> Flow {
        match self.holds(&Cx { stream, env, place }, last) {
            None => Flow::Wait,
            Some(false) => Flow::Continue,
            Some(true) => self.action.run(stream, env, place),
        }
    }

    /// Whether the condition holds; `None` where it is too early to tell.
    pub fn holds(&self, cx: &Cx<'_>, last: bool) -> Option<bool> {
        self.cond.as_ref().map_or(Some(true), |cond| cond.eval(cx, last).ok())
    }
}
