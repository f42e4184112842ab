//! The tables of fetches (manual, sections 7.3.2 to 7.3.7), one family a file.

mod address;
mod auth;
mod body;
mod capture;
mod constant;
mod cookie;
mod counter;
mod distcc;
pub mod failure;
mod header;
mod hello;
mod http;
mod htx;
mod mux;
mod payload;
mod process;
mod proxied;
mod proxy;
mod refused;
mod rule;
mod session;
mod table;
mod tcp_info;
mod timeout;
mod url;
mod variables;
mod without;
mod work;

pub(crate) use capture::{RequestLine, request_line};
pub(crate) use proxy::backend;
pub(crate) use url::{path_and_query, split_query};

use crate::row::Fetch;
use std::{collections::HashMap, sync::OnceLock};

/// Every family's table.
const TABLES: &[&[Fetch]] = &[
    address::TABLE,
    auth::TABLE,
    body::TABLE,
    capture::TABLE,
    constant::TABLE,
    cookie::TABLE,
    distcc::TABLE,
    failure::CLIENT,
    failure::SERVER,
    counter::ELEMENTS,
    counter::TABLE,
    header::TABLE,
    hello::TABLE,
    htx::TABLE,
    http::TABLE,
    mux::TABLE,
    payload::TABLE,
    process::TABLE,
    proxied::TABLE,
    proxy::TABLE,
    refused::TABLE,
    rule::TABLE,
    session::TABLE,
    tcp_info::TABLE,
    timeout::TABLE,
    table::TABLE,
    url::TABLE,
    variables::TABLE,
    without::TABLE,
    work::TABLE,
];

/// Every row, family by family.
pub fn rows() -> impl Iterator<Item = &'static Fetch> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// The names of the rows that work.
pub fn names() -> impl Iterator<Item = &'static str> {
    rows().filter(|row| row.support != crate::row::Support::Refused).map(|row| row.name)
}

/// The row of a name.
pub fn find(name: &[u8]) -> Option<&'static Fetch> {
    static ROWS: OnceLock<HashMap<&'static [u8], &'static Fetch>> = OnceLock::new();
    ROWS.get_or_init(|| rows().map(|row| (row.name.as_bytes(), row)).collect()).get(name).copied()
}
