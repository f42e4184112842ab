//! The values that samples have, and how one type becomes another (manual, section 7.1).

use std::{
    borrow::Cow,
    net::{Ipv4Addr, Ipv6Addr},
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
        if to == Type::Any || to == Type::Same || to == self.of_type() {
            return Some(self);
        }
        None
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
