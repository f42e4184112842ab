//! `bind` lines (manual, section 5.1).

use crate::keyword::address::Address;
use source::Span;
use std::time::Duration;

/// One listener: a `bind` line with several addresses or a port range becomes several.
#[derive(Debug, Clone)]
pub struct Bind {
    pub address: Address,
    /// `name`, or `sock-N` as HAProxy numbers them.
    pub name: Option<Vec<u8>>,
    pub id: u32,
    pub span: Span,
    /// 0 = the frontend's limit alone.
    pub maxconn: u32,
    pub backlog: u32,
    pub accept_proxy: bool,
    /// `v4v6` / `v6only` on an IPv6 address.
    pub v6only: bool,
    pub v4v6: bool,
    pub transparent: bool,
    pub defer_accept: bool,
    pub tfo: bool,
    pub interface: Option<Vec<u8>>,
    pub mss: Option<i32>,
    pub tcp_ut: Option<Duration>,
    pub nice: i32,
    /// `mode`, `user`, `uid`, `group`, `gid` of a unix socket.
    pub unix: UnixAccess,
    /// `proto h1|h2`; `None` = found out from the first bytes.
    pub proto: Option<Proto>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnixAccess {
    pub mode: Option<u32>,
    pub user: Option<Vec<u8>>,
    pub uid: Option<u32>,
    pub group: Option<Vec<u8>>,
    pub gid: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proto {
    H1,
    H2,
}
