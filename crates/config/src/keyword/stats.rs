//! `stats …` of proxies and of the global section (manual, sections 3.1 and 4.2).

use crate::{
    draft::{GlobalDraft, ProxyDraft},
    keyword::{
        bind::{self, Bind, BindDraft},
        rules as conditions,
    },
    line::Line,
    row::{GlobalRow, ProxyRow},
    value::Unit,
};
use rules::{Cond, Rule, Ruleset};
use sample::Places;
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

/// What the `stats` lines of a section said.
#[derive(Debug, Default)]
pub struct StatsDraft {
    /// Any of the lines brings the page to life.
    pub enabled: bool,
    /// Whether the section said a line itself: nothing is inherited then.
    pub own: bool,
    pub uri: Option<Vec<u8>>,
    pub realm: Option<Vec<u8>>,
    pub auth: Vec<(Vec<u8>, Vec<u8>)>,
    pub refresh: Option<Duration>,
    /// 3.4 hides its version unless told otherwise.
    pub show_version: bool,
    pub show_desc: Option<Option<Vec<u8>>>,
    pub show_legends: bool,
    pub show_modules: bool,
    pub show_node: Option<Option<Vec<u8>>>,
    pub scope: Vec<Vec<u8>>,
    pub admin: Vec<Cond>,
    pub http_request: Vec<Rule>,
}

impl StatsDraft {
    /// What it means; `None` = no page.
    pub fn resolve(self) -> Option<Stats> {
        self.enabled.then(|| Stats {
            uri: self.uri.unwrap_or_else(|| b"/haproxy?stats".to_vec()),
            realm: self.realm,
            auth: self.auth,
            refresh: self.refresh,
            hide_version: !self.show_version,
            show_desc: self.show_desc,
            show_legends: self.show_legends,
            show_modules: self.show_modules,
            show_node: self.show_node,
            scope: self.scope,
            admin: self.admin,
            http_request: self.http_request.into_iter().map(Arc::new).collect(),
        })
    }
}

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("stats enable", |line, proxy| on(line, proxy, |_| {})),
    ProxyRow::full("stats hide-version", |line, proxy| on(line, proxy, |stats| stats.show_version = false))
        .bad(&["stats hide-version x"]),
    ProxyRow::full("stats show-version", |line, proxy| on(line, proxy, |stats| stats.show_version = true)),
    ProxyRow::full("stats show-legends", |line, proxy| on(line, proxy, |stats| stats.show_legends = true)),
    ProxyRow::parsed("stats show-modules").reads(|line, proxy| on(line, proxy, |stats| stats.show_modules = true)),
    ProxyRow::full("stats uri", |line, proxy| {
        let uri = line.bytes("'uri' needs an URI prefix.")?;
        on(line, proxy, |stats| stats.uri = Some(uri))
    })
    .bad(&["stats uri"]),
    ProxyRow::full("stats realm", |line, proxy| {
        let realm = line.bytes("'realm' needs an user-visible realm.")?;
        on(line, proxy, |stats| stats.realm = Some(realm))
    })
    .ok(&["stats realm Haproxy\\ Statistics"])
    .bad(&["stats realm"]),
    ProxyRow::full("stats auth", auth).bad(&["stats auth"]),
    ProxyRow::full("stats refresh", |line, proxy| {
        let refresh = line.duration(Unit::Seconds, "'refresh' needs a positive interval in seconds.")?;
        on(line, proxy, |stats| stats.refresh = (!refresh.is_zero()).then_some(refresh))
    })
    .bad(&["stats refresh", "stats refresh a"]),
    ProxyRow::full("stats scope", |line, proxy| {
        let name = line.bytes("'scope' needs a proxy name.")?;
        on(line, proxy, |stats| stats.scope.push(name))
    })
    .bad(&["stats scope"]),
    ProxyRow::full("stats show-desc", |line, proxy| {
        let text = line.rest().iter().map(|word| word.bytes()).collect::<Vec<_>>().join(&b' ');
        on(line, proxy, |stats| stats.show_desc = Some(Some(text).filter(|text| !text.is_empty())))
    })
    .ok(&["stats show-desc"]),
    ProxyRow::full("stats show-node", |line, proxy| {
        let node = line.word().map(|word| word.bytes().to_vec());
        on(line, proxy, |stats| stats.show_node = Some(node))
    })
    .ok(&["stats show-node"]),
    ProxyRow::full("stats admin", |line, proxy| {
        let places = conditions::places(proxy, Places::FE_HTTP_REQ, Places::BE_HTTP_REQ);
        let cond = conditions::condition(line, proxy, "'stats admin'", places)?;
        on(line, proxy, |stats| stats.admin.push(cond))
    })
    .bad(&["stats admin", "stats admin foo"]),
    ProxyRow::full("stats http-request", |line, proxy| {
        let (at, words) = (line.keyword_span(), line.rest());
        let rule = conditions::with(line, proxy, |parse| rules::parse_rule(Ruleset::HttpRequest, at, words, parse))?;
        on(line, proxy, |stats| stats.http_request.push(rule))
    })
    .bad(&["stats http-request", "stats http-request foo"]),
];

pub static GLOBAL: &[GlobalRow] = &[
    GlobalRow::full("stats socket", socket)
        .ok(&[
            "stats socket /tmp/x mode 600 level admin expose-fd listeners",
            "stats socket ipv4@127.0.0.1:9999 level user",
        ])
        .bad(&["stats socket", "stats socket /tmp/x foo", "stats socket /tmp/x level foo"]),
    GlobalRow::full("stats timeout", |line, draft| {
        let missing = "'global statistics timeout' expects an integer value (in milliseconds)";
        draft.global.stats_timeout = Some(line.duration(Unit::Millis, missing)?);
        line.end()
    })
    .bad(&["stats timeout", "stats timeout x"]),
    GlobalRow::parsed("stats maxconn"),
    GlobalRow::parsed("stats calculate-max-counters"),
];

/// Ends the line and changes the page, which is alive from here on.
fn on(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft, change: impl FnOnce(&mut StatsDraft)) -> Option<()> {
    line.end()?;
    proxy.stats.enabled = true;
    change(&mut proxy.stats);
    Some(())
}

fn auth(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let word = line.need("'auth' needs a user:password account.")?;
    let text = word.bytes();
    let colon = text.iter().position(|b| *b == b':').unwrap_or(text.len());
    let (user, password) = (text[..colon].to_vec(), text.get(colon + 1..).unwrap_or(&[]).to_vec());
    on(line, proxy, |stats| stats.auth.push((user, password)))
}

fn socket(line: &mut Line<'_, '_>, draft: &mut GlobalDraft) -> Option<()> {
    let word = line.need("'stats socket' in global section expects an address or a path to a UNIX socket")?;
    // `unix-bind` is for `bind` lines only.
    let (prefix, access) = (std::mem::take(&mut line.cx.unix_prefix), std::mem::take(&mut line.cx.unix_bind));
    let address = bind::socket(line, word);
    let mut bind = BindDraft::new(line);
    (line.cx.unix_prefix, line.cx.unix_bind) = (prefix, access);
    let address = address?;
    line.prefix = "'stats socket' : ".into();
    line.params(&bind::DICTIONARY, &mut bind)?;
    draft.global.sockets.push(StatsSocket {
        bind: Bind { address, ..bind.bind },
        level: bind.level.unwrap_or_default(),
        expose_fd_listeners: bind.expose_fd_listeners,
    });
    Some(())
}
