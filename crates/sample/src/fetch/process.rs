//! The process, its clock and its dice (manual, section 7.3.2).

use crate::{
    env::ProcessFact,
    row::{Absent, Arg, ArgKind, Args, Fetch, Fetched, Places},
    stream::Cx,
    value::{Type, Value},
};
use std::time::{SystemTime, UNIX_EPOCH};

/// Units that dates are given in.
const UNIT: ArgKind = ArgKind::OneOf(&["s", "ms", "us"]);

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("accept_date", Type::Int, Places::CLIENT, |args, cx| {
        Ok(Value::Int(since_epoch(cx.stream.times.accept_date, args.int(0))))
    })
    .args(0, &[UNIT])
    .ok(&["accept_date", "accept_date(ms)"])
    .bad(&["accept_date(h)"]),
    Fetch::new("act_conn", Type::Int, Places::CONST, |_, cx| fact(cx, ProcessFact::ActiveConnections)),
    Fetch::new("date", Type::Int, Places::CONST, date)
        .args(0, &[ArgKind::Int, UNIT])
        .ok(&["date", "date(-3600)", "date(0,us)"])
        .bad(&["date(x)", "date(0,h)"]),
    Fetch::new("date_us", Type::Int, Places::CONST, |_, cx| {
        Ok(Value::Int(since_epoch(cx.env.now(), Some(2)) % 1_000_000))
    }),
    Fetch::new("env", Type::Str, Places::CONST, |args, cx| {
        cx.env.variable(args.str(0).unwrap_or_default()).map(Value::str).ok_or(Absent::Missing)
    })
    .args(1, &[ArgKind::Str])
    .ok(&["env(PATH)", "env()"]),
    Fetch::new("hostname", Type::Str, Places::CONST, |_, cx| Ok(Value::str(cx.env.hostname().as_bytes()))),
    Fetch::new("nbproc", Type::Int, Places::CONST, |_, _| Ok(Value::Int(1))),
    Fetch::new("pid", Type::Int, Places::CONST, |_, cx| Ok(Value::Int(cx.env.pid().into()))),
    Fetch::new("proc", Type::Int, Places::CONST, |_, _| Ok(Value::Int(1))),
    Fetch::new("quic_enabled", Type::Bool, Places::CONST, |_, _| Err(Absent::Missing)),
    Fetch::new("rand", Type::Int, Places::CONST, rand)
        .args(0, &[ArgKind::Int])
        .ok(&["rand", "rand(100)"])
        .bad(&["rand(x)"]),
    Fetch::new("request_date", Type::Int, Places::REQUEST_KEPT, |args, cx| {
        Ok(Value::Int(since_epoch(cx.stream.times.request_date, args.int(0))))
    })
    .args(0, &[UNIT])
    .ok(&["request_date(us)"])
    .bad(&["request_date(x)"]),
    Fetch::new("stopping", Type::Bool, Places::INTERNAL, |_, cx| {
        Ok(Value::Bool(cx.env.process(ProcessFact::Stopping) != 0))
    }),
    Fetch::new("tgroup", Type::Int, Places::CONST, |_, _| Ok(Value::Int(1))),
    Fetch::new("thread", Type::Int, Places::CONST, |_, cx| fact(cx, ProcessFact::Thread)),
    Fetch::new("uptime", Type::Int, Places::CONST, |_, cx| fact(cx, ProcessFact::Uptime)),
    Fetch::new("uuid", Type::Str, Places::CONST, uuid)
        .args(0, &[ArgKind::Int])
        .check(uuid_version)
        .ok(&["uuid", "uuid(4)", "uuid(7)"])
        .bad(&["uuid(1)", "uuid(x)"]),
];

fn fact<'a>(cx: &Cx<'a>, what: ProcessFact) -> Fetched<'a> {
    Ok(Value::Int(cx.env.process(what)))
}

/// A time in seconds (0), milliseconds (1) or microseconds (2).
pub(super) fn since_epoch(time: SystemTime, unit: Option<i64>) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    match unit {
        Some(1) => since.as_millis() as i64,
        Some(2) => since.as_micros() as i64,
        _ => since.as_secs() as i64,
    }
}

fn date<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let scale = [1, 1000, 1_000_000].get(args.int(1).unwrap_or(0) as usize).copied().unwrap_or(1);
    let offset = args.int(0).unwrap_or(0).saturating_mul(scale);
    Ok(Value::Int(since_epoch(cx.env.now(), args.int(1)).saturating_add(offset)))
}

/// Uniform below the argument, or over 32 bits.
fn rand<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let number = i128::from(cx.env.random());
    Ok(Value::Int(match args.int(0) {
        Some(range) => ((number * i128::from(range)) >> 32) as i64,
        None => number as i64,
    }))
}

fn uuid_version(args: &mut Args) -> Result<(), String> {
    let version = args.int(0).unwrap_or(4);
    if version != 4 && version != 7 {
        return Err(format!("Unsupported UUID version: {version}; only 4 and 7 are known"));
    }
    args.0 = vec![Arg::Int(version)];
    Ok(())
}

/// A UUID of RFC 9562: version 4 is random, version 7 starts with the milliseconds of the clock.
fn uuid<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let version = args.int(0).unwrap_or(4) as u128;
    let mut bits = (0..4).fold(0u128, |bits, _| bits << 32 | u128::from(cx.env.random()));
    if version == 7 {
        let ms = since_epoch(cx.env.now(), Some(1)) as u128;
        bits = (bits & (u128::MAX >> 48)) | ms << 80;
    }
    bits = (bits & !(0xf << 76 | 0x3 << 62)) | version << 76 | 0x2 << 62;
    let (a, b, c) = (bits >> 96, bits >> 80 & 0xffff, bits >> 64 & 0xffff);
    let (d, e) = (bits >> 48 & 0xffff, bits & 0xffff_ffff_ffff);
    Ok(Value::string(format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")))
}
