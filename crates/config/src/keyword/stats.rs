//! `stats …` of proxies and of the global section (manual, sections 3.1 and 4.2).

use crate::keyword::bind::Bind;
use rules::{Cond, Rule};
use std::{sync::Arc, time::Duration};

/// The statistics page of a proxy.
#[derive(Debug, Clone)]
pub struct Stats {
    /// Prefix of the request target: `/haproxy?stats` unless said otherwise.
    pub uri: Vec<u8>,
    pub realm: Option<Vec<u8>>,
    /// User and password.
    pub auth: Vec<(Vec<u8>, Vec<u8>)>,
    pub refresh: Option<Duration>,
    pub hide_version: bool,
    pub show_desc: Option<Option<Vec<u8>>>,
    pub show_legends: bool,
    pub show_modules: bool,
    /// `Some(None)` = the machine's name.
    pub show_node: Option<Option<Vec<u8>>>,
    /// Names of the proxies shown; empty = all. `.` is the proxy itself.
    pub scope: Vec<Vec<u8>>,
    pub admin: Vec<Cond>,
    pub http_request: Vec<Arc<Rule>>,
}

/// A `stats socket` line.
#[derive(Debug, Clone)]
pub struct StatsSocket {
    pub bind: Bind,
    pub level: Level,
    pub expose_fd_listeners: bool,
}

/// What a command of the socket needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    User,
    #[default]
    Operator,
    Admin,
}
