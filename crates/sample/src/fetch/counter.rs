//! What is known of those that `track-sc0` and its like track (manual, section 7.3.3). `sc0_`, `sc1_` and `sc2_` are
//! `sc_` with the number of the counter; with the name of a table the key is looked up in that.

use crate::{
    row::{Absent, ArgKind, Args, Fetch, Fetched, Places, Run},
    stream::Cx,
    table::{
        Data, Entry, Field, Table,
        ask::{self, Change},
    },
    value::{Type, Value},
};

/// The rows of one question about each of the counters.
macro_rules! each {
    ($any:literal, $zero:literal, $one:literal, $two:literal, $out:ident, $ask:expr) => {
        [
            of_counter($any, Type::$out, |args, cx| $ask(at(args, 0)?, args, 1, cx))
                .args(1, NUMBERED)
                .ok(&[concat!($any, "(0)"), concat!($any, "(9,t)")])
                .bad(&[$any, concat!($any, "(x)")]),
            of_counter($zero, Type::$out, |args, cx| $ask(0, args, 0, cx)).args(0, PREFIXED),
            of_counter($one, Type::$out, |args, cx| $ask(1, args, 0, cx)).args(0, PREFIXED),
            of_counter($two, Type::$out, |args, cx| $ask(2, args, 0, cx)).args(0, PREFIXED),
        ]
    };
}

/// A number of the entry.
macro_rules! held {
    ($any:literal, $zero:literal, $one:literal, $two:literal, $data:ident) => {
        each!($any, $zero, $one, $two, Int, |counter, args, table, cx| {
            entry(counter, args, table, cx, |table, entry| ask::read(table, entry, Data::$data.into()))
        })
    };
}

/// A change of one of its counters.
macro_rules! change {
    ($any:literal, $zero:literal, $one:literal, $two:literal, $how:ident, $fields:expr) => {
        each!($any, $zero, $one, $two, Int, |counter, args, table, cx| {
            entry(counter, args, table, cx, |table, entry| ask::apply(table, entry, Change::$how, $fields))
        })
    };
}

/// An element of an array.
macro_rules! element {
    ($name:literal, $data:ident) => {
        of_element($name, |args, cx| {
            let field = Field { data: Data::$data, index: ask::index(args, 0) };
            entry(at(args, 1)?, args, 2, cx, |table, entry| ask::read(table, entry, field))
        })
        .ok(&[concat!($name, "(0,0)"), concat!($name, "(1,2,t)")])
        .bad(&[$name, concat!($name, "(0)"), concat!($name, "(x,0)")])
    };
}

macro_rules! change_element {
    ($name:literal, $how:ident) => {
        of_element($name, |args, cx| {
            let fields = ask::gpc(ask::index(args, 0));
            entry(at(args, 1)?, args, 2, cx, |table, entry| ask::apply(table, entry, Change::$how, fields))
        })
        .ok(&[concat!($name, "(0,0)"), concat!($name, "(1,2,t)")])
        .bad(&[$name, concat!($name, "(0)"), concat!($name, "(x,0)")])
    };
}

pub(super) const TABLE: &[Fetch] = EACH.as_flattened();

#[rustfmt::skip]
const EACH: &[[Fetch; 4]] = &[
    held!("sc_bytes_in_rate", "sc0_bytes_in_rate", "sc1_bytes_in_rate", "sc2_bytes_in_rate", BytesInRate),
    held!("sc_bytes_out_rate", "sc0_bytes_out_rate", "sc1_bytes_out_rate", "sc2_bytes_out_rate", BytesOutRate),
    change!("sc_clr_gpc0", "sc0_clr_gpc0", "sc1_clr_gpc0", "sc2_clr_gpc0", Clear, ask::GPC0),
    change!("sc_clr_gpc1", "sc0_clr_gpc1", "sc1_clr_gpc1", "sc2_clr_gpc1", Clear, ask::GPC1),
    held!("sc_conn_cnt", "sc0_conn_cnt", "sc1_conn_cnt", "sc2_conn_cnt", ConnCnt),
    held!("sc_conn_cur", "sc0_conn_cur", "sc1_conn_cur", "sc2_conn_cur", ConnCur),
    held!("sc_conn_rate", "sc0_conn_rate", "sc1_conn_rate", "sc2_conn_rate", ConnRate),
    held!("sc_get_gpc0", "sc0_get_gpc0", "sc1_get_gpc0", "sc2_get_gpc0", Gpc0),
    held!("sc_get_gpc1", "sc0_get_gpc1", "sc1_get_gpc1", "sc2_get_gpc1", Gpc1),
    held!("sc_get_gpt0", "sc0_get_gpt0", "sc1_get_gpt0", "sc2_get_gpt0", Gpt0),
    held!("sc_glitch_cnt", "sc0_glitch_cnt", "sc1_glitch_cnt", "sc2_glitch_cnt", GlitchCnt),
    held!("sc_glitch_rate", "sc0_glitch_rate", "sc1_glitch_rate", "sc2_glitch_rate", GlitchRate),
    held!("sc_gpc0_rate", "sc0_gpc0_rate", "sc1_gpc0_rate", "sc2_gpc0_rate", Gpc0Rate),
    held!("sc_gpc1_rate", "sc0_gpc1_rate", "sc1_gpc1_rate", "sc2_gpc1_rate", Gpc1Rate),
    held!("sc_http_err_cnt", "sc0_http_err_cnt", "sc1_http_err_cnt", "sc2_http_err_cnt", HttpErrCnt),
    held!("sc_http_err_rate", "sc0_http_err_rate", "sc1_http_err_rate", "sc2_http_err_rate", HttpErrRate),
    held!("sc_http_fail_cnt", "sc0_http_fail_cnt", "sc1_http_fail_cnt", "sc2_http_fail_cnt", HttpFailCnt),
    held!("sc_http_fail_rate", "sc0_http_fail_rate", "sc1_http_fail_rate", "sc2_http_fail_rate", HttpFailRate),
    held!("sc_http_req_cnt", "sc0_http_req_cnt", "sc1_http_req_cnt", "sc2_http_req_cnt", HttpReqCnt),
    held!("sc_http_req_rate", "sc0_http_req_rate", "sc1_http_req_rate", "sc2_http_req_rate", HttpReqRate),
    change!("sc_inc_gpc0", "sc0_inc_gpc0", "sc1_inc_gpc0", "sc2_inc_gpc0", Increment, ask::GPC0),
    change!("sc_inc_gpc1", "sc0_inc_gpc1", "sc1_inc_gpc1", "sc2_inc_gpc1", Increment, ask::GPC1),
    of_connections(each!("sc_kbytes_in", "sc0_kbytes_in", "sc1_kbytes_in", "sc2_kbytes_in", Int, |counter, args, table, cx| {
        entry(counter, args, table, cx, |table, entry| ask::read(table, entry, Data::BytesInCnt.into())).map(ask::kilobytes)
    })),
    of_connections(each!("sc_kbytes_out", "sc0_kbytes_out", "sc1_kbytes_out", "sc2_kbytes_out", Int, |counter, args, table, cx| {
        entry(counter, args, table, cx, |table, entry| ask::read(table, entry, Data::BytesOutCnt.into())).map(ask::kilobytes)
    })),
    held!("sc_sess_cnt", "sc0_sess_cnt", "sc1_sess_cnt", "sc2_sess_cnt", SessCnt),
    held!("sc_sess_rate", "sc0_sess_rate", "sc1_sess_rate", "sc2_sess_rate", SessRate),
    each!("sc_tracked", "sc0_tracked", "sc1_tracked", "sc2_tracked", Bool, |counter, _, _, cx| {
        Ok(Value::Bool(tracked(counter, cx)))
    }),
    each!("sc_trackers", "sc0_trackers", "sc1_trackers", "sc2_trackers", Int, |counter, args, table, cx| {
        entry(counter, args, table, cx, |_, entry| Ok(Value::Int(entry.trackers().into())))
    }),
];

pub(super) const ELEMENTS: &[Fetch] = &[
    of_counter("sc0_key", Type::Any, |_, cx| key(0, cx)),
    of_counter("sc1_clr_gpc", Type::Int, |args, cx| {
        let fields = ask::gpc(ask::index(args, 0));
        entry(1, args, 1, cx, |table, entry| ask::apply(table, entry, Change::Clear, fields))
    })
    .args(1, NUMBERED)
    .ok(&["sc1_clr_gpc(0)", "sc1_clr_gpc(0,t)"])
    .bad(&["sc1_clr_gpc"]),
    of_counter("sc1_key", Type::Any, |_, cx| key(1, cx)),
    of_counter("sc2_key", Type::Any, |_, cx| key(2, cx)),
    change_element!("sc_clr_gpc", Clear),
    element!("sc_get_gpc", Gpc),
    element!("sc_get_gpt", Gpt),
    element!("sc_gpc_rate", GpcRate),
    change_element!("sc_inc_gpc", Increment),
    of_counter("sc_key", Type::Any, |args, cx| key(at(args, 0)?, cx))
        .args(1, &[ArgKind::Int])
        .ok(&["sc_key(0)"])
        .bad(&["sc_key", "sc_key(0,t)"]),
];

const PREFIXED: &[ArgKind] = &[ArgKind::Table];
const NUMBERED: &[ArgKind] = &[ArgKind::Int, ArgKind::Table];

const fn of_counter(name: &'static str, out: Type, run: Run) -> Fetch {
    Fetch::new(name, out, Places::INTERNAL, run)
}

const fn of_element(name: &'static str, run: Run) -> Fetch {
    of_counter(name, Type::Int, run).args(2, &[ArgKind::Int, ArgKind::Int, ArgKind::Table])
}

/// Rows that need a connection, which is less than a process has.
const fn of_connections(rows: [Fetch; 4]) -> [Fetch; 4] {
    let [a, b, c, d] = rows;
    let places = Places::CLIENT;
    [Fetch { places, ..a }, Fetch { places, ..b }, Fetch { places, ..c }, Fetch { places, ..d }]
}

/// The number of the counter that an argument says.
fn at(args: &Args, at: usize) -> Result<usize, Absent> {
    args.int(at).and_then(|number| usize::try_from(number).ok()).ok_or(Absent::Missing)
}

fn tracked(counter: usize, cx: &Cx<'_>) -> bool {
    cx.stream.counters.get(counter).is_some()
}

/// Asks about the entry that a counter tracks, or about that of the same key in a table that is named: there it may be
/// missing, which counts as 0.
fn entry(
    counter: usize,
    args: &Args,
    other: usize,
    cx: &Cx<'_>,
    ask: impl Fn(&Table, &Entry) -> Fetched<'static>,
) -> Fetched<'static> {
    let tracked = cx.stream.counters.get(counter).ok_or(Absent::Missing)?;
    match args.id(other).and_then(|(table, _)| cx.env.table(table)) {
        None => ask(&tracked.table, &tracked.entry),
        Some(table) => {
            let found = table.find(&tracked.entry.key, table.now(), |entry| ask(table, entry));
            found.unwrap_or(Ok(Value::Int(0)))
        }
    }
}

fn key<'a>(counter: usize, cx: &Cx<'a>) -> Fetched<'a> {
    let tracked = cx.stream.counters.get(counter).ok_or(Absent::Missing)?;
    tracked.table.value(&tracked.entry.key).ok_or(Absent::Missing)
}
