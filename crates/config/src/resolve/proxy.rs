//! One proxy as the engine runs it: defaults filled in, names replaced by numbers.

use super::{Say, names::Index, servers, sticks::Tables};
use crate::{
    draft::{Draft, HashDraft, ProxyDraft, RulesDraft, SwitchDraft},
    ir::{Config, Global, Kind, Mode, Proxy, RetryOn, Rules, Switch, Target, UseServer},
    keyword::{
        balance::{Balance, Hash, HashFunction, PreserveAffinity},
        bind::Bind,
        log::{LogDraft, LogFormats, LogTarget},
    },
};
use source::{Diagnostic, Form};
use std::{collections::HashMap, sync::Arc};

/// `retries` where nobody said (manual, section 4.2).
const RETRIES: u32 = 3;

/// What names stand for.
#[derive(Debug)]
pub(super) struct Names<'n> {
    pub(super) index: &'n Index,
    pub(super) tables: &'n mut Tables,
}

pub(super) fn build(
    mut draft: ProxyDraft,
    id: u32,
    mode: Mode,
    global: &Global,
    names: Names<'_>,
    say: &mut Say<'_>,
) -> Proxy {
    let Names { index, tables } = names;
    let shown = String::from_utf8_lossy(&draft.name).into_owned();
    let stick_request = tables.rules(&shown, &draft.name, std::mem::take(&mut draft.stick_request), say);
    let stick_response = tables.rules(&shown, &draft.name, std::mem::take(&mut draft.stick_response), say);
    let kind = draft.kind.unwrap_or(Kind::Listen);
    let here = index.backend(&draft.name).filter(|_| kind.is_backend());
    let use_server = use_server(&draft, here, index, say);
    let servers = servers::build(&draft, say);
    let mut cookie = draft.cookie.filter(|_| mode == Mode::Http);
    if let Some(cookie) = &mut cookie {
        cookie.dynamic_key.clone_from(&draft.dynamic_cookie_key);
    }
    let switching = draft.switching.into_iter().filter_map(|s| switch(s, index)).collect();
    let default_backend = draft.default_backend.and_then(|word| index.backend(word.bytes()));
    Proxy {
        name: draft.name,
        id,
        span: draft.span,
        kind,
        mode,
        disabled: draft.disabled,
        description: draft.description,
        timeouts: draft.timeouts,
        options: draft.options,
        log: log(draft.log, global),
        log_formats: LogFormats { log: draft.formats.log, error: draft.formats.error, sd: draft.formats.sd },
        log_tag: draft.log_tag,
        errors: draft.errors,
        rules: rules(draft.rules, mode),
        monitor_uri: draft.monitor_uri.filter(|_| mode == Mode::Http),
        monitor_fail: draft.monitor_fail,
        stats: draft.stats.resolve().filter(|_| mode == Mode::Http),
        forwarded: draft.forwarded.flatten().filter(|_| mode == Mode::Http),
        forward_for: draft.forward_for.filter(|_| mode == Mode::Http),
        original_to: draft.original_to.filter(|_| mode == Mode::Http),
        unique_id_format: draft.unique_id_format,
        unique_id_header: draft.unique_id_header,
        http_mode: draft.http_mode.unwrap_or_default(),
        binds: numbered(draft.binds),
        maxconn: draft.maxconn.unwrap_or(0),
        backlog: draft.backlog.unwrap_or(0),
        session_rate_limit: draft.session_rate_limit.unwrap_or(0),
        switching,
        default_backend,
        req_captures: draft.req_captures,
        res_captures: draft.res_captures,
        cookie_capture: draft.cookie_capture,
        balance: balance(draft.balance, mode),
        hash: hash(&draft.hash),
        cookie,
        servers,
        use_server,
        check: draft.check.resolve(),
        retries: draft.retries.unwrap_or(RETRIES),
        retry_on: draft.retry_on.unwrap_or_else(|| vec![RetryOn::ConnFailure]),
        redispatch: draft.redispatch,
        fullconn: draft.fullconn.unwrap_or(0),
        reuse: draft.reuse.unwrap_or_default(),
        force_persist: draft.force_persist,
        ignore_persist: draft.ignore_persist,
        stick_request,
        stick_response,
    }
}

/// The ids of proxies in order: those that are said, and numbers for the others, from 2 where a statistics socket takes
/// the first.
pub(super) fn ids(draft: &Draft, say: &mut Say<'_>) -> Vec<u32> {
    let mut taken: HashMap<u32, &ProxyDraft> = HashMap::new();
    for proxy in &draft.proxies {
        let Some(id) = proxy.id else { continue };
        if let Some(first) = taken.insert(id, proxy) {
            let message = format!("custom id {id} for {} already used at {}.", proxy.show(), say.place(first.span));
            let finding = Diagnostic::alert("duplicate-id", proxy.span, message).related(first.span, "the first one");
            say.push(finding.help("give each proxy its own id").form(Form::Plain));
        }
    }
    let mut next = if draft.global.global.sockets.is_empty() { 1 } else { 2 };
    draft.proxies.iter().map(|proxy| number(proxy.id, &taken, &mut next)).collect()
}

/// `fullconn` where nobody said: a tenth of the connections that the frontends let in which may come here (manual,
/// section 4.2). It stays 0 where a frontend has no limit of its own and the process's is not known yet.
pub(super) fn fullconn(config: &mut Config) {
    let limit = |proxy: &Proxy| match proxy.maxconn {
        0 => config.global.maxconn,
        limit => Some(limit),
    };
    let routes = |proxy: &Proxy, to: usize| {
        let rules = proxy.switching.iter().any(|switch| matches!(switch.target, Target::Fixed(at) if at == to));
        rules || proxy.default_backend == Some(to)
    };
    let derived = |(at, backend): (usize, &Proxy)| {
        let frontends = config.proxies.iter().enumerate().filter(|(_, proxy)| proxy.kind.is_frontend());
        let coming = frontends.filter(|(from, proxy)| routes(proxy, at) || (*from == at && backend.kind.is_backend()));
        let sum: Option<u32> =
            coming.map(|(_, proxy)| limit(proxy)).try_fold(0u32, |sum, n| Some(sum.saturating_add(n?)));
        if backend.fullconn > 0 { backend.fullconn } else { sum.unwrap_or(0).div_ceil(10) }
    };
    let list: Vec<u32> = config.proxies.iter().enumerate().map(derived).collect();
    config.proxies.iter_mut().zip(list).for_each(|(proxy, fullconn)| proxy.fullconn = fullconn);
}

/// The id that is said, or the next that is free; each proxy, server or listener counts, whether it says one or not.
pub(super) fn number<T>(said: Option<u32>, taken: &HashMap<u32, T>, next: &mut u32) -> u32 {
    while said.is_none() && taken.contains_key(next) {
        *next += 1;
    }
    *next += 1;
    said.unwrap_or(*next - 1)
}

/// The default of 3.4 is the less loaded of two random servers. Without HTTP there is nothing to hash.
fn balance(said: Option<Balance>, mode: Mode) -> Balance {
    match said {
        None => Balance::Random(2),
        Some(Balance::Hdr { .. } | Balance::Uri { .. } | Balance::UrlParam { .. }) if mode == Mode::Tcp => {
            Balance::RoundRobin
        }
        Some(balance) => balance,
    }
}

fn hash(draft: &HashDraft) -> Hash {
    Hash {
        consistent: draft.consistent.unwrap_or(false),
        function: draft.function.unwrap_or(HashFunction::Sdbm),
        // Consistent hashing spreads its keys by an avalanche unless a function is named.
        avalanche: draft.avalanche || (draft.consistent == Some(true) && draft.function.is_none()),
        factor: draft.factor.unwrap_or(0),
        preserve: draft.preserve.unwrap_or(PreserveAffinity::Always),
    }
}

fn log(lines: Vec<LogDraft>, global: &Global) -> Vec<LogTarget> {
    let targets = |line: LogDraft| match line {
        LogDraft::Global => global.log.clone(),
        LogDraft::Target(target) => vec![target],
    };
    lines.into_iter().flat_map(targets).collect()
}

/// In TCP mode, HTTP rules are never met, unless sessions may switch to HTTP.
fn rules(draft: RulesDraft, mode: Mode) -> Rules {
    let speaks_http = mode == Mode::Http || draft.switches_mode();
    let arc = |rules: Vec<rules::Rule>| rules.into_iter().map(Arc::new).collect::<Vec<_>>();
    let http = |rules: Vec<rules::Rule>| if speaks_http { arc(rules) } else { Vec::new() };
    let mut http_request = draft.http_request;
    http_request.extend(draft.redirect);
    Rules {
        tcp_request_connection: arc(draft.tcp_request_connection),
        tcp_request_session: arc(draft.tcp_request_session),
        tcp_request_content: arc(draft.tcp_request_content),
        http_request: http(http_request),
        tcp_response_content: arc(draft.tcp_response_content),
        http_response: http(draft.http_response),
        http_after_response: http(draft.http_after_response),
        req_inspect_delay: draft.req_inspect_delay,
        res_inspect_delay: draft.res_inspect_delay,
    }
}

/// Listeners are numbered from 1 unless they have an id of their own.
fn numbered(binds: Vec<Bind>) -> Vec<Bind> {
    let said = |bind: &Bind| Some(bind.id).filter(|id| *id > 0);
    let taken: HashMap<u32, ()> = binds.iter().filter_map(said).map(|id| (id, ())).collect();
    let mut next = 1;
    binds.into_iter().map(|bind| Bind { id: number(said(&bind), &taken, &mut next), ..bind }).collect()
}

fn switch(draft: SwitchDraft, index: &Index) -> Option<Switch> {
    let target = match draft.format {
        Some(format) => Target::Named(format),
        None => Target::Fixed(index.backend(draft.name.bytes())?),
    };
    Some(Switch { target, cond: draft.cond, span: draft.span })
}

fn use_server(draft: &ProxyDraft, here: Option<usize>, index: &Index, say: &mut Say<'_>) -> Vec<UseServer> {
    let mut list = Vec::new();
    for rule in &draft.use_server {
        let target = match &rule.format {
            Some(format) => Target::Named(format.clone()),
            None => match here.and_then(|here| index.server(here, rule.name.bytes())) {
                Some(at) => Target::Fixed(at),
                None => {
                    let name = rule.name.show();
                    let message =
                        format!("{} : unable to find server '{name}' referenced in a 'use-server' rule.", draft.show());
                    let help = format!("declare it with 'server {name} …', or correct the name");
                    say.push(Diagnostic::alert("unknown-server", rule.name.span, message).help(help).form(Form::Plain));
                    continue;
                }
            },
        };
        list.push(UseServer { target, cond: rule.cond.clone() });
    }
    list
}
