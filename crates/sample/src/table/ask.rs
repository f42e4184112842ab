//! What samples ask of tables: the numbers of an entry, read and changed.

use super::{Data, Entry, Field, Table};
use crate::{
    row::{Absent, Args, Fetched},
    stream::Cx,
    value::Value,
};
use std::sync::Arc;

/// What a sample does to a general purpose counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// To zero; the sample is what it was.
    Clear,
    /// By one, and its rate with it; the sample is what it is then.
    Increment,
}

/// A counter and its rate.
pub(crate) const GPC0: [Field; 2] = both(Data::Gpc0, Data::Gpc0Rate, 0);
pub(crate) const GPC1: [Field; 2] = both(Data::Gpc1, Data::Gpc1Rate, 0);

/// An element of the array of counters, and its rate.
pub(crate) fn gpc(index: usize) -> [Field; 2] {
    both(Data::Gpc, Data::GpcRate, index)
}

const fn both(data: Data, rate: Data, index: usize) -> [Field; 2] {
    [Field { data, index }, Field { data: rate, index }]
}

/// The table that an argument names, or stands for by being left out.
pub(crate) fn named<'a>(args: &Args, at: usize, cx: &Cx<'a>) -> Result<&'a Arc<Table>, Absent> {
    args.id(at).and_then(|(table, _)| cx.env.table(table)).ok_or(Absent::Missing)
}

/// The argument that is an index in an array; one that no array has where it is negative.
pub(crate) fn index(args: &Args, at: usize) -> usize {
    args.int(at).and_then(|index| usize::try_from(index).ok()).unwrap_or(usize::MAX)
}

/// A number of the entry under a key; 0 where there is none.
pub(crate) fn number(table: &Table, key: Value<'_>, field: Field) -> Fetched<'static> {
    let now = table.now();
    let seen = table.key(key).and_then(|key| table.find(&key, now, |entry| read(table, entry, field)));
    seen.unwrap_or(Ok(Value::Int(0)))
}

/// Changes the entry under a key, which is made where there is none.
pub(crate) fn change(table: &Table, key: Value<'_>, how: Change, fields: [Field; 2]) -> Fetched<'static> {
    let key = table.key(key).ok_or(Absent::Missing)?;
    let changed = table.enter(&key, table.now(), |entry| apply(table, entry, how, fields));
    changed.unwrap_or(Err(Absent::Missing))
}

/// A number of an entry; missing where the table does not store it.
pub(crate) fn read(table: &Table, entry: &Entry, field: Field) -> Fetched<'static> {
    entry.open(table, table.now()).get(field).map(Value::Int).ok_or(Absent::Missing)
}

/// Changes a counter of an entry. One that is not stored stays 0, and has nothing that could be cleared.
pub(crate) fn apply(table: &Table, entry: &Entry, how: Change, fields: [Field; 2]) -> Fetched<'static> {
    let now = table.now();
    entry.touch(now);
    let mut open = entry.open(table, now);
    match how {
        Change::Clear => open.clear(fields[0]).map(Value::Int).ok_or(Absent::Missing),
        Change::Increment => Ok(Value::Int(open.add_both(fields, 1).unwrap_or(0))),
    }
}

/// A number of bytes in units of 1024.
pub(crate) fn kilobytes(bytes: Value<'static>) -> Value<'static> {
    match bytes {
        Value::Int(bytes) => Value::Int(bytes >> 10),
        other => other,
    }
}
