//! Converters by maps: `map` and its many forms (manual, section 7.3.1).

use super::text::bytes;
use crate::{
    map::Match,
    row::{Absent, Arg, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value},
};

/// The forms of one way of matching: what they give is the entry's value as text, as integer, as address, or its key.
macro_rules! forms {
    ($way:literal, $input:expr, $how:expr) => {
        [
            row!(concat!("map_", $way), $input, Type::Str, $how, ArgKind::Str),
            row!(concat!("map_", $way, "_int"), $input, Type::Int, $how, ArgKind::Int).bad(&[concat!(
                "map_",
                $way,
                "_int(f,x)"
            )]),
            row!(concat!("map_", $way, "_ip"), $input, Type::Addr, $how, ArgKind::Str)
                .check(default_address)
                .bad(&[concat!("map_", $way, "_ip(f,x)")]),
            Convert::new(concat!("map_", $way, "_key"), $input, Type::Str, |args, cx, value| {
                find(args, cx, $how, value, |key, _| Value::string(key))
            })
            .args(1, &[ArgKind::Map($how)])
            .ok(&[concat!("map_", $way, "_key(f)")])
            .bad(&[concat!("map_", $way, "_key(f,x)")]),
        ]
    };
}

macro_rules! row {
    ($name:expr, $input:expr, $out:expr, $how:expr, $default:expr) => {
        Convert::new($name, $input, $out, |args, cx, value| {
            find(args, cx, $how, value, |_, value| Value::string(value))
                .and_then(|value| output(value, $out).ok_or(Absent::Missing))
                .or_else(|missing| default(args).ok_or(missing))
        })
        .args(1, &[ArgKind::Map($how), $default])
        .ok(&[concat!($name, "(f)"), concat!($name, "(virt@f)"), concat!($name, "(opt@f)")])
        .bad(&[$name])
    };
}

pub(super) const TABLE: &[Convert] = &[
    row!("map", Type::Str, Type::Str, Match::Str, ArgKind::Str),
    Convert::new("map_regm", Type::Str, Type::Str, |args, cx, value| {
        let map = args.id(0).and_then(|(at, _)| cx.env.map(at)).ok_or(Absent::Missing)?;
        map.substitute(&bytes(value)).map(Value::string).or_else(|| default(args)).ok_or(Absent::Missing)
    })
    .args(1, &[ArgKind::Map(Match::Reg), ArgKind::Str])
    .ok(&["map_regm(f)", "map_regm(f,none)"])
    .bad(&["map_regm", "map_regm(f,a,b)"]),
];

pub(super) const BEG: &[Convert] = &forms!("beg", Type::Str, Match::Beg);
pub(super) const DIR: &[Convert] = &forms!("dir", Type::Str, Match::Dir);
pub(super) const DOM: &[Convert] = &forms!("dom", Type::Str, Match::Dom);
pub(super) const END: &[Convert] = &forms!("end", Type::Str, Match::End);
pub(super) const INT: &[Convert] = &forms!("int", Type::Int, Match::Int);
pub(super) const IP: &[Convert] = &forms!("ip", Type::Addr, Match::Ip);
pub(super) const REG: &[Convert] = &forms!("reg", Type::Str, Match::Reg);
pub(super) const STR: &[Convert] = &forms!("str", Type::Str, Match::Str);
pub(super) const SUB: &[Convert] = &forms!("sub", Type::Str, Match::Sub);

/// What `read` makes of the key and the value of the entry that is found.
fn find<'a>(
    args: &Args,
    cx: &Cx<'a>,
    how: Match,
    value: Value<'a>,
    read: fn(&[u8], &[u8]) -> Value<'static>,
) -> Fetched<'a> {
    let map = args.id(0).and_then(|(at, _)| cx.env.map(at)).ok_or(Absent::Missing)?;
    let value = if how == Match::Int { value.cast(Type::Int).ok_or(Absent::Missing)? } else { value };
    map.find(how, &value, read).ok_or(Absent::Missing)
}

/// The value of an entry as it is given; no text is the number 0.
fn output(value: Value<'_>, out: Type) -> Option<Value<'_>> {
    match value {
        Value::Str(text) if text.is_empty() && out == Type::Int => Some(Value::Int(0)),
        value => value.cast(out),
    }
}

/// The value for what is not in the map.
fn default<'a>(args: &'a Args) -> Option<Value<'a>> {
    match args.0.get(1)? {
        Arg::Int(number) => Some(Value::Int(*number)),
        Arg::Ipv4(address) => Some(Value::Ipv4(*address)),
        Arg::Ipv6(address) => Some(Value::Ipv6(*address)),
        _ => args.str(1).map(Value::str),
    }
}

fn default_address(args: &mut Args) -> Result<(), String> {
    let Some(text) = args.str(1) else { return Ok(()) };
    let address = match Value::str(text).cast(Type::Addr) {
        Some(Value::Ipv4(address)) => Arg::Ipv4(address),
        Some(Value::Ipv6(address)) => Arg::Ipv6(address),
        _ => return Err(format!("cannot parse default ip '{}'", String::from_utf8_lossy(text))),
    };
    args.0.truncate(1);
    args.0.push(address);
    Ok(())
}
