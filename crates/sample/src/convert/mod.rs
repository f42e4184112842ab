//! The tables of converters (manual, section 7.3.1), one family a file.

mod address;
mod crypt;
pub(crate) mod encode;
mod fix;
mod hash;
mod json_query;
mod jwe;
mod jwt;
mod list;
mod map;
mod mqtt;
mod number;
mod packet;
mod protobuf;
mod proxy;
mod refused;
pub mod regsub;
mod rfc7239;
mod table;
mod text;
mod time;
mod variable;
mod when;
mod x509;

use crate::row::Convert;
use std::{collections::HashMap, sync::OnceLock};

/// Every family's table.
const TABLES: &[&[Convert]] = &[
    address::TABLE,
    crypt::TABLE,
    encode::TABLE,
    fix::TABLE,
    hash::TABLE,
    json_query::TABLE,
    jwe::TABLE,
    jwt::TABLE,
    list::TABLE,
    map::TABLE,
    map::BEG,
    map::DIR,
    map::DOM,
    map::END,
    map::INT,
    map::IP,
    map::REG,
    map::STR,
    map::SUB,
    mqtt::TABLE,
    number::TABLE,
    packet::TABLE,
    protobuf::TABLE,
    proxy::TABLE,
    refused::TABLE,
    regsub::TABLE,
    rfc7239::TABLE,
    table::TABLE,
    text::TABLE,
    time::TABLE,
    variable::TABLE,
    when::TABLE,
    x509::TABLE,
];

/// Every row, family by family.
pub fn rows() -> impl Iterator<Item = &'static Convert> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// The names of the rows that work.
pub fn names() -> impl Iterator<Item = &'static str> {
    rows().filter(|row| row.support != crate::row::Support::Refused).map(|row| row.name)
}

/// The row of a name.
pub fn find(name: &[u8]) -> Option<&'static Convert> {
    static ROWS: OnceLock<HashMap<&'static [u8], &'static Convert>> = OnceLock::new();
    ROWS.get_or_init(|| rows().map(|row| (row.name.as_bytes(), row)).collect()).get(name).copied()
}
