//! `option …` flags that are no concern of their own (manual, section 4.2).

use std::net::IpAddr;

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
    pub http_buffer_request: bool,
    pub http_ignore_probes: bool,
    pub http_no_delay: bool,
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
    pub socket_stats: bool,
    pub srvtcpka: bool,
    pub tcp_smart_accept: bool,
    pub tcp_smart_connect: bool,
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
