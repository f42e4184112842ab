//! `timeout …` (manual, section 4.2).

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
