//! The `Forwarded` field of RFC 7239 (manual, section 7.3.1).

use super::text::bytes;
use crate::{
    row::{Absent, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value},
};
use std::net::{Ipv4Addr, Ipv6Addr};

const FIELDS: &[&str] = &["proto", "host", "for", "by"];

pub(super) const TABLE: &[Convert] = &[
    Convert::new("rfc7239_field", Type::Str, Type::Str, field)
        .args(1, &[ArgKind::Str])
        .ok(&["rfc7239_field(for)", "rfc7239_field(proto)"])
        .bad(&["rfc7239_field(for,by)"]),
    Convert::new("rfc7239_is_valid", Type::Str, Type::Bool, |_, _, value| {
        Ok(Value::Bool(parse(&bytes(value)).is_some()))
    }),
    Convert::new("rfc7239_n2nn", Type::Str, Type::Any, |_, _, value| {
        let text = bytes(value);
        node(&text).map(|(name, _)| name.into_owned()).ok_or(Absent::Missing)
    }),
    Convert::new("rfc7239_n2np", Type::Str, Type::Any, |_, _, value| {
        let text = bytes(value);
        node(&text).and_then(|(_, port)| port).map(Value::into_owned).ok_or(Absent::Missing)
    }),
    Convert::new("rfc7239_nn", Type::Any, Type::Str, node_name),
    Convert::new("rfc7239_np", Type::Any, Type::Str, node_port),
];

fn field<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let text = bytes(value);
    let wanted = args.str(0).unwrap_or_default();
    let at = FIELDS.iter().position(|field| field.as_bytes() == wanted).ok_or(Absent::Missing)?;
    let found = parse(&text).and_then(|found| found.get(at).copied().flatten());
    found.map(Value::string).ok_or(Absent::Missing)
}

/// The values of the fields, in the order of `FIELDS`; `None` where anything is not as it must be.
fn parse(text: &[u8]) -> Option<[Option<&[u8]>; 4]> {
    let mut found = [None; 4];
    for element in text.split(|b| *b == b';') {
        let equals = memchr::memchr(b'=', element)?;
        let (name, value) = (element.get(..equals)?, element.get(equals + 1..)?);
        let at = FIELDS.iter().position(|field| field.as_bytes() == name)?;
        let quoted = value.strip_prefix(b"\"").and_then(|v| v.strip_suffix(b"\""));
        let inner = quoted.unwrap_or(value);
        let valid = match at {
            0 => quoted.is_none() && matches!(value, b"http" | b"https"),
            1 => host(inner),
            _ => node(inner).is_some(),
        };
        let slot = found.get_mut(at)?;
        if !valid || slot.is_some() || (quoted.is_none() && value.iter().any(|b| b":[".contains(b))) {
            return None;
        }
        *slot = Some(inner);
    }
    Some(found)
}

/// A host with an optional port.
fn host(text: &[u8]) -> bool {
    if node(text).is_some_and(|(name, port)| !matches!(name, Value::Str(_)) && !matches!(port, Some(Value::Str(_)))) {
        return true;
    }
    let (name, port) = match memchr::memchr(b':', text) {
        Some(colon) => (text.get(..colon).unwrap_or_default(), text.get(colon + 1..)),
        None => (text, None),
    };
    !name.is_empty() && name.iter().all(obfuscated_byte) && port.is_none_or(|port| number(port).is_some())
}

/// The name of a node and its port, if it has one.
fn node(text: &[u8]) -> Option<(Value<'_>, Option<Value<'_>>)> {
    let (name, port) = match text.first() {
        Some(b'[') => {
            let close = memchr::memchr(b']', text)?;
            let address: Ipv6Addr = std::str::from_utf8(text.get(1..close)?).ok()?.parse().ok()?;
            (Value::Ipv6(address), text.get(close + 1..)?)
        }
        _ => {
            let (name, port) = text.split_at_checked(memchr::memchr(b':', text).unwrap_or(text.len()))?;
            (simple_name(name)?, port)
        }
    };
    match port.split_first() {
        None => Some((name, None)),
        Some((b':', port)) if port.first() == Some(&b'_') => Some((name, Some(obfuscated(port)?))),
        Some((b':', port)) => Some((name, Some(Value::Int(number(port)?)))),
        Some(_) => None,
    }
}

/// An IPv4 address, `unknown` or an obfuscated name.
fn simple_name(name: &[u8]) -> Option<Value<'_>> {
    if name == b"unknown" {
        return Some(Value::str(name));
    }
    let address: Option<Ipv4Addr> = std::str::from_utf8(name).ok()?.parse().ok();
    address.map(Value::Ipv4).or_else(|| obfuscated(name))
}

fn obfuscated(text: &[u8]) -> Option<Value<'_>> {
    let rest = text.strip_prefix(b"_")?;
    (!rest.is_empty() && rest.iter().all(obfuscated_byte)).then_some(Value::str(text))
}

fn obfuscated_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-".contains(byte)
}

/// A port from 1 to 65535.
fn number(text: &[u8]) -> Option<i64> {
    let digits = text.iter().all(u8::is_ascii_digit);
    let number = std::str::from_utf8(text).ok()?.parse().ok()?;
    (digits && (1..=65_535).contains(&number)).then_some(number)
}

/// The name of a node as the field writes it; names that are no address are obfuscated by an underscore.
fn node_name<'a>(_: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    match value {
        Value::Ipv4(address) => Ok(Value::string(address.to_string())),
        Value::Ipv6(address) => Ok(Value::string(format!("[{address}]"))),
        value => match value.into_str().as_deref() {
            Some(b"") | None => Ok(Value::str(b"unknown")),
            Some(name) => underscored(name),
        },
    }
}

fn node_port<'a>(_: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    match value {
        Value::Int(port) => Ok(Value::string(port.to_string())),
        value => underscored(&value.into_str().filter(|port| !port.is_empty()).ok_or(Absent::Missing)?),
    }
}

fn underscored(name: &[u8]) -> Fetched<'static> {
    match name.iter().all(obfuscated_byte) {
        true => Ok(Value::string([b"_", name].concat())),
        false => Err(Absent::Missing),
    }
}
