//! What was said: the sections as written, each value where its keyword put it, nothing inherited by name yet.

use crate::{
    ir::{Capture, CookieCapture, ErrorAnswer, Global, Kind, Mode, RetryOn},
    keyword::{
        address::Address,
        balance::{Balance, HashFunction, PreserveAffinity},
        bind::Bind,
        check::CheckDraft,
        cookie::Cookie,
        log::{FormatDraft, LogDraft},
        options::{ForwardFor, HttpMode, Options, Reuse},
        server::ServerParams,
        server_line::ServerDraft,
        stats::StatsDraft,
        stick::StickDraft,
        stick_table::StickTableDraft,
        timeouts::Timeouts,
    },
};
use rules::{Acls, Cond, Rule, Userlist};
use sample::format::Format;
use source::{Span, Word};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// A configuration as it was said.
#[derive(Debug, Default)]
pub struct Draft {
    pub global: GlobalDraft,
    pub proxies: Vec<ProxyDraft>,
    pub userlists: Vec<Userlist>,
    /// The tables of sections of peers, by their whole names.
    pub tables: Vec<(Vec<u8>, StickTableDraft)>,
}

/// The global section, and which words it said.
#[derive(Debug, Default)]
pub struct GlobalDraft {
    pub global: Global,
    pub said: Said,
    /// `zero-warning`: a warning refuses the configuration.
    pub zero_warning: bool,
}

/// Which keywords a section said, and where last.
#[derive(Debug, Clone, Default)]
pub struct Said {
    places: HashMap<&'static str, SaidAt>,
}

/// Where a keyword stands, and whether it came from a `defaults` section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaidAt {
    pub span: Span,
    pub inherited: bool,
}

impl Said {
    pub fn note(&mut self, words: &'static str, span: Span, inherited: bool) -> Option<SaidAt> {
        self.places.insert(words, SaidAt { span, inherited })
    }

    pub fn get(&self, words: &str) -> Option<SaidAt> {
        self.places.get(words).copied()
    }

    /// The place of the first of these that was said.
    pub fn any(&self, words: &[&str]) -> Option<SaidAt> {
        words.iter().find_map(|w| self.get(w))
    }
}

/// A frontend, backend or listen section. What it inherits from `defaults` has been said to it first, line by line.
#[derive(Debug, Default)]
pub struct ProxyDraft {
    pub name: Vec<u8>,
    /// The opening line.
    pub span: Span,
    /// `None` for a `defaults` section.
    pub kind: Option<Kind>,
    pub said: Said,
    pub mode: Option<Mode>,
    pub id: Option<u32>,
    pub disabled: bool,
    pub description: Option<Vec<u8>>,
    pub timeouts: Timeouts,
    pub options: Options,
    pub log: Vec<LogDraft>,
    pub formats: FormatDraft,
    pub log_tag: Option<Vec<u8>>,
    pub errors: Vec<(u16, Arc<ErrorAnswer>)>,
    pub acls: Acls,
    pub rules: RulesDraft,
    /// The ruleset whose last rule always ends it, and where that stands.
    pub ends: Option<(&'static str, Span)>,
    pub captures: rules::parse::Captures,
    pub monitor_uri: Option<Vec<u8>>,
    pub monitor_fail: Vec<Cond>,
    pub stats: StatsDraft,
    /// `Some(None)`: `no option forwarded`.
    pub forwarded: Option<Option<crate::keyword::forwarded::Forwarded>>,
    pub forward_for: Option<ForwardFor>,
    pub original_to: Option<ForwardFor>,
    pub unique_id_format: Option<Format>,
    pub unique_id_header: Option<Vec<u8>>,
    pub http_mode: Option<HttpMode>,

    pub binds: Vec<Bind>,
    pub maxconn: Option<u32>,
    pub backlog: Option<u32>,
    pub session_rate_limit: Option<u32>,
    pub switching: Vec<SwitchDraft>,
    pub default_backend: Option<Word>,
    pub req_captures: Vec<Capture>,
    pub res_captures: Vec<Capture>,
    pub cookie_capture: Option<CookieCapture>,

    pub balance: Option<Balance>,
    pub hash: HashDraft,
    pub cookie: Option<Cookie>,
    pub dynamic_cookie_key: Option<Vec<u8>>,
    pub default_server: ServerParams,
    pub servers: Vec<ServerDraft>,
    pub use_server: Vec<SwitchDraft>,
    /// `source`, for servers that have none of their own.
    pub source: Option<Address>,
    pub check: CheckDraft,
    pub retries: Option<u32>,
    pub retry_on: Option<Vec<RetryOn>>,
    pub redispatch: Option<i32>,
    pub fullconn: Option<u32>,
    pub reuse: Option<Reuse>,
    pub force_persist: Vec<Cond>,
    pub ignore_persist: Vec<Cond>,
    /// The first counts; a section has but one table.
    pub stick_tables: Vec<StickTableDraft>,
    pub stick_request: Vec<StickDraft>,
    pub stick_response: Vec<StickDraft>,
}

impl ProxyDraft {
    /// `None` for a `defaults` section, `Some(false)` for a backend.
    pub fn is_frontend(&self) -> bool {
        self.kind.is_none_or(Kind::is_frontend)
    }

    pub fn is_backend(&self) -> bool {
        self.kind.is_none_or(Kind::is_backend)
    }

    /// The section as messages name it: `backend 'b'`.
    pub fn show(&self) -> String {
        let word = match self.kind {
            None => "defaults",
            Some(Kind::Backend) => "backend",
            Some(Kind::Frontend) => "frontend",
            Some(Kind::Listen) => "proxy",
        };
        format!("{word} '{}'", String::from_utf8_lossy(&self.name))
    }
}

/// `hash-type` and its kin.
#[derive(Debug, Clone, Default)]
pub struct HashDraft {
    pub consistent: Option<bool>,
    pub function: Option<HashFunction>,
    pub avalanche: bool,
    pub factor: Option<u32>,
    pub preserve: Option<PreserveAffinity>,
}

/// The rules of a section, each ruleset in the order of its lines.
#[derive(Debug, Default)]
pub struct RulesDraft {
    pub tcp_request_connection: Vec<Rule>,
    pub tcp_request_session: Vec<Rule>,
    pub tcp_request_content: Vec<Rule>,
    pub http_request: Vec<Rule>,
    /// `redirect`, run behind `http_request`.
    pub redirect: Vec<Rule>,
    pub tcp_response_content: Vec<Rule>,
    pub http_response: Vec<Rule>,
    pub http_after_response: Vec<Rule>,
    pub req_inspect_delay: Option<Duration>,
    pub res_inspect_delay: Option<Duration>,
}

/// `use_backend` or `use-server`.
#[derive(Debug)]
pub struct SwitchDraft {
    pub name: Word,
    /// The name, where it is computed for each stream.
    pub format: Option<Format>,
    pub cond: Option<Cond>,
    pub span: Span,
}
