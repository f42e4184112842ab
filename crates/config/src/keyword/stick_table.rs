//! `stick-table` (manual, section 11.1): what keys a table has, how many entries fit in, what each of them holds.

use crate::{draft::ProxyDraft, line::Line, row::ProxyRow, row::nearest, value::Unit};
use sample::Type;
use source::{Span, Word};
use std::time::Duration;
use syntax::value::{SizeError, TimeError};

/// A table, as the engine makes it.
#[derive(Debug, Clone)]
pub struct StickTable {
    /// That of its section.
    pub name: Vec<u8>,
    pub key: KeyType,
    /// Entries that fit in.
    pub size: usize,
    /// How long an entry lives that nobody uses; `None` = until its place is needed.
    pub expire: Option<Duration>,
    /// A full table takes no more entries, instead of forgetting the oldest.
    pub nopurge: bool,
    pub server_key: ServerKey,
    /// What an entry holds, each once, in the order of [`DATA_TYPES`].
    pub store: Vec<Data>,
}

/// The type of a table's keys; strings and blocks have a length in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    Binary(usize),
    Integer,
    Ipv4,
    Ipv6,
    String(usize),
}

/// `srvkey`: what an entry remembers a server by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServerKey {
    Addr,
    #[default]
    Name,
}

/// What an entry may hold, in the order of [`DATA_TYPES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Data {
    ServerId,
    ServerKey,
}

/// A `stick-table` line. What tells how updates of peers are taken has no effect as long as there are no peers.
#[derive(Debug, Default)]
pub struct StickTableDraft {
    pub span: Span,
    pub key: Option<KeyType>,
    pub size: u64,
    pub expire: Option<Duration>,
    pub nopurge: bool,
    pub server_key: ServerKey,
    pub store: Vec<Data>,
    pub write_to: Option<Word>,
}

pub static TABLE: &[ProxyRow] = &[ProxyRow::full("stick-table", table)
    .ok(&[
        "stick-table type ip size 1k",
        "stick-table type string len 40 size 100k expire 30m nopurge store server_id,server_key srvkey addr",
        "stick-table type binary size 1m recv-only brates-factor 1024",
    ])
    .bad(&[
        "stick-table",
        "stick-table type ip",
        "stick-table size 1k",
        "stick-table type nope size 1k",
        "stick-table nope",
        "stick-table type ip len 3 size 1k",
        "stick-table type string len 0 size 1k",
        "stick-table type ip size 1kk",
        "stick-table type ip size 1k expire 25d",
        "stick-table type ip size 1k srvkey x",
        "stick-table type ip size 1k brates-factor 1025",
        "stick-table type ip store nope size 1k",
        "stick-table type ip size 1k store http_req_rate(10s)",
        "stick-table type ip size 1k store server_id(3)",
    ])];

type Read = fn(&mut Line<'_, '_>, &mut StickTableDraft) -> Option<()>;

/// The parameters.
pub const PARAMS: &[(&str, Read)] = &[
    ("brates-factor", |line, _| {
        let word = argument(line, "brates-factor")?;
        match syntax::value::integer(word.bytes(), 1..=1024) {
            Ok(_) => Some(()),
            Err(_) => line.fail(
                "bad-argument",
                "'brates-factor' expects a factor greater than 0 and lower than or equal to 1024.",
            ),
        }
    }),
    ("expire", expire),
    ("nopurge", |_, table| set(&mut table.nopurge, true)),
    ("peers", |line, _| {
        argument(line, "peers")?;
        line.not_supported("stick-table peers")
    }),
    ("recv-only", |_, _| Some(())),
    ("size", size),
    ("srvkey", |line, table| {
        let word = line.word();
        match SERVER_KEYS.iter().find(|(name, _)| word.is_some_and(|word| word.is(name))) {
            Some((_, key)) => set(&mut table.server_key, *key),
            None => line.fail("bad-argument", format!("unknown server key type '{}'.", shown(word))),
        }
    }),
    ("store", store),
    ("type", |line, table| set(&mut table.key, Some(key_type(line)?))),
    ("write-to", |line, table| set(&mut table.write_to, Some(argument(line, "write-to")?.clone()))),
];

const SERVER_KEYS: &[(&str, ServerKey)] = &[("addr", ServerKey::Addr), ("name", ServerKey::Name)];

/// The length of strings and blocks where none is said.
const LENGTH: usize = 32;

/// The types of keys; one with two names is shown under the first.
pub const KEY_TYPES: &[(&str, KeyType)] = &[
    ("binary", KeyType::Binary(LENGTH)),
    ("integer", KeyType::Integer),
    ("ip", KeyType::Ipv4),
    ("ipv4", KeyType::Ipv4),
    ("ipv6", KeyType::Ipv6),
    ("string", KeyType::String(LENGTH)),
];

/// What stands in parentheses behind the name of a data type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arg {
    None,
    Count,
    CountAndTime,
    Time,
}

/// The data types in the order in which entries hold and show them. Those without a [`Data`] are not counted yet.
pub const DATA_TYPES: &[(&str, Arg, Option<Data>)] = &[
    ("server_id", Arg::None, Some(Data::ServerId)),
    ("gpt0", Arg::None, None),
    ("gpc0", Arg::None, None),
    ("gpc0_rate", Arg::Time, None),
    ("conn_cnt", Arg::None, None),
    ("conn_rate", Arg::Time, None),
    ("conn_cur", Arg::None, None),
    ("sess_cnt", Arg::None, None),
    ("sess_rate", Arg::Time, None),
    ("http_req_cnt", Arg::None, None),
    ("http_req_rate", Arg::Time, None),
    ("http_err_cnt", Arg::None, None),
    ("http_err_rate", Arg::Time, None),
    ("bytes_in_cnt", Arg::None, None),
    ("bytes_in_rate", Arg::Time, None),
    ("bytes_out_cnt", Arg::None, None),
    ("bytes_out_rate", Arg::Time, None),
    ("gpc1", Arg::None, None),
    ("gpc1_rate", Arg::Time, None),
    ("server_key", Arg::None, Some(Data::ServerKey)),
    ("http_fail_cnt", Arg::None, None),
    ("http_fail_rate", Arg::Time, None),
    ("gpt", Arg::Count, None),
    ("gpc", Arg::Count, None),
    ("gpc_rate", Arg::CountAndTime, None),
    ("glitch_cnt", Arg::None, None),
    ("glitch_rate", Arg::Time, None),
];

impl KeyType {
    /// The type of samples that keys are made of.
    pub fn sample(self) -> Type {
        match self {
            KeyType::Binary(_) => Type::Bin,
            KeyType::Integer => Type::Int,
            KeyType::Ipv4 => Type::Ipv4,
            KeyType::Ipv6 => Type::Ipv6,
            KeyType::String(_) => Type::Str,
        }
    }

    pub fn name(self) -> &'static str {
        let named = |known: KeyType| std::mem::discriminant(&known) == std::mem::discriminant(&self);
        KEY_TYPES.iter().find(|(_, known)| named(*known)).map_or("", |(name, _)| name)
    }
}

fn table(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    line.prefix = "stick-table: ".into();
    let mut table = StickTableDraft { span: line.span(), ..StickTableDraft::default() };
    while let Some(word) = line.word() {
        match PARAMS.iter().find(|(name, _)| word.is(name)) {
            Some((_, read)) => read(line, &mut table)?,
            None => return unknown(line, "argument", &word.show(), PARAMS.iter().map(|(name, _)| *name)),
        }
    }
    match (table.size, table.key) {
        (0, _) => line.fail("missing-argument", "missing size."),
        (_, None) => line.fail("missing-argument", "missing type."),
        _ => {
            proxy.stick_tables.push(table);
            Some(())
        }
    }
}

fn set<T>(field: &mut T, value: T) -> Option<()> {
    *field = value;
    Some(())
}

fn argument<'l>(line: &mut Line<'l, '_>, of: &str) -> Option<&'l Word> {
    line.need(&format!("missing argument after '{of}'."))
}

fn shown(word: Option<&Word>) -> String {
    word.map(|word| word.show().to_string()).unwrap_or_default()
}

fn size(line: &mut Line<'_, '_>, table: &mut StickTableDraft) -> Option<()> {
    let word = argument(line, "size")?;
    match syntax::value::size(word.bytes(), u64::from(u32::MAX)) {
        Ok(size) => set(&mut table.size, size.value),
        Err(error @ (SizeError::Empty | SizeError::Overflow(_))) => line.fail(error.code(), format!("{error}.")),
        Err(error @ SizeError::Unexpected(_)) => line.fail(error.code(), format!("{error} in argument of 'size'.")),
    }
}

fn expire(line: &mut Line<'_, '_>, table: &mut StickTableDraft) -> Option<()> {
    let word = argument(line, "expire")?;
    let message = match syntax::value::time(word.bytes(), Unit::Millis) {
        Ok(time) => return set(&mut table.expire, Some(time.duration()).filter(|time| !time.is_zero())),
        Err(TimeError::Overflow(_)) => format!(
            "timer overflow in argument <{}> to <expire>, maximum value is 2147483647 ms (~24.8 days).",
            word.show()
        ),
        Err(TimeError::Unexpected(c) | TimeError::Trailing(c)) => {
            format!("unexpected character '{c}' in argument of 'expire'.")
        }
        Err(TimeError::Empty) => "missing argument after 'expire'.".into(),
    };
    line.fail("bad-time", message)
}

fn key_type(line: &mut Line<'_, '_>) -> Option<KeyType> {
    let word = line.word();
    let Some((_, key)) = KEY_TYPES.iter().find(|(name, _)| word.is_some_and(|word| word.is(name))) else {
        let known = KEY_TYPES.iter().map(|(name, _)| *name);
        return unknown(line, "type", &shown(word), known);
    };
    match key {
        KeyType::Binary(_) => Some(KeyType::Binary(length(line)?)),
        KeyType::String(_) => Some(KeyType::String(length(line)?)),
        other => Some(*other),
    }
}

fn length(line: &mut Line<'_, '_>) -> Option<usize> {
    if !line.take("len") {
        return Some(LENGTH);
    }
    let word = line.word().map_or(&b""[..], Word::bytes);
    match syntax::value::integer(word, 1..=i64::from(i32::MAX)).ok().and_then(|len| usize::try_from(len).ok()) {
        Some(len) => Some(len),
        None => line.fail("bad-argument", "'len' expects a positive integer argument."),
    }
}

/// `server_id,http_req_rate(10s)`.
fn store(line: &mut Line<'_, '_>, table: &mut StickTableDraft) -> Option<()> {
    let list = shown(line.word());
    let mut depth = 0;
    let separator = |c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    };
    list.split(separator).filter(|part| !part.is_empty()).try_for_each(|part| data_type(line, part, table))
}

fn data_type(line: &mut Line<'_, '_>, said: &str, table: &mut StickTableDraft) -> Option<()> {
    let (name, arg) = match said.split_once('(') {
        Some((name, arg)) => (name, Some(arg.trim_end_matches(')'))),
        None => (said, None),
    };
    let Some((_, wanted, data)) = DATA_TYPES.iter().find(|(known, ..)| *known == name) else {
        return unknown(line, "store option", name, DATA_TYPES.iter().map(|(known, ..)| *known));
    };
    match (wanted, arg) {
        (Arg::None, Some(_)) => {
            return line.fail("bad-argument", format!("unexpected argument to store option '{name}'."));
        }
        (Arg::None, None) => {}
        (_, None) => return line.fail("missing-argument", format!("missing argument to store option '{name}'.")),
        (wanted, Some(arg)) if !fits(*wanted, arg) => {
            return line.fail("bad-argument", format!("error when processing store option '{name}'."));
        }
        _ => {}
    }
    match data {
        Some(data) if table.store.contains(data) => {
            let message = format!("stick-table: store option '{name}' already enabled, ignored.");
            line.warn("repeated-argument", message, "name each data type once");
        }
        Some(data) => table.store.push(*data),
        None => return line.not_supported(&format!("stick-table store {name}")),
    }
    Some(())
}

fn fits(wanted: Arg, arg: &str) -> bool {
    let is_count = |text: &str| syntax::value::integer(text.as_bytes(), 1..=100).is_ok();
    let is_time = |text: &str| syntax::value::time(text.as_bytes(), Unit::Millis).is_ok();
    match wanted {
        Arg::None => false,
        Arg::Count => is_count(arg),
        Arg::CountAndTime => arg.split_once(',').is_some_and(|(count, time)| is_count(count) && is_time(time)),
        Arg::Time => is_time(arg),
    }
}

fn unknown<T>(line: &mut Line<'_, '_>, what: &str, got: &str, known: impl Iterator<Item = &'static str>) -> Option<T> {
    let near = nearest(got.as_bytes(), known);
    let end = near.map_or(".".into(), |near| format!("; did you mean '{near}' maybe ?"));
    line.fail("unknown-parameter", format!("unknown {what} '{got}'{end}"))
}
