//! Commands about stick tables: `show`, `clear` and `set table` (management guide, section 9.3).

use super::{Answer, Call, Command, command};
use crate::table::{Datum, Row, Table};
use config::keyword::{
    stats::Level::{self, Operator, User},
    stick_table::{DATA_TYPES, Data, KeyType, StickTable},
};
use sample::{Type, Value};
use std::{
    fmt::Write,
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

pub(super) const TABLE: &[Command] = &[
    command("clear table <table> [<filter>]*", "clear table", User, "forget entries of a stick table", |call| {
        let table = found(call, CLEAR)?;
        allow(call, Operator)?;
        match selection(call, &table, "Removing", CLEAR)? {
            Selection::Entry(Entry::Key(key)) => table.state.remove(&key),
            selection => table.state.retain(|_, id, data| !selection.holds(id, data)),
        }
        Ok(Answer::Done)
    }),
    command("set table <table> key <k> [data.* <v>]*", "set table", User, "change an entry of a stick table", |call| {
        let table = found(call, SET)?;
        allow(call, Operator)?;
        if call.args.len() > 1 {
            set(call, &table)?;
        }
        Ok(Answer::Done)
    }),
    command("show table [<table> [<filter>]*]", "show table", User, "stick tables, or the entries of one", |call| {
        if call.args.is_empty() {
            return Ok(Answer::Text(overview(call)));
        }
        let table = found(call, "")?;
        let selection = selection(call, &table, "Showing", SHOW)?;
        show(call, &table, &selection)
    }),
];

const SHOW: &str =
    "Optional argument only supports \"data.<store_data_type>\" <operator> <value> or key <key> or ptr <ptr>";
const CLEAR: &str = "Required arguments: <table> \"data.<store_data_type>\" <operator> <value> or <table> key <key> or \
                     <table> ptr <ptr>";
const SET: &str = "Required arguments: <table> key <key> [data.<store_data_type> <value>]* or <table> ptr <ptr> \
                   [data.<store_data_type> <value>]*";

/// Filters that a command may have.
const MAX_FILTERS: usize = 4;

/// A table that a command names.
struct Found<'c> {
    said: &'c StickTable,
    state: &'c Table,
    now: u64,
}

/// The entries that a command is about.
enum Selection {
    All,
    Entry(Entry),
    Filters(Vec<Filter>),
}

/// One entry. What HAProxy shows as its address is its number here.
enum Entry {
    Key(Vec<u8>),
    Id(u64),
}

struct Filter {
    data: Data,
    holds: fn(i64, i64) -> bool,
    value: i64,
}

type Operator2 = (&'static str, fn(i64, i64) -> bool);

const OPERATORS: &[Operator2] = &[
    ("eq", |a, b| a == b),
    ("ne", |a, b| a != b),
    ("le", |a, b| a <= b),
    ("ge", |a, b| a >= b),
    ("lt", |a, b| a < b),
    ("gt", |a, b| a > b),
];

impl Selection {
    /// Whether it holds an entry; one that is named by its key is found by it.
    fn holds(&self, id: u64, data: &[Datum]) -> bool {
        match self {
            Selection::All | Selection::Entry(Entry::Key(_)) => true,
            Selection::Entry(Entry::Id(wanted)) => id == *wanted,
            Selection::Filters(filters) => filters.iter().all(|filter| filter.passes(data)),
        }
    }
}

impl Filter {
    fn passes(&self, data: &[Datum]) -> bool {
        data.iter().any(|datum| match datum {
            Datum::ServerId(id) => self.data == Data::ServerId && (self.holds)(i64::from(*id), self.value),
            // A name compares with no number.
            Datum::ServerKey(_) => false,
        })
    }
}

/// The table that the first argument names; all commands let entries go first that have expired.
fn found<'c>(call: &Call<'c>, required: &str) -> Result<Found<'c>, Answer> {
    let name = call.args.first().ok_or_else(|| Answer::error(required))?;
    let process = &call.worker.process;
    let both = process.config.tables.iter().zip(&process.tables).find(|(said, _)| said.name == *name);
    let (said, state) = both.ok_or_else(|| Answer::error("No such table"))?;
    let now = process.micros_now();
    state.purge(now);
    Ok(Found { said, state, now })
}

fn allow(call: &Call<'_>, level: Level) -> Result<(), Answer> {
    if call.cli.level < level { Err(Answer::error("Permission denied")) } else { Ok(()) }
}

/// What stands behind the table's name.
fn selection(call: &Call<'_>, table: &Found<'_>, doing: &str, usage: &str) -> Result<Selection, Answer> {
    match call.arg(1) {
        "" => Ok(Selection::All),
        word if word.starts_with("data.") => filters(call, table.said).map(Selection::Filters),
        "key" | "ptr" => entry(call, table, doing).map(Selection::Entry),
        _ => Err(Answer::error(usage)),
    }
}

fn entry(call: &Call<'_>, table: &Found<'_>, doing: &str) -> Result<Entry, Answer> {
    let word = call.args.get(2).map_or(&b""[..], |word| word);
    if call.arg(1) == "ptr" {
        return pointed(call, table).map(Entry::Id);
    }
    if word.is_empty() {
        return Err(Answer::error("Key value expected"));
    }
    allow(call, if doing == "Showing" { User } else { Operator })?;
    let invalid = || Answer::error("Invalid key");
    let value = match table.said.key {
        KeyType::Binary(_) => {
            let types = "of type other than ip, ipv6, string and integer is not supported";
            let tables = if doing == "Inserting" { "into" } else { "from" };
            return Err(Answer::error(format!("{doing} keys {tables} tables {types}")));
        }
        KeyType::Integer => {
            let digits = word.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(word.len());
            let number =
                std::str::from_utf8(word.get(..digits).unwrap_or(word)).ok().and_then(|text| text.parse().ok());
            Value::Int(number.map(|number: u32| number.into()).ok_or_else(invalid)?)
        }
        KeyType::Ipv4 | KeyType::Ipv6 => Value::str(word).cast(Type::Addr).ok_or_else(invalid)?,
        KeyType::String(_) => Value::str(word),
    };
    table.state.key(value).map(|key| Entry::Key(key.to_vec())).ok_or_else(invalid)
}

/// The number of the entry that `ptr` points at.
fn pointed(call: &Call<'_>, table: &Found<'_>) -> Result<u64, Answer> {
    let number = call.arg(2).strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let wanted = number.ok_or_else(|| Answer::error("Pointer expected (0xffff notation)"))?;
    match table.state.rows(table.now, |_, id, _| id == wanted).is_empty() {
        true => Err(Answer::error("No entry can be found matching ptr.")),
        false => Ok(wanted),
    }
}

/// `data.TYPE OPERATOR VALUE`, up to four times.
fn filters(call: &Call<'_>, said: &StickTable) -> Result<Vec<Filter>, Answer> {
    let words = call.args.get(1..).unwrap_or(&[]);
    if words.len() > 3 * MAX_FILTERS {
        let last = call.arg(3 * MAX_FILTERS);
        return Err(Answer::error(format!("Detected extra data in filter, 16th word of input, after '{last}'")));
    }
    let filter =
        |at| filter(call, said, at).map_err(|fault| Answer::error(format!("Filter entry #{}: {fault}", at + 1)));
    (0..words.len().div_ceil(3)).map(filter).collect()
}

fn filter(call: &Call<'_>, said: &StickTable, at: usize) -> Result<Filter, &'static str> {
    let first = 1 + 3 * at;
    let data = data_type(call.arg(first).strip_prefix("data.").unwrap_or(""), said)?;
    let operator = OPERATORS.iter().find(|(name, _)| *name == call.arg(first + 1));
    let (_, holds) = operator.ok_or("Require and operator among \"eq\", \"ne\", \"le\", \"ge\", \"lt\", \"gt\"")?;
    let value = call.arg(first + 2).parse().map_err(|_| "Require a valid integer value to compare against")?;
    Ok(Filter { data, holds: *holds, value })
}

fn data_type(name: &str, said: &StickTable) -> Result<Data, &'static str> {
    let (_, _, data) = DATA_TYPES.iter().find(|(known, ..)| *known == name).ok_or("Unknown data type")?;
    data.filter(|data| said.store.contains(data)).ok_or("Data type not stored in this table")
}

/// The name of what an entry holds.
fn name(data: Data) -> &'static str {
    DATA_TYPES.iter().find(|(.., known)| *known == Some(data)).map_or("", |(name, ..)| name)
}

fn overview(call: &Call<'_>) -> String {
    let process = &call.worker.process;
    let mut tables: Vec<_> = process.config.tables.iter().zip(&process.tables).collect();
    tables.sort_by_key(|(said, _)| &said.name);
    tables
        .iter()
        .map(|(said, state)| {
            state.purge(process.micros_now());
            headline(said, state)
        })
        .collect()
}

fn headline(said: &StickTable, state: &Table) -> String {
    let name = String::from_utf8_lossy(&said.name);
    format!("# table: {name}, type: {}, size:{}, used:{}\n", said.key.name(), said.size, state.len())
}

fn show(call: &Call<'_>, table: &Found<'_>, selection: &Selection) -> Result<Answer, Answer> {
    let wanted = |key: &[u8], id: u64, data: &[Datum]| match selection {
        Selection::Entry(Entry::Key(wanted)) => key == wanted,
        other => other.holds(id, data),
    };
    let rows = table.state.rows(table.now, wanted);
    let one = matches!(selection, Selection::Entry(_));
    if one {
        allow(call, Operator)?;
        if rows.is_empty() {
            return Ok(Answer::Done);
        }
    }
    let mut out = headline(table.said, table.state);
    match call.cli.level < Operator {
        true if !rows.is_empty() => out.push_str("# contents not dumped due to insufficient privileges\n"),
        true => {}
        false => rows.iter().for_each(|row| line(table.said, row, &mut out)),
    }
    Ok(Answer::Text(out))
}

fn line(said: &StickTable, row: &Row, out: &mut String) {
    let (id, left) = (row.id, row.left.as_millis());
    let _ = write!(out, "{id:#x}: key={} use=0 exp={left} shard=0", shown(said.key, &row.key));
    for (data, datum) in said.store.iter().zip(&row.data) {
        let value = match datum {
            Datum::ServerId(id) => id.to_string(),
            Datum::ServerKey(key) => key.as_deref().map_or("-".into(), |key| String::from_utf8_lossy(key).into_owned()),
        };
        let _ = write!(out, " {}={value}", name(*data));
    }
    out.push('\n');
}

/// A key as text, with backslashes before what would end a word, and hexadecimal digits for what is no text.
fn shown(kind: KeyType, key: &[u8]) -> String {
    let number = || key.try_into().ok().map(u32::from_be_bytes);
    match kind {
        KeyType::Binary(_) => key.iter().map(|byte| format!("{byte:02X}")).collect(),
        KeyType::Integer => number().unwrap_or_default().to_string(),
        KeyType::Ipv4 => Ipv4Addr::from_bits(number().unwrap_or_default()).to_string(),
        KeyType::Ipv6 => {
            let address = <[u8; 16]>::try_from(key).map(Ipv6Addr::from).ok();
            let text = address.and_then(|address| Value::Ipv6(address).into_str());
            text.map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
        }
        KeyType::String(_) => key.iter().map(|byte| escaped(*byte)).collect(),
    }
}

fn escaped(byte: u8) -> String {
    match byte {
        b'\\' | b' ' => format!("\\{}", char::from(byte)),
        b'\n' => "\\n".into(),
        b'\r' => "\\r".into(),
        b'\t' => "\\t".into(),
        0x1b => "\\e".into(),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02X}"),
    }
}

/// `set table T key K [data.TYPE VALUE]…`: the entry is made where there is none, even if what follows is wrong.
fn set(call: &Call<'_>, table: &Found<'_>) -> Result<(), Answer> {
    if call.arg(1).starts_with("data.") {
        return Err(Answer::error("content-based lookup is only supported with the \"show\" and \"clear\" actions"));
    }
    let Selection::Entry(entry) = selection(call, table, "Inserting", SET)? else { return Err(Answer::error(SET)) };
    let (changes, fault) = changes(call, table.said);
    let key = match entry {
        Entry::Key(key) => Arc::from(key),
        Entry::Id(wanted) => match table.state.rows(table.now, |_, id, _| id == wanted).pop() {
            Some(row) => row.key,
            None => return Err(Answer::error("No entry can be found matching ptr.")),
        },
    };
    let stored = table.state.store(&key, table.now, |data| {
        changes.iter().for_each(|(change, value)| data.iter_mut().for_each(|datum| put(datum, *change, *value)));
    });
    match (stored, fault) {
        (false, _) => Err(Answer::error("Unable to allocate a new entry")),
        (true, Some(fault)) => Err(Answer::error(fault)),
        (true, None) => Ok(()),
    }
}

/// Numbers are kept with as many bits as their type has; a name cannot be set.
fn put(datum: &mut Datum, data: Data, value: i64) {
    match datum {
        Datum::ServerId(id) if data == Data::ServerId => *id = value as i32,
        Datum::ServerId(_) | Datum::ServerKey(_) => {}
    }
}

/// What is to be changed, up to the first fault.
fn changes(call: &Call<'_>, said: &StickTable) -> (Vec<(Data, i64)>, Option<&'static str>) {
    let mut changes = Vec::new();
    for at in (3..call.args.len()).step_by(2) {
        match change(call, said, at) {
            Ok(change) => changes.push(change),
            Err(fault) => return (changes, Some(fault)),
        }
    }
    (changes, None)
}

fn change(call: &Call<'_>, said: &StickTable, at: usize) -> Result<(Data, i64), &'static str> {
    let name = call.arg(at).strip_prefix("data.").ok_or("\"data.<type>\" followed by a value expected")?;
    let data = data_type(name, said)?;
    let value = call.arg(at + 1).parse().map_err(|_| "Require a valid integer value to store")?;
    Ok((data, value))
}
