//! `stick-table` (manual, section 11.1): what keys a table has, how many entries fit in, what each of them holds.

use crate::{draft::ProxyDraft, line::Line, row::ProxyRow, row::nearest, value::Unit};
use sample::table::{DATA_TYPES, Data, KeyType, MAX_ARRAY, ServerKey, Shape, Stored};
use source::{Span, Word};
use std::time::Duration;
use syntax::value::{SizeError, TimeError};

/// A `stick-table` line. What tells how updates of peers are taken has no effect as long as there are no peers.
#[derive(Debug, Default)]
pub struct StickTableDraft {
    pub span: Span,
    pub key: Option<KeyType>,
    pub size: u64,
    pub expire: Option<Duration>,
    pub nopurge: bool,
    pub server_key: ServerKey,
    /// `brates-factor`; 0 where it is not said.
    pub bytes_factor: u32,
    pub store: Vec<Stored>,
    pub write_to: Option<Word>,
}

pub static TABLE: &[ProxyRow] = &[ProxyRow::full("stick-table", table)
    .ok(&[
        "stick-table type ip size 1k",
        "stick-table type string len 40 size 100k expire 30m nopurge store server_id,server_key srvkey addr",
        "stick-table type binary size 1m recv-only brates-factor 1024",
        "stick-table type ip size 1m expire 5m store gpc0,gpc1,gpt0,conn_rate(30s) store http_req_rate(10000)",
        "stick-table type ipv6 size 1m store gpc(100),gpt(2),gpc_rate(3,10s)",
        "stick-table type ip size 1m store gpc0,gpc_rate(1,1s),server_name",
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
        "stick-table type ip size 1k store nope",
        "stick-table type ip size 1k store server_id(3)",
        "stick-table type ip size 1k store http_req_rate",
        "stick-table type ip size 1k store http_req_rate(x)",
        "stick-table type ip size 1k store gpc(101)",
        "stick-table type ip size 1k store gpc(2",
        "stick-table type ip size 1k store gpc_rate(2)",
        "stick-table type ip size 1k store gpc1,gpc(2)",
        "stick-table type ip size 1k store gpc_rate(1,1s),gpc0_rate(1s)",
        "stick-table type ip size 1k store gpt0 store gpt(1)",
    ])];

type Read = fn(&mut Line<'_, '_>, &mut StickTableDraft) -> Option<()>;

/// The parameters.
pub const PARAMS: &[(&str, Read)] = &[
    ("brates-factor", |line, table| {
        let word = argument(line, "brates-factor")?;
        match syntax::value::integer(word.bytes(), 1..=1024).ok().and_then(|factor| u32::try_from(factor).ok()) {
            Some(factor) => set(&mut table.bytes_factor, factor),
            None => line.fail(
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

fn table(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let table = read(line)?;
    proxy.stick_tables.push(table);
    Some(())
}

/// What stands behind `stick-table`, or behind the name of a `table` in a section of peers.
pub fn read(line: &mut Line<'_, '_>) -> Option<StickTableDraft> {
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
        _ => Some(table),
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
        Some((name, arg)) => (name, Some(arg)),
        None => (said, None),
    };
    let Some(data) = Data::find(name) else {
        return unknown(line, "store option", name, DATA_TYPES.iter().map(|(known, ..)| *known));
    };
    let name = data.name();
    let stored = match stored(data, arg) {
        Ok(stored) => stored,
        Err((code, message)) => return line.fail(code, message),
    };
    if table.store.iter().any(|known| known.data == data) {
        let message = format!("stick-table: store option '{name}' already enabled, ignored.");
        line.warn("repeated-argument", message, "name each data type once");
        return Some(());
    }
    if matches!(data, Data::GlitchCnt | Data::GlitchRate) {
        line.not_obeyed(&format!("stick-table store {name}"));
    }
    table.store.push(stored);
    apart(line, table)
}

type Fault = (&'static str, String);

/// What stands in parentheses, by the shape of the type: `3`, `10s`, `3,10s`.
fn stored(data: Data, arg: Option<&str>) -> Result<Stored, Fault> {
    let name = data.name();
    let missing = || ("missing-argument", format!("missing argument to store option '{name}'."));
    let unexpected = || ("bad-argument", format!("unexpected argument to store option '{name}'."));
    let open = || ("bad-argument", format!("missing closing parenthesis after store option '{name}'."));
    let arg = arg.map(|arg| arg.strip_suffix(')').ok_or_else(open)).transpose()?;
    let (count, period) = match (data.shape(), arg) {
        (Shape::Plain, None) => (None, None),
        (Shape::Plain, Some(_)) => return Err(unexpected()),
        (_, None) => return Err(missing()),
        (Shape::Array, Some(count)) => (Some(count), None),
        (Shape::Rate, Some(period)) => (None, Some(period)),
        (Shape::ArrayOfRates, Some(both)) => {
            let (count, period) = both.split_once(',').ok_or_else(missing)?;
            (Some(count), Some(period))
        }
    };
    let count = count.map_or(Ok(1), |text| elements(name, text))?;
    let period = period.map_or(Ok(0), |text| millis(name, text))?;
    Ok(Stored { data, count, period })
}

fn elements(name: &str, text: &str) -> Result<usize, Fault> {
    let count = syntax::value::integer(text.as_bytes(), 1..=MAX_ARRAY as i64).ok();
    count.and_then(|count| usize::try_from(count).ok()).ok_or_else(|| {
        let range = format!("array size is out of allowed range (1-{MAX_ARRAY}) for store option '{name}'.");
        ("bad-argument", range)
    })
}

fn millis(name: &str, text: &str) -> Result<u32, Fault> {
    let time = syntax::value::time(text.as_bytes(), Unit::Millis).ok();
    let millis = time.and_then(|time| u32::try_from(time.duration().as_millis()).ok());
    millis.ok_or_else(|| ("bad-argument", format!("error when processing store option '{name}'.")))
}

/// An array takes the place of the single elements that it begins with.
fn apart(line: &mut Line<'_, '_>, table: &StickTableDraft) -> Option<()> {
    let has = |data: Data| table.store.iter().any(|stored| stored.data == data);
    let pairs = [
        ("gpc", "gpc[0/1]", Data::Gpc, [Data::Gpc0, Data::Gpc1]),
        ("gpc_rate", "gpc[0/1]_rate", Data::GpcRate, [Data::Gpc0Rate, Data::Gpc1Rate]),
        ("gpt", "gpt0", Data::Gpt, [Data::Gpt0, Data::Gpt0]),
    ];
    match pairs.iter().find(|(_, _, array, single)| has(*array) && single.iter().any(|data| has(*data))) {
        None => Some(()),
        Some((array, single, ..)) => line.fail(
            "conflicting-arguments",
            format!(
                "simultaneous usage of '{array}' and '{single}' in a same table is not permitted as '{array}' \
                 overrides '{single}'."
            ),
        ),
    }
}

fn unknown<T>(line: &mut Line<'_, '_>, what: &str, got: &str, known: impl Iterator<Item = &'static str>) -> Option<T> {
    let near = nearest(got.as_bytes(), known);
    let end = near.map_or(".".into(), |near| format!("; did you mean '{near}' maybe ?"));
    line.fail("unknown-parameter", format!("unknown {what} '{got}'{end}"))
}
