//! Converters by stick tables: what the entry holds whose key is the input (manual, section 7.3.1).

use crate::{
    row::{Absent, Arg, ArgKind, Args, Convert, Fetched, RunConvert},
    stream::Cx,
    table::{
        Data, Entry, Field, Table,
        ask::{self, Change, named},
    },
    value::{Type, Value},
};
use std::time::Duration;

/// A number of the entry.
macro_rules! held {
    ($name:literal, $data:ident) => {
        of_table(
            $name,
            |args, cx, key| ask::number(named(args, 0, cx)?, key, Data::$data.into()),
            &[$name, concat!($name, "(t)")],
            &[concat!($name, "(t,x)")],
        )
    };
}

/// An element of an array.
macro_rules! element {
    ($name:literal, $data:ident) => {
        of_table(
            $name,
            |args, cx, key| {
                let field = Field { data: Data::$data, index: ask::index(args, 0) };
                ask::number(named(args, 1, cx)?, key, field)
            },
            &[concat!($name, "(0,t)")],
            &[$name, concat!($name, "(0)"), concat!($name, "(x,t)")],
        )
        .args(2, ELEMENT)
    };
}

/// A change of one of its counters.
macro_rules! change {
    ($name:literal, $how:ident, $fields:expr) => {
        of_table(
            $name,
            |args, cx, key| ask::change(named(args, 0, cx)?, key, Change::$how, $fields),
            &[$name, concat!($name, "(t)")],
            &[concat!($name, "(t,x)")],
        )
    };
}

macro_rules! change_element {
    ($name:literal, $how:ident) => {
        of_table(
            $name,
            |args, cx, key| ask::change(named(args, 1, cx)?, key, Change::$how, ask::gpc(ask::index(args, 0))),
            &[concat!($name, "(0,t)")],
            &[$name, concat!($name, "(0)"), concat!($name, "(x,t)")],
        )
        .args(2, ELEMENT)
    };
}

/// A time of the entry, in milliseconds; a default where there is none.
macro_rules! time {
    ($name:literal, $of:expr) => {
        of_table(
            $name,
            |args, cx, key| time(args, cx, key, $of),
            &[$name, concat!($name, "(t)"), concat!($name, "(t,-5)")],
            &[concat!($name, "(t,x)")],
        )
        .args(1, &[ArgKind::OwnTable, ArgKind::Int])
    };
}

pub(super) const TABLE: &[Convert] = &[
    Convert::new("in_table", Type::Any, Type::Bool, |args, cx, key| {
        let table = named(args, 0, cx)?;
        let found = table.key(key).and_then(|key| table.find(&key, table.now(), |_| ()));
        Ok(Value::Bool(found.is_some()))
    })
    .args(1, ONE)
    .ok(&["in_table", "in_table(t)"])
    .bad(&["in_table(t,x)"]),
    held!("table_bytes_in_rate", BytesInRate),
    held!("table_bytes_out_rate", BytesOutRate),
    change_element!("table_clr_gpc", Clear),
    change!("table_clr_gpc0", Clear, ask::GPC0),
    change!("table_clr_gpc1", Clear, ask::GPC1),
    held!("table_conn_cnt", ConnCnt),
    held!("table_conn_cur", ConnCur),
    held!("table_conn_rate", ConnRate),
    time!("table_expire", Table::left),
    held!("table_glitch_cnt", GlitchCnt),
    held!("table_glitch_rate", GlitchRate),
    element!("table_gpc", Gpc),
    held!("table_gpc0", Gpc0),
    held!("table_gpc0_rate", Gpc0Rate),
    held!("table_gpc1", Gpc1),
    held!("table_gpc1_rate", Gpc1Rate),
    element!("table_gpc_rate", GpcRate),
    element!("table_gpt", Gpt),
    held!("table_gpt0", Gpt0),
    held!("table_http_err_cnt", HttpErrCnt),
    held!("table_http_err_rate", HttpErrRate),
    held!("table_http_fail_cnt", HttpFailCnt),
    held!("table_http_fail_rate", HttpFailRate),
    held!("table_http_req_cnt", HttpReqCnt),
    held!("table_http_req_rate", HttpReqRate),
    time!("table_idle", Table::idle),
    change_element!("table_inc_gpc", Increment),
    change!("table_inc_gpc0", Increment, ask::GPC0),
    change!("table_inc_gpc1", Increment, ask::GPC1),
    of_table(
        "table_kbytes_in",
        |args, cx, key| ask::number(named(args, 0, cx)?, key, Data::BytesInCnt.into()).map(ask::kilobytes),
        &["table_kbytes_in(t)"],
        &["table_kbytes_in(t,x)"],
    ),
    of_table(
        "table_kbytes_out",
        |args, cx, key| ask::number(named(args, 0, cx)?, key, Data::BytesOutCnt.into()).map(ask::kilobytes),
        &["table_kbytes_out(t)"],
        &["table_kbytes_out(t,x)"],
    ),
    held!("table_server_id", ServerId),
    held!("table_sess_cnt", SessCnt),
    held!("table_sess_rate", SessRate),
    of_table(
        "table_trackers",
        |args, cx, key| {
            let table = named(args, 0, cx)?;
            let found = table.key(key).and_then(|key| table.find(&key, table.now(), |entry| entry.trackers()));
            // HAProxy counts who asks, too.
            Ok(Value::Int(found.map_or(0, |trackers| i64::from(trackers) + 1)))
        },
        &["table_trackers", "table_trackers(t)"],
        &["table_trackers(t,x)"],
    ),
];

const ONE: &[ArgKind] = &[ArgKind::OwnTable];
const ELEMENT: &[ArgKind] = &[ArgKind::Int, ArgKind::OwnTable];

const fn of_table(
    name: &'static str,
    run: RunConvert,
    ok: &'static [&'static str],
    bad: &'static [&'static str],
) -> Convert {
    Convert::new(name, Type::Any, Type::Int, run).args(1, ONE).ok(ok).bad(bad)
}

fn time<'a>(args: &Args, cx: &Cx<'a>, key: Value<'_>, of: fn(&Table, &Entry, u64) -> Duration) -> Fetched<'a> {
    let table = named(args, 0, cx)?;
    let now = table.now();
    let found = table.key(key).and_then(|key| table.find(&key, now, |entry| of(table, entry, now)));
    match (found, args.0.get(1)) {
        (Some(time), _) => Ok(Value::Int(time.as_millis() as i64)),
        (None, Some(Arg::Int(default))) => Ok(Value::Int(*default)),
        (None, _) => Err(Absent::Missing),
    }
}
