//! What HAProxy says of a configuration once all of it is read.

use super::Say;
use crate::{
    draft::{Draft, ProxyDraft},
    ir::{Config, Mode},
};
use source::{Severity, Span};

/// Looks at each proxy on its own.
pub fn proxies(draft: &Draft, modes: &[Mode], say: &mut Say<'_>) {
    for (proxy, mode) in draft.proxies.iter().zip(modes) {
        if proxy.disabled {
            continue;
        }
        listeners(proxy, say);
        timeouts(proxy, *mode, say);
        if *mode == Mode::Tcp {
            http_in_tcp(proxy, say);
        }
        log_formats(proxy, *mode, say);
        if proxy.is_backend() && proxy.cookie.is_some() && *mode != Mode::Http {
            let message = format!("'cookie' statement ignored for {} as it requires HTTP mode.", proxy.show());
            warn(proxy, "cookie", "needs-http-mode", message, "add 'mode http'", say);
        }
    }
}

/// Looks at the whole.
pub fn whole(config: &Config, said_proxies: bool, say: &mut Say<'_>) {
    let listens = config.proxies.iter().any(|proxy| !proxy.binds.is_empty() && !proxy.disabled);
    if said_proxies && !listens && !config.proxies.iter().any(|proxy| proxy.kind.is_frontend()) {
        // HAProxy leaves without a word, with status 2.
        let message = "no listening socket: there is no frontend nor listen section";
        say.plain(Severity::Alert, "no-listener", message, "add a 'frontend' with a 'bind' line");
    } else if !said_proxies {
        let message = "no listening socket: the configuration has no proxy";
        say.plain(Severity::Alert, "no-listener", message, "add a 'frontend' with a 'bind' line");
    }
}

fn listeners(proxy: &ProxyDraft, say: &mut Say<'_>) {
    if proxy.kind.is_some_and(|kind| kind == crate::ir::Kind::Frontend) && proxy.binds.is_empty() {
        let message =
            format!("{} has no 'bind' directive. Please declare it as a backend if this was intended.", proxy.show());
        say.object(Severity::Warning, "frontend-without-bind", proxy.span, message, "add a 'bind' line");
    }
}

fn timeouts(proxy: &ProxyDraft, _mode: Mode, say: &mut Say<'_>) {
    let front = proxy.is_frontend() && !proxy.binds.is_empty() && proxy.timeouts.client.is_none();
    let back = proxy.is_backend()
        && !proxy.servers.is_empty()
        && (proxy.timeouts.connect.is_none() || proxy.timeouts.server.is_none());
    if !front && !back {
        return;
    }
    let message = format!(
        "missing timeouts for {}.\n   | While not properly invalid, you will certainly encounter various problems\n   \
         | with such a configuration. To fix this, please ensure that all following\n   \
         | timeouts are set to a non-zero value: 'client', 'connect', 'server'.",
        proxy.show()
    );
    let help = "write 'timeout connect 5s', 'timeout client 30s' and 'timeout server 30s' in a 'defaults' section";
    say.object(Severity::Warning, "missing-timeouts", proxy.span, message, help);
}

/// Words that need HTTP mode, and how HAProxy names them.
const HTTP_ONLY: &[(&str, &str)] = &[
    ("http-after-response", "http-after-response"),
    ("http-request", "http-request"),
    ("http-response", "http-response"),
    ("monitor-uri", "monitor-uri"),
    ("option forwardfor", "option forwardfor"),
    ("option originalto", "option originalto"),
    ("stats enable", "stats"),
    ("stats uri", "stats"),
];

fn http_in_tcp(proxy: &ProxyDraft, say: &mut Say<'_>) {
    let mut told = Vec::new();
    for (words, shown) in HTTP_ONLY {
        let said = proxy.said.get(words).filter(|place| !place.inherited);
        if said.is_some() && !told.contains(shown) {
            told.push(*shown);
            let message = format!("'{shown}' statement ignored for {} as it requires HTTP mode.", proxy.show());
            warn(proxy, words, "needs-http-mode", message, "add 'mode http'", say);
        }
    }
}

fn log_formats(proxy: &ProxyDraft, mode: Mode, say: &mut Say<'_>) {
    if proxy.formats.log.is_none() || !proxy.is_frontend() {
        return;
    }
    if proxy.log.is_empty() {
        let message = format!("log format ignored for {} since it has no log address.", proxy.show());
        warn(proxy, proxy.formats.said, "log-without-target", message, "add a 'log' line, or remove the format", say);
    } else if mode == Mode::Tcp && proxy.formats.said == "option httplog" {
        let message = format!(
            "parsing [{}] : 'option httplog' not usable with {} (needs 'mode http'). Falling back to 'option tcplog'.",
            place(proxy, say),
            proxy.show()
        );
        warn(proxy, proxy.formats.said, "httplog-in-tcp", message, "use 'option tcplog'", say);
    }
}

fn place(proxy: &ProxyDraft, say: &Say<'_>) -> String {
    say.place(proxy.said.get("option httplog").map_or(proxy.span, |place| place.span))
}

fn warn(proxy: &ProxyDraft, words: &str, code: &'static str, message: String, help: &str, say: &mut Say<'_>) {
    let span: Span = proxy.said.get(words).map_or(proxy.span, |place| place.span);
    say.object(Severity::Warning, code, span, message, help);
}
