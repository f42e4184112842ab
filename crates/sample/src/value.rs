//! The values that samples have, and how one type becomes another (manual, section 7.1).

use std::{
    borrow::Cow,
    net::{Ipv4Addr, Ipv6Addr},
    ops::Range,
};

/// A sample's value. Borrowed from the message where nothing had to be computed.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    Bin(Cow<'a, [u8]>),
    Bool(bool),
    Int(i64),
    Ipv4(Ipv4Addr),
    Ipv6(Ipv6Addr),
    Meth(Cow<'a, [u8]>),
    Str(Cow<'a, [u8]>),
}

/// The type of a sample, as the tables declare it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// Known only when the sample is there.
    Any,
    /// Either address family.
    Addr,
    Bin,
    Bool,
    Int,
    Ipv4,
    Ipv6,
    Meth,
    /// The type of the input (converters only).
    Same,
    Str,
}

impl<'a> Value<'a> {
    pub fn str(text: &'a [u8]) -> Value<'a> {
        Value::Str(Cow::Borrowed(text))
    }

    pub fn string(text: impl Into<Vec<u8>>) -> Value<'static> {
        Value::Str(Cow::Owned(text.into()))
    }

    pub fn bin(bytes: &'a [u8]) -> Value<'a> {
        Value::Bin(Cow::Borrowed(bytes))
    }

    pub fn of_type(&self) -> Type {
        match self {
            Value::Bin(_) => Type::Bin,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Ipv4(_) => Type::Ipv4,
            Value::Ipv6(_) => Type::Ipv6,
            Value::Meth(_) => Type::Meth,
            Value::Str(_) => Type::Str,
        }
    }

    /// The value as another type, by HAProxy's casts; `None` where there is no way.
    pub fn cast(self, to: Type) -> Option<Value<'a>> {
        match to {
            Type::Any | Type::Same => Some(self),
            Type::Addr => self.into_addr(),
            Type::Bin => self.into_bin(),
            Type::Bool => match self {
                Value::Ipv4(_) => None,
                other => Some(Value::Bool(other.into_int()? != 0)),
            },
            Type::Int => self.into_int().map(Value::Int),
            Type::Ipv4 => self.into_ipv4().map(Value::Ipv4),
            Type::Ipv6 => self.into_ipv6().map(Value::Ipv6),
            Type::Meth => match self {
                Value::Meth(m) | Value::Str(m) => Some(Value::Meth(m)),
                _ => None,
            },
            Type::Str => self.into_str().map(Value::Str),
        }
    }

    /// The bytes of the value's text; binary data ends at its first NUL.
    pub fn into_str(self) -> Option<Cow<'a, [u8]>> {
        Some(match self {
            Value::Bin(bytes) => match memchr::memchr(0, &bytes) {
                Some(end) => cut(bytes, end),
                None => bytes,
            },
            Value::Bool(b) => Cow::Borrowed(if b { b"1" } else { b"0" }),
            Value::Int(i) => Cow::Owned(i.to_string().into_bytes()),
            Value::Ipv4(a) => Cow::Owned(a.to_string().into_bytes()),
            Value::Ipv6(a) => Cow::Owned(show_ipv6(a).into_bytes()),
            Value::Meth(s) | Value::Str(s) => s,
        })
    }

    /// The bytes of a string or binary value, NULs and all; other values become binary first.
    pub fn into_bytes(self) -> Cow<'a, [u8]> {
        match self {
            Value::Bin(bytes) | Value::Meth(bytes) | Value::Str(bytes) => bytes,
            other => match other.into_bin() {
                Some(Value::Bin(bytes)) => bytes,
                _ => Cow::Borrowed(&[]),
            },
        }
    }

    /// The same kind of value with other bytes, for converters that keep their input's type.
    pub(crate) fn with_bytes(kind: Type, bytes: Cow<'a, [u8]>) -> Value<'a> {
        if kind == Type::Str { Value::Str(bytes) } else { Value::Bin(bytes) }
    }

    /// The value as an integer; `None` for an empty string and for types that never become one.
    pub fn into_int(self) -> Option<i64> {
        match self {
            Value::Bool(b) => Some(b.into()),
            Value::Int(i) => Some(i),
            Value::Ipv4(a) => Some(a.to_bits().into()),
            Value::Str(s) => str_to_int(&s),
            Value::Bin(_) | Value::Ipv6(_) | Value::Meth(_) => None,
        }
    }

    pub fn into_ipv4(self) -> Option<Ipv4Addr> {
        match self {
            Value::Int(i) => Some(Ipv4Addr::from_bits(i as u32)),
            Value::Ipv4(a) => Some(a),
            Value::Ipv6(a) => v6_to_v4(a),
            Value::Str(s) => str_to_ipv4(&s),
            _ => None,
        }
    }

    pub fn into_ipv6(self) -> Option<Ipv6Addr> {
        match self {
            Value::Int(i) => Some(Ipv4Addr::from_bits(i as u32).to_ipv6_mapped()),
            Value::Ipv4(a) => Some(a.to_ipv6_mapped()),
            Value::Ipv6(a) => Some(a),
            Value::Str(s) => std::str::from_utf8(&s).ok()?.parse().ok(),
            _ => None,
        }
    }

    fn into_addr(self) -> Option<Value<'a>> {
        match self {
            Value::Str(s) => {
                let v4 = str_to_ipv4(&s).map(Value::Ipv4);
                v4.or_else(|| Value::Str(s).into_ipv6().map(Value::Ipv6))
            }
            Value::Ipv6(a) => Some(Value::Ipv6(a)),
            other => other.into_ipv4().map(Value::Ipv4),
        }
    }

    fn into_bin(self) -> Option<Value<'a>> {
        Some(Value::Bin(match self {
            Value::Bin(b) | Value::Str(b) | Value::Meth(b) => b,
            Value::Bool(b) => Cow::Owned(i64::from(b).to_be_bytes().to_vec()),
            Value::Int(i) => Cow::Owned(i.to_be_bytes().to_vec()),
            Value::Ipv4(a) => Cow::Owned(a.octets().to_vec()),
            Value::Ipv6(a) => Cow::Owned(a.octets().to_vec()),
        }))
    }

    /// The same value, its bytes borrowed from this one.
    pub fn borrow(&self) -> Value<'_> {
        match self {
            Value::Bin(b) => Value::Bin(Cow::Borrowed(b)),
            Value::Bool(b) => Value::Bool(*b),
            Value::Int(i) => Value::Int(*i),
            Value::Ipv4(a) => Value::Ipv4(*a),
            Value::Ipv6(a) => Value::Ipv6(*a),
            Value::Meth(m) => Value::Meth(Cow::Borrowed(m)),
            Value::Str(s) => Value::Str(Cow::Borrowed(s)),
        }
    }

    /// The value with its bytes copied, free of the message.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Bin(b) => Value::Bin(Cow::Owned(b.into_owned())),
            Value::Bool(b) => Value::Bool(b),
            Value::Int(i) => Value::Int(i),
            Value::Ipv4(a) => Value::Ipv4(a),
            Value::Ipv6(a) => Value::Ipv6(a),
            Value::Meth(m) => Value::Meth(Cow::Owned(m.into_owned())),
            Value::Str(s) => Value::Str(Cow::Owned(s.into_owned())),
        }
    }
}

impl Type {
    /// Whether a value of this type may become one of that type.
    pub fn casts_to(self, to: Type) -> bool {
        use Type::{Addr, Any, Bin, Int, Ipv4, Ipv6, Meth, Same, Str};
        match (self, to) {
            (Any | Same, _) | (_, Any | Same) => true,
            (Bin | Meth, Bin | Meth | Str) => self == to || to != Meth,
            (Ipv6, Int | Type::Bool | Meth) => false,
            (Addr, Int | Type::Bool) | (Ipv4, Type::Bool) => false,
            (Addr | Ipv4 | Int | Type::Bool, Meth) => false,
            (Bin | Meth, Addr | Ipv4 | Ipv6 | Int | Type::Bool) => false,
            (Type::Bool, Addr | Ipv4 | Ipv6) => false,
            _ => true,
        }
    }

    /// What HAProxy calls the type in messages.
    pub fn name(self) -> &'static str {
        match self {
            Type::Addr => "addr",
            Type::Any => "any",
            Type::Bin => "bin",
            Type::Bool => "bool",
            Type::Int => "sint",
            Type::Ipv4 => "ipv4",
            Type::Ipv6 => "ipv6",
            Type::Meth => "meth",
            Type::Same => "same",
            Type::Str => "str",
        }
    }
}

/// The first bytes of a value, without a copy where it is borrowed.
pub(crate) fn cut(bytes: Cow<'_, [u8]>, len: usize) -> Cow<'_, [u8]> {
    part(bytes, 0..len)
}

/// A part of a value, cut to what there is; no copy where it is borrowed.
pub(crate) fn part(bytes: Cow<'_, [u8]>, range: Range<usize>) -> Cow<'_, [u8]> {
    let end = range.end.min(bytes.len());
    let start = range.start.min(end);
    match bytes {
        Cow::Borrowed(b) => Cow::Borrowed(b.get(start..end).unwrap_or_default()),
        Cow::Owned(mut b) => {
            b.truncate(end);
            b.drain(..start);
            Cow::Owned(b)
        }
    }
}

/// An IPv6 address as `inet_ntop` writes it: one that embeds an IPv4 address shows it.
fn show_ipv6(address: Ipv6Addr) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => {
            format!("::{}", Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        _ => address.to_string(),
    }
}

/// Leading digits with an optional sign, saturated; text without digits is 0, an empty one nothing.
fn str_to_int(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let digits = digits.iter().take_while(|b| b.is_ascii_digit());
    Some(digits.fold(0i64, |sum, b| {
        let digit = i64::from(b - b'0');
        sum.saturating_mul(10).saturating_add(if negative { -digit } else { digit })
    }))
}

/// The dotted quad at the start, whose parts may begin with zeroes; what follows it does not matter.
fn str_to_ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let end = text.iter().position(|b| !b.is_ascii_digit() && *b != b'.').unwrap_or(text.len());
    let mut parts = text.get(..end)?.split(|b| *b == b'.');
    let mut octet = || std::str::from_utf8(parts.next()?).ok()?.parse().ok();
    let address = Ipv4Addr::new(octet()?, octet()?, octet()?, octet()?);
    parts.next().is_none().then_some(address)
}

/// The IPv4 address that an IPv6 one carries: mapped, compatible or 6to4.
fn v6_to_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0x2002, high, low, ..] => Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))),
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))),
        _ => None,
    }
}
