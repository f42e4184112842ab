//! What HAProxy says of a configuration once all of it is read.

use super::Say;
use crate::{
    draft::{Draft, ProxyDraft},
    ir::{Config, Mode},
    keyword::balance::Balance,
};
use source::Severity;

/// Looks at each proxy on its own.
pub fn proxies(draft: &Draft, modes: &[Mode], say: &mut Say<'_>) {
    for (proxy, mode) in draft.proxies.iter().zip(modes).filter(|(proxy, _)| !proxy.disabled) {
        listeners(proxy, say);
        if *mode == Mode::Tcp && !proxy.rules.switches_mode() {
            http_in_tcp(proxy, say);
        }
        log_formats(proxy, say);
        checks(proxy, say);
        timeouts(proxy, say);
    }
}

/// Looks at the whole. A configuration that listens nowhere is not wrong, but does not start: HAProxy leaves with
/// status 2.
pub fn whole(config: &Config, say: &mut Say<'_>) {
    if !config.proxies.iter().any(|proxy| !proxy.binds.is_empty() && !proxy.disabled) {
        let message = "no listening socket: no frontend or listen section that is enabled has a 'bind' line";
        say.plain(Severity::Alert, "no-listener", message, "add a 'frontend' with a 'bind' line");
    }
}

fn listeners(proxy: &ProxyDraft, say: &mut Say<'_>) {
    if proxy.is_frontend() && proxy.binds.is_empty() {
        let message =
            format!("{} has no 'bind' directive. Please declare it as a backend if this was intended.", proxy.show());
        say.object(Severity::Warning, "frontend-without-bind", proxy.span, message, "add a 'bind' line");
    }
}

fn timeouts(proxy: &ProxyDraft, say: &mut Say<'_>) {
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

/// Words that need HTTP mode, and what HAProxy says of them in TCP mode.
const HTTP_ONLY: &[(&[&str], &str)] = &[
    (&["monitor-uri"], "monitor-uri will be ignored for {} (needs 'mode http')."),
    (
        &["stats enable", "stats uri", "stats auth", "stats realm", "stats refresh", "stats scope", "stats admin"],
        "'stats' statement ignored for {} as it requires HTTP mode.",
    ),
    (
        &["capture cookie", "capture request header", "capture response header"],
        "'capture' statement ignored for {} as it requires HTTP mode.",
    ),
    (&["http-request"], "'http-request' rules ignored for {} as they require HTTP mode."),
    (&["http-response"], "'http-response' rules ignored for {} as they require HTTP mode."),
    (&["http-after-response"], "'http-after-response' rules ignored for {} as they require HTTP mode."),
    (&["redirect"], "'redirect' rules ignored for {} as they require HTTP mode."),
    (&["option http-buffer-request"], "'option http-buffer-request' ignored for {} as it requires HTTP mode."),
    (&["option forwardfor"], "'option forwardfor' ignored for {} as it requires HTTP mode."),
    (&["option originalto"], "'option originalto' ignored for {} as it requires HTTP mode."),
    (&["cookie"], "cookie will be ignored for {} (needs 'mode http')."),
];

fn http_in_tcp(proxy: &ProxyDraft, say: &mut Say<'_>) {
    for (words, message) in HTTP_ONLY {
        if proxy.said.any(words).is_some() {
            let message = message.replace("{}", &proxy.show());
            warn(proxy, words, "needs-http-mode", message, "add 'mode http', or remove the line", say);
        }
    }
    if matches!(proxy.balance, Some(Balance::Hdr { .. } | Balance::Uri { .. } | Balance::UrlParam { .. })) {
        let show = proxy.show();
        let message = format!("Layer 7 hash not possible for {show} (needs 'mode http'). Falling back to round robin.");
        warn(proxy, &["balance"], "needs-http-mode", message, "add 'mode http', or choose another algorithm", say);
    }
    for server in proxy.servers.iter().filter(|server| server.params.cookie.is_some()) {
        let name = String::from_utf8_lossy(&server.name);
        let message = format!("{} : ignoring cookie for server '{name}' as HTTP mode is disabled.", proxy.show());
        say.object(Severity::Warning, "needs-http-mode", server.span, message, "add 'mode http', or remove the cookie");
    }
}

fn log_formats(proxy: &ProxyDraft, say: &mut Say<'_>) {
    if proxy.formats.log.is_some() && proxy.is_frontend() && proxy.log.is_empty() {
        let message = format!("log format ignored for {} since it has no log address.", proxy.show());
        let words = [proxy.formats.said];
        warn(proxy, &words, "log-without-target", message, "add a 'log' line, or remove the format", say);
    }
}

fn checks(proxy: &ProxyDraft, say: &mut Say<'_>) {
    let rules = ["http-check expect", "http-check send"];
    if proxy.is_backend() && !proxy.check.http && proxy.said.any(&rules).is_some() {
        let message =
            format!("{} uses http-check rules without 'option httpchk', so the rules are ignored.", proxy.show());
        warn(proxy, &rules, "http-check-without-httpchk", message, "add 'option httpchk'", say);
    }
}

/// A warning about a section, at the line of the first of these words that was said.
fn warn(proxy: &ProxyDraft, words: &[&str], code: &'static str, message: String, help: &str, say: &mut Say<'_>) {
    let span = proxy.said.any(words).map_or(proxy.span, |place| place.span);
    say.object(Severity::Warning, code, span, message, help);
}
