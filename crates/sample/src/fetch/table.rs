//! Stick tables: how full they are, and what they know of the client's address (manual, sections 7.3.2 and 7.3.3).
//! `src_conn_cnt(t)` is `src,table_conn_cnt(t)`.

use crate::{
    row::{Absent, ArgKind, Fetch, Places, Run},
    stream::Cx,
    table::{
        Data, Event, Field,
        ask::{self, Change, named},
    },
    value::{Type, Value},
};
use std::net::IpAddr;

/// A number of the entry of the client's address.
macro_rules! held {
    ($name:literal, $data:ident) => {
        of_client(
            $name,
            |args, cx| ask::number(named(args, 0, cx)?, client(cx)?, Data::$data.into()),
            &[$name, concat!($name, "(t)")],
            &[concat!($name, "(t,x)")],
        )
    };
}

/// An element of an array of that entry.
macro_rules! element {
    ($name:literal, $data:ident) => {
        of_client(
            $name,
            |args, cx| {
                let field = Field { data: Data::$data, index: ask::index(args, 0) };
                ask::number(named(args, 1, cx)?, client(cx)?, field)
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
        of_client(
            $name,
            |args, cx| ask::change(named(args, 0, cx)?, client(cx)?, Change::$how, $fields),
            &[$name, concat!($name, "(t)")],
            &[concat!($name, "(t,x)")],
        )
    };
}

macro_rules! change_element {
    ($name:literal, $how:ident) => {
        of_client(
            $name,
            |args, cx| ask::change(named(args, 1, cx)?, client(cx)?, Change::$how, ask::gpc(ask::index(args, 0))),
            &[concat!($name, "(0,t)")],
            &[$name, concat!($name, "(0)"), concat!($name, "(x,t)")],
        )
        .args(2, ELEMENT)
    };
}

pub(super) const TABLE: &[Fetch] = &[
    held!("src_bytes_in_rate", BytesInRate),
    held!("src_bytes_out_rate", BytesOutRate),
    change_element!("src_clr_gpc", Clear),
    change!("src_clr_gpc0", Clear, ask::GPC0),
    change!("src_clr_gpc1", Clear, ask::GPC1),
    held!("src_conn_cnt", ConnCnt),
    held!("src_conn_cur", ConnCur),
    held!("src_conn_rate", ConnRate),
    element!("src_get_gpc", Gpc),
    held!("src_get_gpc0", Gpc0),
    held!("src_get_gpc1", Gpc1),
    element!("src_get_gpt", Gpt),
    held!("src_get_gpt0", Gpt0),
    held!("src_glitch_cnt", GlitchCnt),
    held!("src_glitch_rate", GlitchRate),
    held!("src_gpc0_rate", Gpc0Rate),
    held!("src_gpc1_rate", Gpc1Rate),
    element!("src_gpc_rate", GpcRate),
    held!("src_http_err_cnt", HttpErrCnt),
    held!("src_http_err_rate", HttpErrRate),
    held!("src_http_fail_cnt", HttpFailCnt),
    held!("src_http_fail_rate", HttpFailRate),
    held!("src_http_req_cnt", HttpReqCnt),
    held!("src_http_req_rate", HttpReqRate),
    change_element!("src_inc_gpc", Increment),
    change!("src_inc_gpc0", Increment, ask::GPC0),
    change!("src_inc_gpc1", Increment, ask::GPC1),
    of_client(
        "src_kbytes_in",
        |args, cx| ask::number(named(args, 0, cx)?, client(cx)?, Data::BytesInCnt.into()).map(ask::kilobytes),
        &["src_kbytes_in(t)"],
        &["src_kbytes_in(t,x)"],
    ),
    of_client(
        "src_kbytes_out",
        |args, cx| ask::number(named(args, 0, cx)?, client(cx)?, Data::BytesOutCnt.into()).map(ask::kilobytes),
        &["src_kbytes_out(t)"],
        &["src_kbytes_out(t,x)"],
    ),
    held!("src_sess_cnt", SessCnt),
    held!("src_sess_rate", SessRate),
    of_client(
        "src_updt_conn_cnt",
        |args, cx| {
            let table = named(args, 0, cx)?;
            let (key, now) = (table.key(client(cx)?).ok_or(Absent::Missing)?, table.now());
            let count = table.enter(&key, now, |entry| {
                let mut open = entry.open(table, now);
                open.count(Event::Connection, 1);
                open.get(Data::ConnCnt.into())
            });
            count.flatten().map(Value::Int).ok_or(Absent::Missing)
        },
        &["src_updt_conn_cnt", "src_updt_conn_cnt(t)"],
        &["src_updt_conn_cnt(t,x)"],
    ),
    Fetch::new("table_avl", Type::Int, Places::INTERNAL, |args, cx| {
        let table = named(args, 0, cx)?;
        Ok(Value::Int(table.spec.size.saturating_sub(table.len()) as i64))
    })
    .args(1, ONE)
    .ok(&["table_avl", "table_avl(t)"])
    .bad(&["table_avl(t,x)"]),
    Fetch::new("table_cnt", Type::Int, Places::INTERNAL, |args, cx| Ok(Value::Int(named(args, 0, cx)?.len() as i64)))
        .args(1, ONE)
        .ok(&["table_cnt", "table_cnt(t)"])
        .bad(&["table_cnt(t,x)"]),
];

const ONE: &[ArgKind] = &[ArgKind::OwnTable];
const ELEMENT: &[ArgKind] = &[ArgKind::Int, ArgKind::OwnTable];

const fn of_client(name: &'static str, run: Run, ok: &'static [&'static str], bad: &'static [&'static str]) -> Fetch {
    Fetch::new(name, Type::Int, Places::CLIENT, run).args(1, ONE).ok(ok).bad(bad)
}

/// The client's address, which is the key.
fn client(cx: &Cx<'_>) -> Result<Value<'static>, Absent> {
    match cx.stream.client.src.ok_or(Absent::Missing)?.ip() {
        IpAddr::V4(address) => Ok(Value::Ipv4(address)),
        IpAddr::V6(address) => Ok(Value::Ipv6(address)),
    }
}
