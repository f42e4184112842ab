//! Commands about stick tables: `show`, `clear` and `set table` (management guide, section 9.3).

use super::{Answer, Call, Command, command};
use config::keyword::stats::Level::{self, Operator, User};
use sample::{
    Type, Value,
    table::{Data, Entry, Field, KeyType, Open, Shown, Stored, Table},
};
use std::{fmt::Write, sync::Arc};

pub(super) const TABLE: &[Command] = &[
    command("clear table <table> [<filter>]*", "clear table", User, "forget entries of a stick table", |call| {
        let table = found(call, CLEAR)?;
        allow(call, Operator)?;
        let selection = selection(call, &table, "Removing", CLEAR)?;
        let done = table.state.retain(|entry| !selection.holds(&table, entry));
        match selection {
            Selection::Entry(_) if !done => Err(Answer::error("Entry currently in use, cannot remove")),
            _ => Ok(Answer::Done),
        }
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
    state: &'c Arc<Table>,
    now: u64,
}

/// The entries that a command is about.
enum Selection {
    All,
    Entry(One),
    Filters(Vec<Filter>),
}

/// One entry. What HAProxy shows as its address is its number here.
enum One {
    Key(Vec<u8>),
    Id(u64),
}

struct Filter {
    field: Field,
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
    fn holds(&self, table: &Found<'_>, entry: &Entry) -> bool {
        match self {
            Selection::All => true,
            Selection::Entry(One::Key(wanted)) => entry.key[..] == **wanted,
            Selection::Entry(One::Id(wanted)) => entry.id == *wanted,
            Selection::Filters(filters) => {
                let open = entry.open(table.state, table.now);
                filters.iter().all(|filter| filter.passes(&open))
            }
        }
    }
}

impl Filter {
    /// A name compares with no number, and neither does an element that is not there.
    fn passes(&self, entry: &Open<'_>) -> bool {
        entry.get(self.field).is_some_and(|number| (self.holds)(number, self.value))
    }
}

/// The table that the first argument names; all commands let entries go first that have expired.
fn found<'c>(call: &Call<'c>, required: &str) -> Result<Found<'c>, Answer> {
    let name = call.args.first().ok_or_else(|| Answer::error(required))?;
    let process = &call.worker.process;
    let found = process.config.tables.iter().find(|table| table.spec.name == *name);
    let state = found.ok_or_else(|| Answer::error("No such table"))?;
    let now = state.now();
    state.purge(now);
    Ok(Found { state, now })
}

fn allow(call: &Call<'_>, level: Level) -> Result<(), Answer> {
    if call.cli.level < level { Err(Answer::error("Permission denied")) } else { Ok(()) }
}

/// What stands behind the table's name.
fn selection(call: &Call<'_>, table: &Found<'_>, doing: &str, usage: &str) -> Result<Selection, Answer> {
    match call.arg(1) {
        "" => Ok(Selection::All),
        word if word.starts_with("data.") => filters(call, &table.state.spec.store).map(Selection::Filters),
        "key" | "ptr" => entry(call, table, doing).map(Selection::Entry),
        _ => Err(Answer::error(usage)),
    }
}

fn entry(call: &Call<'_>, table: &Found<'_>, doing: &str) -> Result<One, Answer> {
    let word = call.args.get(2).map_or(&b""[..], |word| word);
    if call.arg(1) == "ptr" {
        return pointed(call, table).map(One::Id);
    }
    if word.is_empty() {
        return Err(Answer::error("Key value expected"));
    }
    allow(call, if doing == "Showing" { User } else { Operator })?;
    let invalid = || Answer::error("Invalid key");
    let value = match table.state.spec.key {
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
    table.state.key(value).map(|key| One::Key(key.to_vec())).ok_or_else(invalid)
}

/// The number of the entry that `ptr` points at.
fn pointed(call: &Call<'_>, table: &Found<'_>) -> Result<u64, Answer> {
    let number = call.arg(2).strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let wanted = number.ok_or_else(|| Answer::error("Pointer expected (0xffff notation)"))?;
    match table.state.entries(table.now, |entry| entry.id == wanted).is_empty() {
        true => Err(Answer::error("No entry can be found matching ptr.")),
        false => Ok(wanted),
    }
}

/// `data.TYPE OPERATOR VALUE`, up to four times.
fn filters(call: &Call<'_>, store: &[Stored]) -> Result<Vec<Filter>, Answer> {
    let words = call.args.get(1..).unwrap_or(&[]);
    if words.len() > 3 * MAX_FILTERS {
        let last = call.arg(3 * MAX_FILTERS);
        return Err(Answer::error(format!("Detected extra data in filter, 16th word of input, after '{last}'")));
    }
    let filter =
        |at| filter(call, store, at).map_err(|fault| Answer::error(format!("Filter entry #{}: {fault}", at + 1)));
    (0..words.len().div_ceil(3)).map(filter).collect()
}

fn filter(call: &Call<'_>, store: &[Stored], at: usize) -> Result<Filter, &'static str> {
    let first = 1 + 3 * at;
    let field = field(call.arg(first).strip_prefix("data.").unwrap_or(""), store)?;
    let operator = OPERATORS.iter().find(|(name, _)| *name == call.arg(first + 1));
    let (_, holds) = operator.ok_or("Require and operator among \"eq\", \"ne\", \"le\", \"ge\", \"lt\", \"gt\"")?;
    let value = call.arg(first + 2).parse().map_err(|_| "Require a valid integer value to compare against")?;
    Ok(Filter { field, holds: *holds, value })
}

/// `gpc0`, `gpc[3]`; an array alone is its first element.
fn field(said: &str, store: &[Stored]) -> Result<Field, &'static str> {
    let (name, index) = match said.strip_suffix(']').and_then(|said| said.split_once('[')) {
        Some((name, index)) => (name, index.parse().map_err(|_| "Unknown data type")?),
        None => (said, 0),
    };
    let data = Data::find(name).ok_or("Unknown data type")?;
    match store.iter().any(|stored| stored.data == data) {
        true => Ok(Field { data, index }),
        false => Err("Data type not stored in this table"),
    }
}

fn overview(call: &Call<'_>) -> String {
    let mut tables: Vec<_> = call.worker.process.config.tables.iter().collect();
    tables.sort_by_key(|table| &table.spec.name);
    tables.iter().for_each(|table| table.purge(table.now()));
    tables.iter().map(|table| headline(table)).collect()
}

fn headline(table: &Table) -> String {
    let spec = &table.spec;
    let name = String::from_utf8_lossy(&spec.name);
    format!("# table: {name}, type: {}, size:{}, used:{}\n", spec.key.name(), spec.size, table.len())
}

fn show(call: &Call<'_>, table: &Found<'_>, selection: &Selection) -> Result<Answer, Answer> {
    let entries = table.state.entries(table.now, |entry| selection.holds(table, entry));
    let one = matches!(selection, Selection::Entry(_));
    if one {
        allow(call, Operator)?;
        if entries.is_empty() {
            return Ok(Answer::Done);
        }
    }
    let mut out = headline(table.state);
    match call.cli.level < Operator {
        true if !entries.is_empty() => out.push_str("# contents not dumped due to insufficient privileges\n"),
        true => {}
        false => entries.iter().for_each(|entry| line(table, entry, &mut out)),
    }
    Ok(Answer::Text(out))
}

fn line(table: &Found<'_>, entry: &Entry, out: &mut String) {
    let left = table.state.left(entry, table.now).as_millis();
    let (id, key, used) = (entry.id, shown(table.state, &entry.key), entry.trackers());
    let _ = write!(out, "{id:#x}: key={key} use={used} exp={left} shard=0");
    for (label, value) in entry.open(table.state, table.now).show() {
        let _ = match value {
            Shown::Number(number) => write!(out, " {label}={number}"),
            Shown::Name(None) => write!(out, " {label}=-"),
            Shown::Name(Some(name)) => write!(out, " {label}={}", String::from_utf8_lossy(&name)),
        };
    }
    out.push('\n');
}

/// A key as text, with backslashes before what would end a word, and hexadecimal digits for what is no text.
fn shown(table: &Table, key: &[u8]) -> String {
    match table.spec.key {
        KeyType::Binary(_) => key.iter().map(|byte| format!("{byte:02X}")).collect(),
        KeyType::String(_) => key.iter().map(|byte| escaped(*byte)).collect(),
        KeyType::Integer | KeyType::Ipv4 | KeyType::Ipv6 => {
            let text = table.value(key).and_then(Value::into_str);
            text.map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
        }
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
    let (changes, fault) = changes(call, &table.state.spec.store);
    let key = match entry {
        One::Key(key) => Arc::from(key),
        One::Id(wanted) => match table.state.entries(table.now, |entry| entry.id == wanted).pop() {
            Some(entry) => entry.key.clone(),
            None => return Err(Answer::error("No entry can be found matching ptr.")),
        },
    };
    let stored = table.state.enter(&key, table.now, |entry| {
        let mut open = entry.open(table.state, table.now);
        changes.iter().for_each(|(field, value)| _ = open.set(*field, *value));
    });
    match (stored, fault) {
        (None, _) => Err(Answer::error("Unable to allocate a new entry")),
        (Some(()), Some(fault)) => Err(Answer::error(fault)),
        (Some(()), None) => Ok(()),
    }
}

/// What is to be changed, up to the first fault.
fn changes(call: &Call<'_>, store: &[Stored]) -> (Vec<(Field, i64)>, Option<&'static str>) {
    let mut changes = Vec::new();
    for at in (3..call.args.len()).step_by(2) {
        match change(call, store, at) {
            Ok(change) => changes.push(change),
            Err(fault) => return (changes, Some(fault)),
        }
    }
    (changes, None)
}

fn change(call: &Call<'_>, store: &[Stored], at: usize) -> Result<(Field, i64), &'static str> {
    let name = call.arg(at).strip_prefix("data.").ok_or("\"data.<type>\" followed by a value expected")?;
    let field = field(name, store)?;
    let value = call.arg(at + 1).parse().map_err(|_| "Require a valid integer value to store")?;
    match sample::table::is_stored(store, field) {
        true => Ok((field, value)),
        false => Err("index out of range in this data array"),
    }
}
