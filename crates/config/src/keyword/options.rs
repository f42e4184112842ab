//! `option …` flags that are no concern of their own (manual, section 4.2).

use crate::{
    draft::ProxyDraft,
    line::{Line, Polarity},
    row::ProxyRow,
    value::Unit,
};
use std::{net::IpAddr, time::Duration};

/// The boolean options. The default of each is 3.4's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// `None` = 3.4's default: on for HTTP backends.
    pub abortonclose: Option<bool>,
    pub accept_unsafe_request: bool,
    pub accept_unsafe_response: bool,
    pub allbackups: bool,
    pub checkcache: bool,
    pub clitcpka: bool,
    pub contstats: bool,
    pub disable_h2_upgrade: bool,
    pub dontlog_normal: bool,
    pub dontlognull: bool,
    pub h1_case_adjust_client: bool,
    pub h1_case_adjust_server: bool,
    pub http_buffer_request: bool,
    pub http_drop_request_trailers: bool,
    pub http_drop_response_trailers: bool,
    pub http_ignore_probes: bool,
    pub http_pretend_keepalive: bool,
    pub http_use_proxy_header: bool,
    pub idle_close_on_response: bool,
    pub independent_streams: bool,
    pub log_health_checks: bool,
    pub log_separate_errors: bool,
    pub logasap: bool,
    pub nolinger: bool,
    pub persist: bool,
    pub prefer_last_server: bool,
    /// `http-restrict-req-hdr-names`.
    pub restrict_names: NamePolicy,
    pub socket_stats: bool,
    /// `None` = what comes in bulk is spliced; so it is where the option is set.
    pub splice_auto: Option<bool>,
    pub splice_request: bool,
    pub splice_response: bool,
    pub srvtcpka: bool,
    /// `None` = as the engine thinks fit.
    pub tcp_smart_accept: Option<bool>,
    pub tcp_smart_connect: bool,
    pub client_probes: Probes,
    pub server_probes: Probes,
}

/// `clitcpka-cnt`, `srvtcpka-idle`, …: how a silent connection is probed; `None` = as the kernel likes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probes {
    pub count: Option<u32>,
    pub idle: Option<Duration>,
    pub interval: Option<Duration>,
}

/// `option forwardfor` and `option originalto`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardFor {
    /// Lower case.
    pub header: Vec<u8>,
    pub if_none: bool,
    /// Addresses for which it is not added: network and prefix length.
    pub except: Option<(IpAddr, u8)>,
}

/// What becomes of request fields whose names have other characters than letters, digits and hyphens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NamePolicy {
    Delete,
    #[default]
    Preserve,
    /// The request is denied.
    Reject,
}

/// What happens to connections after an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HttpMode {
    /// `option httpclose`.
    Close,
    #[default]
    KeepAlive,
    /// `option http-server-close`.
    ServerClose,
}

/// `http-reuse`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reuse {
    Aggressive,
    Always,
    Never,
    #[default]
    Safe,
}

/// Boolean options, and the options with arguments that are no concern of their own.
pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("option abortonclose", |line, proxy| {
        proxy.options.abortonclose = said(line);
        line.end()
    }),
    ProxyRow::full("option accept-unsafe-violations-in-http-request", |line, proxy| {
        flag(line, &mut proxy.options.accept_unsafe_request)
    }),
    ProxyRow::full("option accept-unsafe-violations-in-http-response", |line, proxy| {
        flag(line, &mut proxy.options.accept_unsafe_response)
    }),
    ProxyRow::full("option allbackups", |line, proxy| flag(line, &mut proxy.options.allbackups)),
    ProxyRow::full("option checkcache", |line, proxy| flag(line, &mut proxy.options.checkcache)),
    ProxyRow::full("option clitcpka", |line, proxy| flag(line, &mut proxy.options.clitcpka)),
    ProxyRow::parsed("option contstats").reads(|line, proxy| flag(line, &mut proxy.options.contstats)),
    ProxyRow::full("option disable-h2-upgrade", |line, proxy| flag(line, &mut proxy.options.disable_h2_upgrade)),
    ProxyRow::full("option dontlog-normal", |line, proxy| flag(line, &mut proxy.options.dontlog_normal)),
    ProxyRow::full("option dontlognull", |line, proxy| flag(line, &mut proxy.options.dontlognull))
        .ok(&["no option dontlognull", "default option dontlognull"])
        .bad(&["option dontlognull x"]),
    ProxyRow::full("option h1-case-adjust-bogus-client", |line, proxy| {
        flag(line, &mut proxy.options.h1_case_adjust_client)
    }),
    ProxyRow::full("option h1-case-adjust-bogus-server", |line, proxy| {
        flag(line, &mut proxy.options.h1_case_adjust_server)
    }),
    ProxyRow::full("option http-buffer-request", |line, proxy| flag(line, &mut proxy.options.http_buffer_request)),
    ProxyRow::full("option http-drop-request-trailers", |line, proxy| {
        flag(line, &mut proxy.options.http_drop_request_trailers)
    }),
    ProxyRow::full("option http-drop-response-trailers", |line, proxy| {
        flag(line, &mut proxy.options.http_drop_response_trailers)
    }),
    ProxyRow::full("option http-ignore-probes", |line, proxy| flag(line, &mut proxy.options.http_ignore_probes)),
    // Nothing is held back once its source pauses.
    ProxyRow::full("option http-no-delay", |line, _| flag(line, &mut false)),
    ProxyRow::full("option http-pretend-keepalive", |line, proxy| {
        flag(line, &mut proxy.options.http_pretend_keepalive)
    }),
    ProxyRow::full("option http-restrict-req-hdr-names", |line, proxy| {
        const WORDS: &str = "'http-restrict-req-hdr-names' expects 'preserve', 'delete' or 'reject'.";
        if line.polarity != Polarity::Yes {
            proxy.options.restrict_names = NamePolicy::Preserve;
            return line.end();
        }
        let names =
            [("preserve", NamePolicy::Preserve), ("delete", NamePolicy::Delete), ("reject", NamePolicy::Reject)];
        proxy.options.restrict_names = line.choice(&names, WORDS)?;
        line.end()
    })
    .ok(&["option http-restrict-req-hdr-names delete"])
    .bad(&["option http-restrict-req-hdr-names", "option http-restrict-req-hdr-names foo"]),
    ProxyRow::parsed("option http-use-proxy-header")
        .reads(|line, proxy| flag(line, &mut proxy.options.http_use_proxy_header)),
    ProxyRow::full("option idle-close-on-response", |line, proxy| {
        flag(line, &mut proxy.options.idle_close_on_response)
    }),
    ProxyRow::full("option independent-streams", |line, proxy| flag(line, &mut proxy.options.independent_streams)),
    ProxyRow::full("option log-health-checks", |line, proxy| flag(line, &mut proxy.options.log_health_checks)),
    ProxyRow::full("option log-separate-errors", |line, proxy| flag(line, &mut proxy.options.log_separate_errors)),
    ProxyRow::full("option logasap", |line, proxy| flag(line, &mut proxy.options.logasap)),
    ProxyRow::full("option nolinger", |line, proxy| flag(line, &mut proxy.options.nolinger)),
    ProxyRow::full("option persist", |line, proxy| flag(line, &mut proxy.options.persist)),
    ProxyRow::full("option prefer-last-server", |line, proxy| flag(line, &mut proxy.options.prefer_last_server)),
    ProxyRow::full("option socket-stats", |line, proxy| flag(line, &mut proxy.options.socket_stats)),
    ProxyRow::full("option srvtcpka", |line, proxy| flag(line, &mut proxy.options.srvtcpka)),
    ProxyRow::full("option tcp-smart-accept", |line, proxy| {
        proxy.options.tcp_smart_accept = said(line);
        line.end()
    }),
    ProxyRow::full("option tcp-smart-connect", |line, proxy| flag(line, &mut proxy.options.tcp_smart_connect)),
    ProxyRow::full("option tcpka", |line, proxy| {
        // Both sides at once: each section has the one that it can have.
        (proxy.options.clitcpka, proxy.options.srvtcpka) = (true, true);
        line.end()
    }),
    ProxyRow::full("option accept-invalid-http-request", |line, proxy| {
        deprecated(line, "option accept-unsafe-violations-in-http-request");
        flag(line, &mut proxy.options.accept_unsafe_request)
    }),
    ProxyRow::full("option accept-invalid-http-response", |line, proxy| {
        deprecated(line, "option accept-unsafe-violations-in-http-response");
        flag(line, &mut proxy.options.accept_unsafe_response)
    }),
    ProxyRow::full("option httpclose", |line, proxy| http_mode(line, proxy, HttpMode::Close)),
    ProxyRow::full("option http-server-close", |line, proxy| http_mode(line, proxy, HttpMode::ServerClose))
        .ok(&["no option http-server-close"]),
    ProxyRow::full("option http-keep-alive", |line, proxy| http_mode(line, proxy, HttpMode::KeepAlive)),
    ProxyRow::full("http-reuse", |line, proxy| {
        const WORDS: &str = "'http-reuse' only supports 'never', 'safe', 'aggressive', 'always'.";
        let names = [
            ("aggressive", Reuse::Aggressive),
            ("always", Reuse::Always),
            ("never", Reuse::Never),
            ("safe", Reuse::Safe),
        ];
        proxy.reuse = Some(line.choice(&names, WORDS)?);
        line.end()
    })
    .bad(&["http-reuse", "http-reuse foo", "http-reuse always b"]),
    // How bytes are moved, and how the kernel is asked to wait for them.
    ProxyRow::full("option splice-auto", |line, proxy| {
        proxy.options.splice_auto = said(line);
        line.end()
    })
    .ok(&["no option splice-auto"]),
    ProxyRow::full("option splice-request", |line, proxy| flag(line, &mut proxy.options.splice_request)),
    ProxyRow::full("option splice-response", |line, proxy| flag(line, &mut proxy.options.splice_response)),
    ProxyRow::parsed("option use-small-buffers"),
    ProxyRow::full("clitcpka-cnt", |line, proxy| probe_count(line, &mut proxy.options.client_probes.count)),
    ProxyRow::full("clitcpka-idle", |line, proxy| probe_time(line, &mut proxy.options.client_probes.idle)),
    ProxyRow::full("clitcpka-intvl", |line, proxy| probe_time(line, &mut proxy.options.client_probes.interval)),
    ProxyRow::full("srvtcpka-cnt", |line, proxy| probe_count(line, &mut proxy.options.server_probes.count)),
    ProxyRow::full("srvtcpka-idle", |line, proxy| probe_time(line, &mut proxy.options.server_probes.idle)),
    ProxyRow::full("srvtcpka-intvl", |line, proxy| probe_time(line, &mut proxy.options.server_probes.interval)),
    // What is sent to servers and clients.
    ProxyRow::refused("option transparent"),
];

fn flag(line: &mut Line<'_, '_>, flag: &mut bool) -> Option<()> {
    *flag = line.polarity == Polarity::Yes;
    line.end()
}

fn deprecated(line: &mut Line<'_, '_>, instead: &str) {
    let message = format!("the '{}' keyword is deprecated, please use '{instead}' instead.", line.name);
    line.warn("deprecated-keyword", message, "write the new name");
}

/// What an option of three states says.
fn said(line: &Line<'_, '_>) -> Option<bool> {
    match line.polarity {
        Polarity::Default => None,
        Polarity::No => Some(false),
        Polarity::Yes => Some(true),
    }
}

fn probe_count(line: &mut Line<'_, '_>, count: &mut Option<u32>) -> Option<()> {
    *count = Some(line.int(1, 127, "missing number of probes")?);
    line.end()
}

fn probe_time(line: &mut Line<'_, '_>, time: &mut Option<Duration>) -> Option<()> {
    *time = Some(line.duration(Unit::Seconds, "missing time")?);
    line.end()
}

/// The last of the three counts; a negation takes back its own only.
fn http_mode(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft, mode: HttpMode) -> Option<()> {
    line.end()?;
    if line.polarity == Polarity::Yes {
        proxy.http_mode = Some(mode);
    } else if proxy.http_mode == Some(mode) {
        proxy.http_mode = None;
    }
    Some(())
}
