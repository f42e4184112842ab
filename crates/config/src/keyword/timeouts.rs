//! `timeout …` (manual, section 4.2).

use crate::{line::Line, row::ProxyRow, value::Unit};
use std::time::Duration;

/// Every timeout of a proxy; `None` = not set, that is, infinite but for those with a fallback (given below).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// Falls back to `connect` and `server`-like rules of the check itself.
    pub check: Option<Duration>,
    pub client: Option<Duration>,
    pub client_fin: Option<Duration>,
    pub client_hs: Option<Duration>,
    pub connect: Option<Duration>,
    /// Falls back to `http_request`, then `client`.
    pub http_keep_alive: Option<Duration>,
    /// Falls back to `client`.
    pub http_request: Option<Duration>,
    /// Falls back to `connect`.
    pub queue: Option<Duration>,
    pub server: Option<Duration>,
    pub server_fin: Option<Duration>,
    /// Falls back to `connect`.
    pub tarpit: Option<Duration>,
    pub tunnel: Option<Duration>,
}

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("timeout check", |line, proxy| set(line, &mut proxy.timeouts.check)),
    ProxyRow::full("timeout client", |line, proxy| set(line, &mut proxy.timeouts.client))
        .ok(&["timeout client 30s", "timeout client 0", "timeout client 1500us"])
        .bad(&["timeout client", "timeout client 5x", "timeout client 30d", "timeout client 5s 6s"]),
    ProxyRow::full("timeout client-fin", |line, proxy| set(line, &mut proxy.timeouts.client_fin)),
    ProxyRow::full("timeout client-hs", |line, proxy| set(line, &mut proxy.timeouts.client_hs)),
    ProxyRow::full("timeout connect", |line, proxy| set(line, &mut proxy.timeouts.connect)),
    ProxyRow::full("timeout http-keep-alive", |line, proxy| set(line, &mut proxy.timeouts.http_keep_alive)),
    ProxyRow::full("timeout http-request", |line, proxy| set(line, &mut proxy.timeouts.http_request)),
    ProxyRow::full("timeout queue", |line, proxy| set(line, &mut proxy.timeouts.queue)),
    ProxyRow::full("timeout server", |line, proxy| set(line, &mut proxy.timeouts.server)),
    ProxyRow::full("timeout server-fin", |line, proxy| set(line, &mut proxy.timeouts.server_fin)),
    ProxyRow::full("timeout tarpit", |line, proxy| set(line, &mut proxy.timeouts.tarpit)),
    ProxyRow::full("timeout tunnel", |line, proxy| set(line, &mut proxy.timeouts.tunnel)),
];

fn set(line: &mut Line<'_, '_>, timeout: &mut Option<Duration>) -> Option<()> {
    let missing = format!("'{}' expects an integer value (in milliseconds)", line.name);
    let time = line.time(Unit::Millis, &missing)?;
    if time.bare && (1..100).contains(&time.value) {
        let value = time.value;
        let message = format!("'{} {value}': a delay of {value} ms is suspiciously short", line.name);
        let help = format!("write '{value}s' if seconds were meant, or '{value}ms' to confirm");
        line.warn("short-timeout", message, &help);
    }
    line.end()?;
    // 0 is no timeout at all, as if it were not set.
    *timeout = (time.value > 0).then(|| time.duration());
    Some(())
}
