//! What logs tell about a stream: sizes, timers, retries, states (manual, sections 7.3.2, 7.3.3 and 8.4).

use crate::{
    row::{Absent, Fetch, Fetched, Places},
    stream::{Counts, Cx, Times},
    value::{Type, Value},
};

/// A timer, absent as long as its phase was not reached.
macro_rules! timer {
    ($name:literal, $places:ident, $of:expr) => {
        Fetch::new($name, Type::Int, Places::$places, |_, cx| timer(cx, $of)).ok(&[$name])
    };
}

/// A number that is always there.
macro_rules! count {
    ($name:literal, $places:ident, $of:expr) => {
        Fetch::new($name, Type::Int, Places::$places, |_, cx| count(cx, $of)).ok(&[$name])
    };
}

pub(super) const TABLE: &[Fetch] = &[
    timer!("bc.timer.connect", SERVER, Times::tc),
    count!("bc_be_queue", SERVER, |c| c.backend_queue.into()),
    count!("bc_srv_queue", SERVER, |c| c.server_queue.into()),
    count!("bytes_in", REQUEST_KEPT, |c| c.bytes_in),
    count!("bytes_out", RESPONSE_END, |c| c.from_server),
    timer!("fc.timer.handshake", CLIENT, Times::th),
    timer!("fc.timer.total", FRONTEND, Times::tt),
    count!("req.bytes_in", REQUEST_KEPT, |c| c.bytes_in),
    count!("req.bytes_out", REQUEST_KEPT, |c| c.to_server),
    timer!("req.timer.hdr", REQUEST, Times::tr_request),
    timer!("req.timer.idle", REQUEST, Times::ti),
    timer!("req.timer.queue", SERVER, Times::tw),
    timer!("req.timer.tq", REQUEST, Times::tq),
    count!("res.bytes_in", RESPONSE_END, |c| c.from_server),
    count!("res.bytes_out", RESPONSE_END, |c| c.bytes_out),
    timer!("res.timer.data", RESPONSE_END, Times::td),
    timer!("res.timer.hdr", RESPONSE, Times::tr),
    Fetch::new("server_status", Type::Int, Places::RESPONSE_KEPT, |_, cx| {
        Ok(Value::Int(cx.stream.server_status.into()))
    }),
    count!("txn.conn_retries", SERVER, |c| c.retries.into()),
    Fetch::new("txn.id32", Type::Int, Places::INTERNAL, |_, cx| Ok(Value::Int(cx.stream.number.into()))),
    Fetch::new("txn.redispatched", Type::Bool, Places::SERVER, |_, cx| Ok(Value::Bool(cx.stream.counts.redispatched))),
    Fetch::new("txn.sess_term_state", Type::Str, Places::INTERNAL, |_, cx| {
        Ok(Value::str(cx.stream.state.get(..2).unwrap_or_default()))
    }),
    Fetch::new("txn.status", Type::Int, Places::RESPONSE_KEPT, |_, cx| Ok(Value::Int(cx.stream.status.into()))),
    timer!("txn.timer.total", REQUEST_KEPT, Times::ta),
    timer!("txn.timer.user", REQUEST_KEPT, Times::tu),
    Fetch::new("unique-id", Type::Str, Places::CONST, |_, cx| {
        cx.stream.unique_id.as_deref().map(Value::str).ok_or(Absent::Missing)
    }),
    Fetch::new("wait_end", Type::Bool, Places::INTERNAL, |_, cx| match cx.stream.inspecting {
        true => Err(Absent::NotYet),
        false => Ok(Value::Bool(true)),
    }),
];

fn timer<'a>(cx: &Cx<'a>, of: fn(&Times) -> i64) -> Fetched<'a> {
    match of(&cx.stream.times) {
        -1 => Err(Absent::Missing),
        ms => Ok(Value::Int(ms)),
    }
}

fn count<'a>(cx: &Cx<'a>, of: fn(&Counts) -> u64) -> Fetched<'a> {
    Ok(Value::Int(of(&cx.stream.counts) as i64))
}
