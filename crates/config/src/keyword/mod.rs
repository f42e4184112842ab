//! The keywords of proxies and of the global section, one concern a file.

pub mod address;
pub mod balance;
pub mod bind;
pub mod capture;
pub mod case_adjust;
pub mod check;
pub mod cookie;
pub mod errors;
pub mod filter;
pub mod forwarded;
pub mod general;
pub mod global;
pub mod global_unobeyed;
pub mod h2;
pub mod http_error;
pub mod life;
pub mod log;
pub mod options;
pub mod persist;
pub mod proxy_protocol;
pub mod rules;
pub mod server;
pub mod server_line;
pub mod stats;
pub mod stick;
pub mod stick_table;
pub mod switching;
pub mod timeouts;
pub mod tune;
pub mod unique_id;
pub mod unobeyed;

use crate::{
    draft::{GlobalDraft, ProxyDraft},
    facts,
    row::{Dictionary, GlobalRow, ProxyRow},
};
use std::sync::LazyLock;

/// The rows of proxies.
pub static PROXY_TABLES: &[&[ProxyRow]] = &[
    balance::TABLE,
    bind::TABLE,
    capture::TABLE,
    check::TABLE,
    cookie::TABLE,
    errors::TABLE,
    filter::TABLE,
    forwarded::TABLE,
    general::TABLE,
    http_error::TABLE,
    log::TABLE,
    options::TABLE,
    persist::TABLE,
    rules::TABLE,
    server_line::TABLE,
    stats::TABLE,
    stick::TABLE,
    stick_table::TABLE,
    switching::TABLE,
    timeouts::TABLE,
    unique_id::TABLE,
    unobeyed::TABLE,
];

/// The rows of the global section.
pub static GLOBAL_TABLES: &[&[GlobalRow]] = &[
    global::TABLE,
    life::TABLE,
    case_adjust::TABLE,
    log::GLOBAL,
    stats::GLOBAL,
    tune::TABLE,
    h2::TABLE,
    global_unobeyed::TABLE,
];

/// The keywords of proxies.
pub static PROXY: LazyLock<Dictionary<ProxyDraft>> = LazyLock::new(|| Dictionary::new(PROXY_TABLES, &facts::KEYWORDS));
/// The keywords of the global section.
pub static GLOBAL: LazyLock<Dictionary<GlobalDraft>> = LazyLock::new(|| Dictionary::new(GLOBAL_TABLES, &facts::GLOBAL));
