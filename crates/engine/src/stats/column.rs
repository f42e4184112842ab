//! The columns of the statistics, one row each, in HAProxy's order (management guide, section 9.1).

use super::{
    object::{Object, What, session_limit},
    show,
    status::{check_words, status, tracked},
};
use crate::state::{
    Gauge,
    count::Average,
    server::{LastCheck, ServerTimes},
};
use config::keyword::{address::Address, server::Server};
use std::{borrow::Cow, sync::atomic::Ordering::Relaxed};

/// A column.
#[derive(Debug)]
pub struct Column {
    pub name: &'static str,
    /// Origin, nature, scope and persistence, as the typed form writes them.
    pub meta: &'static str,
    pub kind: Kind,
    /// Its value for an object, if it has one.
    pub of: fn(&Object<'_>) -> Field,
    pub text: &'static str,
}

/// The types of values, as the typed form names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Flt,
    S32,
    Str,
    U32,
    U64,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// The object has no such value.
    None,
    Int(i64),
    /// Seconds, or events per second.
    Float(f64),
    Str(Cow<'static, str>),
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Flt => "flt",
            Kind::S32 => "s32",
            Kind::Str => "str",
            Kind::U32 => "u32",
            Kind::U64 => "u64",
        }
    }
}

impl<T: TryInto<i64>> From<Option<T>> for Field {
    fn from(number: Option<T>) -> Field {
        number.map_or(Field::None, |n| Field::Int(n.try_into().unwrap_or(i64::MAX)))
    }
}

impl Field {
    pub fn str(text: impl Into<Cow<'static, str>>) -> Field {
        Field::Str(text.into())
    }

    fn bytes(text: &[u8]) -> Field {
        Field::str(String::from_utf8_lossy(text).into_owned())
    }

    fn int(number: impl Into<i64>) -> Field {
        Field::Int(number.into())
    }
}

const fn row(
    name: &'static str,
    meta: &'static str,
    kind: Kind,
    text: &'static str,
    of: fn(&Object<'_>) -> Field,
) -> Column {
    Column { name, meta, kind, of, text }
}

/// A number that is none of ours: features that evenkeel does not have count nothing.
const fn zero(name: &'static str, meta: &'static str, text: &'static str, of: fn(&Object<'_>) -> Field) -> Column {
    row(name, meta, Kind::U64, text, of)
}

/// A counter summed over the threads, of the frontend (F), the backend (B) and the server (S).
macro_rules! total {
    ($name:literal, $text:literal, $($side:ident ($($field:tt)+)),+) => {
        row($name, "MCPP", Kind::U64, $text, |o| {
            $(if let Some(sum) = total!(@$side o $($field)+) {
                return Field::from(Some(sum));
            })+
            Field::None
        })
    };
    (http $name:literal, $text:literal, $($side:ident ($($field:tt)+)),+) => {
        row($name, "MCPP", Kind::U64, $text, |o| {
            $(if let Some(sum) = total!(@$side o $($field)+).filter(|_| o.is_http()) {
                return Field::from(Some(sum));
            })+
            Field::None
        })
    };
    (@F $o:ident $($field:tt)+) => { $o.frontend().map(|f| f.counts.sum(|c| &c.$($field)+)) };
    (@B $o:ident $($field:tt)+) => {
        $o.backend().and_then(|b| b.counts.as_ref()).map(|counts| counts.sum(|c| &c.$($field)+))
    };
    (@S $o:ident $($field:tt)+) => { $o.server().map(|(_, s)| s.counts.sum(|c| &c.$($field)+)) };
    (@L $o:ident $($field:tt)+) => { $o.listener().map(|(_, l)| l.counts.sum(|c| &c.$($field)+)) };
}

/// A number about a server.
macro_rules! server {
    ($name:literal, $meta:literal, $kind:ident, $text:literal, $of:expr) => {
        row($name, $meta, Kind::$kind, $text, |o| {
            let of: fn(&Object<'_>, &Server, &crate::state::ServerState) -> Field = $of;
            o.server().map_or(Field::None, |(said, state)| of(o, said, state))
        })
    };
}

/// An average of a phase in milliseconds, or the longest it took.
macro_rules! phase {
    ($name:literal, $meta:literal, $text:literal, $phase:ident, $get:expr) => {
        row($name, $meta, Kind::U32, $text, |o| {
            let get: fn(&Average, u64) -> u32 = $get;
            match (o.backend(), o.server()) {
                (Some(b), _) => Field::int(get(&b.times.$phase, ended(o))),
                (_, Some((_, s))) => Field::int(get(&times(&s.times).$phase, ended(o))),
                _ => Field::None,
            }
        })
    };
}

fn times(times: &ServerTimes) -> &ServerTimes {
    times
}

/// How many streams the averages are of.
fn ended(o: &Object<'_>) -> u64 {
    match (o.backend(), o.server()) {
        (Some(b), _) => b.counts.as_ref().map_or(0, |counts| counts.sum(|c| &c.common.stot)),
        (_, Some((_, s))) => s.counts.sum(|c| &c.stot),
        _ => 0,
    }
}

pub static COLUMNS: &[Column] = &[
    row("pxname", "KNSV", Kind::Str, "Proxy", |o| Field::bytes(&o.config.name)),
    row("svname", "KNSV", Kind::Str, "FRONTEND, BACKEND, or the server's or listener's name", |o| match o.what {
        What::Frontend => Field::str("FRONTEND"),
        What::Backend => Field::str("BACKEND"),
        What::Server(_) => o.server().map_or(Field::None, |(s, _)| Field::bytes(&s.name)),
        What::Listener(_) => Field::str(show::listener_name(o)),
    }),
    row("qcur", "MGPV", Kind::U32, "Requests waiting now", |o| queue(o, Gauge::get)),
    row("qmax", "MMPV", Kind::U32, "Most requests that waited at once", |o| queue(o, Gauge::max)),
    row("scur", "MGPV", Kind::U32, "Sessions now", |o| Field::int(sessions(o).get())),
    row("smax", "MMPV", Kind::U32, "Most sessions at once", |o| Field::int(sessions(o).max())),
    row("slim", "CLPV", Kind::U32, "Limit of sessions", |o| match o.what {
        What::Frontend => Field::int(session_limit(o, &o.state.front)),
        What::Backend => Field::int(o.config.fullconn),
        What::Server(_) => Field::from(o.server().map(|(_, s)| s.maxconn.load(Relaxed)).filter(|max| *max > 0)),
        What::Listener(_) => Field::from(o.listener().map(|(bind, _)| bind.maxconn)),
    }),
    total!("stot", "Sessions since the start", F(stot), B(common.stot), S(stot), L(stot)),
    total!("bin", "Bytes of requests", F(bin), B(common.bin), S(bin), L(bin)),
    total!("bout", "Bytes of responses", F(bout), B(common.bout), S(bout), L(bout)),
    total!("dreq", "Requests denied", F(dreq), B(dreq)),
    total!("dresp", "Responses denied", F(dresp), B(common.dresp), S(dresp)),
    total!("ereq", "Invalid requests", F(ereq)),
    total!("econ", "Failed connections to servers", B(common.econ), S(econ)),
    total!("eresp", "Invalid responses", B(common.eresp), S(eresp)),
    total!("wretr", "Connections tried again", B(common.wretr), S(wretr)),
    total!("wredis", "Requests sent to another server", B(common.wredis), S(wredis)),
    row("status", "SGPV", Kind::Str, "State", |o| Field::str(status(o))),
    row("weight", "MaPV", Kind::U32, "Weight in force", |o| Field::from(show::weight(o))),
    row("act", "MGPV", Kind::U32, "Usable servers that are no backup", |o| Field::from(show::in_use(o, false))),
    row("bck", "MGPV", Kind::U32, "Usable backup servers", |o| Field::from(show::in_use(o, true))),
    server!("chkfail", "MCPP", U64, "Failed checks of a server that was up", |_, said, s| {
        Field::from(said.check.as_ref().map(|_| s.counts.sum(|c| &c.chkfail)))
    }),
    row("chkdown", "MCPP", Kind::U64, "Times it went down", |o| match o.server() {
        Some((said, s)) => Field::from(said.check.as_ref().map(|_| s.counts.sum(|c| &c.chkdown))),
        None => Field::from(o.backend().and_then(|b| b.counts.as_ref()).map(|counts| counts.sum(|c| &c.chkdown))),
    }),
    row("lastchg", "MAPP", Kind::U32, "Seconds since the state changed", |o| Field::from(show::last_change(o))),
    row("downtime", "MCPV", Kind::U32, "Seconds spent down", |o| Field::from(show::downtime(o))),
    server!("qlimit", "CGSV", U32, "Limit of waiting requests", |_, said, _| {
        Field::from(Some(said.maxqueue).filter(|max| *max > 0))
    }),
    row("pid", "KGPV", Kind::U32, "Process number", |_| Field::Int(1)),
    row("iid", "KGSV", Kind::U32, "Number of the proxy", |o| Field::int(o.config.id)),
    row("sid", "KGSV", Kind::U32, "Number within the proxy", |o| Field::int(o.sid())),
    server!("throttle", "MaPV", U32, "Percentage of the weight during slow start", |_, _, s| {
        let steps = s.warm_steps.load(Relaxed);
        Field::from((steps > 0).then(|| (steps * 100).div_ceil(balance::SCALE).min(100)))
    }),
    total!("lbtot", "Times chosen by balancing", B(common.lbtot), S(lbtot)),
    server!("tracked", "CNSV", Str, "Server that it tracks", |o, said, _| {
        tracked(o, said).map_or(Field::None, Field::str)
    }),
    row("type", "CGSV", Kind::U32, "0 frontend, 1 backend, 2 server, 3 listener", |o| Field::int(o.what.number())),
    row("rate", "MRPP", Kind::U32, "Sessions in the last second", |o| session_rate(o, |rate| rate.get(o.ms))),
    row("rate_lim", "CLPV", Kind::U32, "Limit of sessions per second", |o| {
        Field::from(o.frontend().map(|_| o.config.session_rate_limit))
    }),
    row("rate_max", "MMPV", Kind::U32, "Most sessions in a second", |o| session_rate(o, |rate| rate.max())),
    row("check_status", "MOPV", Kind::Str, "Last check", |o| {
        check(o, |last| {
            let code = if last.status.is_empty() { "INI" } else { last.status };
            Field::str(format!("{}{code}", if last.running { "* " } else { "" }))
        })
    }),
    row("check_code", "MOPV", Kind::U32, "Layer 7 code of the last check", |o| {
        check(o, |last| Field::from(Some(last.code).filter(|code| *code > 0)))
    }),
    row("check_duration", "MDPV", Kind::U64, "Milliseconds that the last check took", |o| {
        check(o, |last| Field::from((!last.status.is_empty()).then_some(last.duration_ms)))
    }),
    total!(http "hrsp_1xx", "Responses 1xx", F(responses[0]), B(common.responses[0]), S(responses[0])),
    total!(http "hrsp_2xx", "Responses 2xx", F(responses[1]), B(common.responses[1]), S(responses[1])),
    total!(http "hrsp_3xx", "Responses 3xx", F(responses[2]), B(common.responses[2]), S(responses[2])),
    total!(http "hrsp_4xx", "Responses 4xx", F(responses[3]), B(common.responses[3]), S(responses[3])),
    total!(http "hrsp_5xx", "Responses 5xx", F(responses[4]), B(common.responses[4]), S(responses[4])),
    total!(http "hrsp_other", "Responses of other classes", F(responses[5]), B(common.responses[5]), S(responses[5])),
    server!("hanafail", "MCPP", U64, "Failures that observe saw", |_, said, s| {
        Field::from(said.observe.map(|_| s.counts.sum(|c| &c.hanafail)))
    }),
    row("req_rate", "MRPP", Kind::U32, "Requests in the last second", |o| {
        Field::from(o.frontend().map(|f| f.request_rate.get(o.ms)))
    }),
    row("req_rate_max", "MMPV", Kind::U32, "Most requests in a second", |o| {
        Field::from(o.frontend().map(|f| f.request_rate.max()))
    }),
    row("req_tot", "MCPP", Kind::U64, "Requests", |o| match o.frontend() {
        Some(front) => Field::from(Some(front.counts.sum(|c| &c.req_tot))),
        None => {
            let total = total!(@B o common.req_tot).or(total!(@S o req_tot));
            Field::from(total.filter(|_| o.is_http()))
        }
    }),
    total!("cli_abrt", "Transfers ended by the client", B(common.cli_abrt), S(cli_abrt)),
    total!("srv_abrt", "Transfers ended by the server", B(common.srv_abrt), S(srv_abrt)),
    zero("comp_in", "MCPP", "Bytes given to compression", sides),
    zero("comp_out", "MCPP", "Bytes that compression made", sides),
    zero("comp_byp", "MCPP", "Bytes that compression let pass", sides),
    zero("comp_rsp", "MCPP", "Compressed responses", sides),
    row("lastsess", "MAPP", Kind::S32, "Seconds since the last session; -1 = never", show::last_session),
    row("last_chk", "MOPV", Kind::Str, "What the last check found", |o| check(o, |last| Field::str(last.text.clone()))),
    row("last_agt", "MOPV", Kind::Str, "What the last agent check found", |_| Field::None),
    phase!("qtime", "MaPV", "Average time in the queue, in ms", queue, Average::get),
    phase!("ctime", "MaPV", "Average time to connect, in ms", connect, Average::get),
    phase!("rtime", "MaPV", "Average time to the response, in ms", response, Average::get),
    phase!("ttime", "MaPV", "Average total time, in ms", total, Average::get),
    row("agent_status", "MOPV", Kind::Str, "Last agent check", |_| Field::None),
    row("agent_code", "MOPV", Kind::U32, "Code of the last agent check", |_| Field::None),
    row("agent_duration", "MDPV", Kind::U64, "Milliseconds that the last agent check took", |_| Field::None),
    row("check_desc", "MOPV", Kind::Str, "Last check in words", |o| {
        check(o, |last| Field::str(check_words(if last.status.is_empty() { "INI" } else { last.status })))
    }),
    row("agent_desc", "MOPV", Kind::Str, "Last agent check in words", |_| Field::None),
    server!("check_rise", "CGSV", U32, "Checks that bring it up", |_, said, _| {
        Field::from(said.check.as_ref().map(|c| c.rise))
    }),
    server!("check_fall", "CGSV", U32, "Checks that bring it down", |_, said, _| {
        Field::from(said.check.as_ref().map(|c| c.fall))
    }),
    server!("check_health", "CGSV", U32, "Health, from 0 to rise + fall - 1", |_, said, s| {
        Field::from(said.check.as_ref().map(|_| s.check_health.load(Relaxed)))
    }),
    row("agent_rise", "CGSV", Kind::U32, "Agent checks that bring it up", |_| Field::None),
    row("agent_fall", "CGSV", Kind::U32, "Agent checks that bring it down", |_| Field::None),
    row("agent_health", "CGSV", Kind::U32, "Health by agent checks", |_| Field::None),
    row("addr", "CGSV", Kind::Str, "Address", |o| match (o.server(), o.listener()) {
        (Some((said, state)), _) => show::server_address(said, state).map_or(Field::None, Field::str),
        (_, Some((bind, _))) => Field::str(show::bind_address(bind)),
        _ => Field::None,
    }),
    row("cookie", "CNSV", Kind::Str, "Name or value of the persistence cookie", |o| {
        let of_backend = o.backend().and(o.config.cookie.as_ref()).map(|c| &c.name);
        let of_server = o.server().and_then(|(said, _)| said.cookie.as_ref());
        of_backend.or(of_server).map_or(Field::None, |cookie| Field::bytes(cookie))
    }),
    row("mode", "CGSV", Kind::Str, "Mode", |o| Field::str(if o.is_http() { "http" } else { "tcp" })),
    row("algo", "CGSV", Kind::Str, "Balancing", |o| {
        o.backend().map_or(Field::None, |_| Field::str(show::algorithm(&o.config.balance)))
    }),
    row("conn_rate", "MRPP", Kind::U32, "Connections in the last second", |o| {
        Field::from(o.frontend().map(|f| f.connection_rate.get(o.ms)))
    }),
    row("conn_rate_max", "MMPV", Kind::U32, "Most connections in a second", |o| {
        Field::from(o.frontend().map(|f| f.connection_rate.max()))
    }),
    total!("conn_tot", "Connections", F(conn_tot), L(stot)),
    total!(http "intercepted", "Requests answered by ourselves", F(intercepted)),
    total!("dcon", "Connections denied", F(dcon)),
    total!("dses", "Sessions denied", F(dses)),
    total!("wrew", "Failed rewrites of headers", F(wrew), B(common.wrew), S(wrew)),
    total!("connect", "Connections to servers tried", B(common.connect), S(connect)),
    total!("reuse", "Connections to servers used again", B(common.reuse), S(reuse)),
    zero("cache_lookups", "MCPP", "Lookups in the cache", |o| if o.is_http() { sides(o) } else { Field::None }),
    zero("cache_hits", "MCPP", "Answers from the cache", |o| if o.is_http() { sides(o) } else { Field::None }),
    server!("srv_icur", "MGPV", U32, "Idle connections", |_, _, s| Field::int(s.idle.get())),
    server!("src_ilim", "CLPV", U32, "Limit of idle connections", |_, said, _| Field::from(said.pool_max_conn)),
    phase!("qtime_max", "MMPV", "Longest time in the queue, in ms", queue, |time, _| time.max()),
    phase!("ctime_max", "MMPV", "Longest time to connect, in ms", connect, |time, _| time.max()),
    phase!("rtime_max", "MMPV", "Longest time to the response, in ms", response, |time, _| time.max()),
    phase!("ttime_max", "MMPV", "Longest total time, in ms", total, |time, _| time.max()),
    total!("eint", "Internal errors", F(eint), B(common.eint), S(eint)),
    server!("idle_conn_cur", "MGPV", U32, "Idle connections that may not be shared", |_, _, _| Field::Int(0)),
    server!("safe_conn_cur", "MGPV", U32, "Idle connections that may be shared", |_, _, s| Field::int(s.idle.get())),
    server!("used_conn_cur", "MGPV", U32, "Connections in use", |_, _, s| Field::int(s.served.get())),
    server!("need_conn_est", "MGPV", U32, "Connections needed, as estimated", |_, _, s| Field::int(s.served.max())),
    row("uweight", "MaPV", Kind::U32, "Weight as configured or set", |o| match o.server() {
        Some((_, s)) => Field::int(s.weight.load(Relaxed)),
        None => Field::from(show::weight(o)),
    }),
    row("agg_server_status", "MGPV", Kind::U32, "Servers with a state", |o| {
        Field::from(o.backend().map(|_| show::with_status(o)))
    }),
    row("agg_server_check_status", "MGPV", Kind::U32, "Servers with a state", |o| {
        Field::from(o.backend().map(|_| show::with_status(o)))
    }),
    row("agg_check_status", "MGPV", Kind::U32, "Servers with a check's result", |o| {
        Field::from(o.backend().map(|_| show::with_check(o)))
    }),
    server!("srid", "MCPV", U32, "Revision of the server", |_, _, _| Field::Int(0)),
    row("sess_other", "MCPV", Kind::U64, "Sessions of other protocols", |o| Field::from(total!(@F o sess_other))),
    row("h1sess", "MCPP", Kind::U64, "HTTP/1 sessions", |o| Field::from(total!(@F o h1sess))),
    row("h2sess", "MCPP", Kind::U64, "HTTP/2 sessions", |o| Field::from(total!(@F o h2sess))),
    row("h3sess", "MCPP", Kind::U64, "HTTP/3 sessions", |o| Field::from(o.frontend().map(|_| 0))),
    row("req_other", "MCPP", Kind::U64, "Requests of other protocols", |o| Field::from(total!(@F o req_other))),
    row("h1req", "MCPP", Kind::U64, "HTTP/1 requests", |o| Field::from(total!(@F o h1req))),
    row("h2req", "MCPP", Kind::U64, "HTTP/2 requests", |o| Field::from(total!(@F o h2req))),
    row("h3req", "MCPP", Kind::U64, "HTTP/3 requests", |o| Field::from(o.frontend().map(|_| 0))),
    row("proto", "SGPV", Kind::Str, "Protocol of the listener", |o| {
        o.listener().map_or(Field::None, |(bind, _)| {
            Field::str(match &bind.address {
                Address::Ip(ip, _) if ip.is_ipv4() => "tcpv4",
                Address::Ip(..) => "tcpv6",
                _ => "unix_stream",
            })
        })
    }),
    server!("priv_idle_cur", "MGPV", U32, "Idle connections that belong to one client", |_, _, _| Field::Int(0)),
    total!("reqbin", "Bytes of requests received", F(bin), B(common.bin), S(bin), L(bin)),
    total!("reqbout", "Bytes of requests sent on", F(reqbout), B(common.reqbout), S(reqbout)),
    total!("resbin", "Bytes of responses received", F(resbin), B(common.resbin), S(resbin)),
    total!("resbout", "Bytes of responses sent on", F(bout), B(common.bout), S(bout), L(bout)),
    // The fixed columns end with one of this name; those of modules follow.
    row("-", "", Kind::Str, "", |_| Field::str("-")),
    zero("ssl_sess", "MCPV", "TLS sessions", |_| Field::Int(0)),
    zero("ssl_reused_sess", "MCPV", "TLS sessions taken up again", |_| Field::Int(0)),
    zero("ssl_failed_handshake", "MCPV", "Failed TLS handshakes", |_| Field::Int(0)),
    zero("ssl_ocsp_staple", "MCPV", "OCSP responses stapled", |_| Field::Int(0)),
    zero("ssl_failed_ocsp_staple", "MCPV", "OCSP responses that could not be stapled", |_| Field::Int(0)),
    zero("h2_headers_rcvd", "MCPV", "HTTP/2 HEADERS frames received", requests_h2),
    zero("h2_data_rcvd", "MCPV", "HTTP/2 DATA frames received", sides),
    zero("h2_settings_rcvd", "MCPV", "HTTP/2 SETTINGS frames received", sides),
    zero("h2_rst_stream_rcvd", "MCPV", "HTTP/2 RST_STREAM frames received", sides),
    zero("h2_goaway_rcvd", "MCPV", "HTTP/2 GOAWAY frames received", sides),
    zero("h2_detected_conn_protocol_errors", "MCPV", "HTTP/2 connection errors", sides),
    zero("h2_detected_strm_protocol_errors", "MCPV", "HTTP/2 stream errors", sides),
    zero("h2_rst_stream_resp", "MCPV", "HTTP/2 RST_STREAM frames sent", sides),
    zero("h2_goaway_resp", "MCPV", "HTTP/2 GOAWAY frames sent", sides),
    zero("h2_open_connections", "MGPV", "HTTP/2 connections now", sides),
    zero("h2_backend_open_streams", "MGPV", "HTTP/2 streams now", sides),
    zero("h2_total_connections", "MCPV", "HTTP/2 connections", |o| both(o, Some(total!(@F o h2sess).unwrap_or(0)))),
    zero("h2_backend_total_streams", "MCPV", "HTTP/2 streams", requests_h2),
    zero("h1_open_connections", "MGPV", "HTTP/1 connections now", sides),
    zero("h1_open_streams", "MGPV", "HTTP/1 streams now", sides),
    zero("h1_total_connections", "MCPV", "HTTP/1 connections", |o| {
        both(o, total!(@F o h1sess).or(total!(@B o common.connect)))
    }),
    zero("h1_total_streams", "MCPV", "HTTP/1 streams", |o| both(o, total!(@F o h1req).or(total!(@B o common.req_tot)))),
    zero("h1_bytes_in", "MCPV", "HTTP/1 bytes received", |o| both(o, total!(@F o bin).or(total!(@B o common.resbin)))),
    zero("h1_bytes_out", "MCPV", "HTTP/1 bytes sent", |o| both(o, total!(@F o bout).or(total!(@B o common.reqbout)))),
    zero("h1_spliced_bytes_in", "MCPV", "HTTP/1 bytes received by splicing", |o| {
        both(o, total!(@F o spliced_in).or(total!(@B o common.spliced_in)))
    }),
    zero("h1_spliced_bytes_out", "MCPV", "HTTP/1 bytes sent by splicing", |o| {
        both(o, total!(@F o spliced_out).or(total!(@B o common.spliced_out)))
    }),
];

/// Nothing to count, on both sides of a proxy; servers and listeners have no such value.
fn sides(o: &Object<'_>) -> Field {
    both(o, Some(0))
}

fn both(o: &Object<'_>, number: Option<u64>) -> Field {
    match o.what {
        What::Frontend | What::Backend if o.is_http() => Field::from(number),
        What::Frontend | What::Backend => Field::Int(0),
        _ => Field::None,
    }
}

fn requests_h2(o: &Object<'_>) -> Field {
    both(o, Some(total!(@F o h2req).unwrap_or(0)))
}

/// Requests that wait: those of a backend wait in its own line or in one of a server.
fn queue(o: &Object<'_>, get: fn(&Gauge) -> u32) -> Field {
    match (o.backend(), o.server()) {
        (Some(b), _) => Field::int(get(&b.queued)),
        (_, Some((_, s))) => Field::int(get(&s.queued)),
        _ => Field::None,
    }
}

fn sessions<'a>(o: &Object<'a>) -> &'a Gauge {
    match o.what {
        What::Frontend => &o.state.front.sessions,
        What::Backend => &o.state.back.sessions,
        What::Server(_) => o.server().map_or(&o.state.back.served, |(_, s)| &s.served),
        What::Listener(_) => o.listener().map_or(&o.state.front.sessions, |(_, l)| &l.sessions),
    }
}

fn session_rate(o: &Object<'_>, get: impl Fn(&crate::state::Rate) -> u32) -> Field {
    match o.what {
        What::Frontend => Field::int(get(&o.state.front.session_rate)),
        What::Backend => Field::int(get(&o.state.back.session_rate)),
        What::Server(_) => Field::from(o.server().map(|(_, s)| get(&s.session_rate))),
        What::Listener(_) => Field::None,
    }
}

/// A value of the last check of a server that is checked and not in maintenance.
fn check(o: &Object<'_>, of: impl FnOnce(&LastCheck) -> Field) -> Field {
    match o.server() {
        Some((said, s)) if said.check.is_some() && !s.in_maintenance() => of(&s.check_result()),
        _ => Field::None,
    }
}
