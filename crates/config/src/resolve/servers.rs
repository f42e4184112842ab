//! Servers as the engine runs them.

use super::{Say, names::Index, proxy::number};
use crate::{
    draft::ProxyDraft,
    ir::Proxy,
    keyword::{
        address::Address,
        server::{Server, ServerCheck, ServerParams},
        server_line::ServerDraft,
    },
};
use source::{Diagnostic, Form, Severity, Word};
use std::{collections::HashMap, time::Duration};

/// Defaults of a server (manual, section 5.2).
const INTER: Duration = Duration::from_secs(2);
const RISE: u32 = 2;
const FALL: u32 = 3;
const ERROR_LIMIT: u32 = 10;
const POOL_PURGE_DELAY: Duration = Duration::from_secs(5);

/// The servers of a backend. `track` is left to be found when all backends are built.
pub(super) fn build(draft: &ProxyDraft, say: &mut Say<'_>) -> Vec<Server> {
    let ids = ids(draft, say);
    let build = |(server, id): (&ServerDraft, u32)| {
        ports(draft, server, say);
        one(draft, server, id)
    };
    draft.servers.iter().zip(ids).map(build).collect()
}

fn one(proxy: &ProxyDraft, draft: &ServerDraft, id: u32) -> Server {
    let params = &draft.params;
    Server {
        name: draft.name.clone(),
        id,
        span: draft.span,
        address: draft.address.clone(),
        port: draft.port,
        hostname: draft.hostname.clone(),
        weight: params.weight.unwrap_or(1),
        maxconn: params.maxconn,
        minconn: params.minconn,
        maxqueue: params.maxqueue,
        cookie: params.cookie.clone(),
        backup: params.backup,
        disabled: params.disabled,
        check: params.check.then(|| check(params)),
        init_state: params.init,
        track: None,
        slowstart: params.slowstart.unwrap_or_default(),
        send_proxy: params.send_proxy,
        proxy_v2: params.proxy_v2.clone(),
        check_send_proxy: params.check_send_proxy,
        proto: params.proto,
        websockets: params.websockets,
        redirect_prefix: params.redirect_prefix.clone(),
        hash_key: params.hash_key,
        guid: params.guid.clone(),
        pool_low_conn: params.pool_low_conn.unwrap_or(0),
        pool_max_conn: params.pool_max_conn,
        pool_purge_delay: params.pool_purge_delay.unwrap_or(POOL_PURGE_DELAY),
        max_reuse: params.max_reuse,
        observe: params.observe,
        on_error: params.on_error,
        error_limit: params.error_limit.unwrap_or(ERROR_LIMIT),
        on_marked_down_shutdown: params.on_marked_down_shutdown,
        on_marked_up_shutdown_backup: params.on_marked_up_shutdown_backup,
        non_stick: params.non_stick,
        source: params.source.clone().or_else(|| proxy.source.clone()),
    }
}

fn check(params: &ServerParams) -> ServerCheck {
    ServerCheck {
        inter: params.inter.unwrap_or(INTER),
        fastinter: params.fastinter,
        downinter: params.downinter,
        rise: params.rise.unwrap_or(RISE),
        fall: params.fall.unwrap_or(FALL),
        port: params.port,
        addr: params.addr.clone(),
        proto: params.check_proto.unwrap_or(params.proto),
    }
}

/// A check needs a port to go to.
fn ports(proxy: &ProxyDraft, server: &ServerDraft, say: &mut Say<'_>) {
    let internet = matches!(server.address, Address::Ip(..));
    let mapped = matches!(server.port, crate::keyword::address::Port::Offset(_));
    let has_check_port = server.params.port.is_some() || matches!(server.params.addr, Some(Address::Ip(_, 1..)));
    if server.params.check && internet && mapped && !has_check_port {
        let message = format!(
            "config: {}: server '{}' has neither service port nor check port.",
            proxy.show(),
            String::from_utf8_lossy(&server.name)
        );
        say.object(
            Severity::Alert,
            "check-without-port",
            server.span,
            message,
            "add 'port N' to the server, or a port to its address",
        );
    }
}

/// The ids in order: those that are said, and numbers from 1 for the others.
fn ids(draft: &ProxyDraft, say: &mut Say<'_>) -> Vec<u32> {
    let mut taken: HashMap<u32, &ServerDraft> = HashMap::new();
    for server in &draft.servers {
        let Some(id) = server.params.id else { continue };
        if let Some(first) = taken.insert(id, server) {
            let message = format!(
                "'server {}/{}' : 'id' : custom id {id} already used at {} ('server {}').",
                String::from_utf8_lossy(&draft.name),
                String::from_utf8_lossy(&server.name),
                say.place(first.span),
                String::from_utf8_lossy(&first.name)
            );
            let finding = Diagnostic::alert("duplicate-id", server.span, message).form(Form::Object);
            say.push(finding.help("give each server of a backend its own id").related(first.span, "the first one"));
        }
    }
    let mut next = 1;
    draft.servers.iter().map(|server| number(server.params.id, &taken, &mut next)).collect()
}

/// Finds the servers that others track, and reports loops.
pub(super) fn track(proxies: &mut [Proxy], index: &Index, tracks: &Tracks, say: &mut Say<'_>) {
    for ((proxy, server), word) in &tracks.0 {
        match find(*proxy, word, index) {
            Ok(target) => proxies[*proxy].servers[*server].track = Some(target),
            Err(message) => alert(&proxies[*proxy], *server, word, message, say),
        }
    }
    let broken = |((proxy, server), word): &'_ (At, Word)| {
        let message = fault(proxies, (*proxy, *server), proxies[*proxy].servers[*server].track?)?;
        Some((*proxy, *server, word.clone(), message))
    };
    for (proxy, server, word, message) in tracks.0.iter().filter_map(broken).collect::<Vec<_>>() {
        alert(&proxies[proxy], server, &word, message, say);
        proxies[proxy].servers[server].track = None;
    }
}

/// A server: the numbers of its proxy and of itself.
type At = (usize, usize);

/// Which servers track, and the words that say whom.
#[derive(Debug, Default)]
pub(super) struct Tracks(Vec<(At, Word)>);

impl Tracks {
    pub(super) fn of(proxies: &[ProxyDraft]) -> Tracks {
        let servers = proxies.iter().enumerate().flat_map(|(at, proxy)| {
            proxy
                .servers
                .iter()
                .enumerate()
                .filter_map(move |(server, draft)| draft.params.track.clone().map(|word| ((at, server), word)))
        });
        Tracks(servers.collect())
    }
}

fn find(here: usize, word: &Word, index: &Index) -> Result<At, String> {
    let text = word.bytes();
    let (proxy, name) = match text.iter().position(|b| *b == b'/') {
        None => (here, text),
        Some(slash) => {
            let backend = &text[..slash];
            let shown = String::from_utf8_lossy(backend);
            let proxy =
                index.backend(backend).ok_or(format!("unable to find required proxy '{shown}' for tracking."))?;
            (proxy, &text[slash + 1..])
        }
    };
    let shown = String::from_utf8_lossy(name);
    let server = index.server(proxy, name).ok_or(format!("unable to find required server '{shown}' for tracking."))?;
    Ok((proxy, server))
}

/// What is wrong with a chain of tracking.
fn fault(proxies: &[Proxy], from: At, first: At) -> Option<String> {
    let name = |(proxy, server): At| {
        let proxy = &proxies[proxy];
        format!("{}/{}", String::from_utf8_lossy(&proxy.name), String::from_utf8_lossy(&proxy.servers[server].name))
    };
    let mut at = first;
    for _ in 0..proxies.iter().map(|proxy| proxy.servers.len()).sum::<usize>() {
        if at == from {
            let (first, from) = (name(first), name(from));
            return Some(format!("unable to track {first} as it belongs to a tracking chain looping back to {from}."));
        }
        let server = &proxies[at.0].servers[at.1];
        match server.track {
            Some(next) => at = next,
            None if server.check.is_none() => {
                return Some(format!(
                    "unable to use {} for tracking as it does not have checks nor agent enabled.",
                    name(at)
                ));
            }
            None => return None,
        }
    }
    None
}

fn alert(proxy: &Proxy, server: usize, word: &Word, message: String, say: &mut Say<'_>) {
    let (name, server) = (String::from_utf8_lossy(&proxy.name), String::from_utf8_lossy(&proxy.servers[server].name));
    let finding = Diagnostic::alert("bad-track", word.span, format!("'server {name}/{server}' : {message}"));
    say.push(finding.help("track a server that is checked").form(Form::Object));
}
