//! What a stick table is made of, as its declaration says (manual, section 11.1).

use crate::value::Type;
use std::time::Duration;

/// A table's declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// That of its section.
    pub name: Vec<u8>,
    pub key: KeyType,
    /// Entries that fit in.
    pub size: usize,
    /// How long an entry lives that nobody uses; `None` = until its place is needed.
    pub expire: Option<Duration>,
    /// A full table takes no more entries, instead of forgetting the oldest.
    pub nopurge: bool,
    pub server_key: ServerKey,
    /// Bytes that make one in the rates of bytes: `brates-factor`.
    pub bytes_factor: u32,
    /// What an entry holds, each type once, in the order of [`DATA_TYPES`].
    pub store: Vec<Stored>,
}

/// The type of a table's keys; strings and blocks have a length in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    Binary(usize),
    Integer,
    Ipv4,
    Ipv6,
    String(usize),
}

/// `srvkey`: what an entry remembers a server by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServerKey {
    Addr,
    #[default]
    Name,
}

/// A data type that entries hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    pub data: Data,
    /// Elements of an array; 1 for what is none.
    pub count: usize,
    /// Over which a rate is counted, in milliseconds; 0 for what is none.
    pub period: u32,
}

/// What an entry may hold, in the order of [`DATA_TYPES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Data {
    ServerId,
    Gpt0,
    Gpc0,
    Gpc0Rate,
    ConnCnt,
    ConnRate,
    ConnCur,
    SessCnt,
    SessRate,
    HttpReqCnt,
    HttpReqRate,
    HttpErrCnt,
    HttpErrRate,
    BytesInCnt,
    BytesInRate,
    BytesOutCnt,
    BytesOutRate,
    Gpc1,
    Gpc1Rate,
    ServerKey,
    HttpFailCnt,
    HttpFailRate,
    Gpt,
    Gpc,
    GpcRate,
    GlitchCnt,
    GlitchRate,
}

/// What stands in parentheses behind the name of a data type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Plain,
    Array,
    ArrayOfRates,
    Rate,
}

/// The data types in the order in which entries hold and show them.
pub const DATA_TYPES: &[(&str, Shape, Data)] = &[
    ("server_id", Shape::Plain, Data::ServerId),
    ("gpt0", Shape::Plain, Data::Gpt0),
    ("gpc0", Shape::Plain, Data::Gpc0),
    ("gpc0_rate", Shape::Rate, Data::Gpc0Rate),
    ("conn_cnt", Shape::Plain, Data::ConnCnt),
    ("conn_rate", Shape::Rate, Data::ConnRate),
    ("conn_cur", Shape::Plain, Data::ConnCur),
    ("sess_cnt", Shape::Plain, Data::SessCnt),
    ("sess_rate", Shape::Rate, Data::SessRate),
    ("http_req_cnt", Shape::Plain, Data::HttpReqCnt),
    ("http_req_rate", Shape::Rate, Data::HttpReqRate),
    ("http_err_cnt", Shape::Plain, Data::HttpErrCnt),
    ("http_err_rate", Shape::Rate, Data::HttpErrRate),
    ("bytes_in_cnt", Shape::Plain, Data::BytesInCnt),
    ("bytes_in_rate", Shape::Rate, Data::BytesInRate),
    ("bytes_out_cnt", Shape::Plain, Data::BytesOutCnt),
    ("bytes_out_rate", Shape::Rate, Data::BytesOutRate),
    ("gpc1", Shape::Plain, Data::Gpc1),
    ("gpc1_rate", Shape::Rate, Data::Gpc1Rate),
    ("server_key", Shape::Plain, Data::ServerKey),
    ("http_fail_cnt", Shape::Plain, Data::HttpFailCnt),
    ("http_fail_rate", Shape::Rate, Data::HttpFailRate),
    ("gpt", Shape::Array, Data::Gpt),
    ("gpc", Shape::Array, Data::Gpc),
    ("gpc_rate", Shape::ArrayOfRates, Data::GpcRate),
    ("glitch_cnt", Shape::Plain, Data::GlitchCnt),
    ("glitch_rate", Shape::Rate, Data::GlitchRate),
];

/// The longest array.
pub const MAX_ARRAY: usize = 100;

impl Spec {
    /// Adds data types that every entry has to hold, if they are not there.
    pub fn require(&mut self, types: &[Data]) {
        let missing = types.iter().filter(|data| self.store.iter().all(|stored| stored.data != **data));
        let missing: Vec<_> = missing.map(|data| Stored { data: *data, count: 1, period: 0 }).collect();
        self.store.extend(missing);
        self.store.sort_by_key(|stored| stored.data);
    }
}

impl KeyType {
    /// The type of samples that keys are made of.
    pub fn sample(self) -> Type {
        match self {
            KeyType::Binary(_) => Type::Bin,
            KeyType::Integer => Type::Int,
            KeyType::Ipv4 => Type::Ipv4,
            KeyType::Ipv6 => Type::Ipv6,
            KeyType::String(_) => Type::Str,
        }
    }

    /// As the runtime socket shows it.
    pub fn name(self) -> &'static str {
        match self {
            KeyType::Binary(_) => "binary",
            KeyType::Integer => "integer",
            KeyType::Ipv4 => "ip",
            KeyType::Ipv6 => "ipv6",
            KeyType::String(_) => "string",
        }
    }
}

impl Data {
    /// The type of a name; that of a server has two.
    pub fn find(name: &str) -> Option<Data> {
        let name = if name == "server_name" { "server_key" } else { name };
        DATA_TYPES.iter().find(|(known, ..)| *known == name).map(|(.., data)| *data)
    }

    pub fn name(self) -> &'static str {
        DATA_TYPES.get(self as usize).map_or("", |(name, ..)| name)
    }

    pub fn shape(self) -> Shape {
        DATA_TYPES.get(self as usize).map_or(Shape::Plain, |(_, shape, _)| *shape)
    }

    /// The array whose element this is where it is not stored by itself, and which of them.
    pub(super) fn element(self) -> Option<(Data, usize)> {
        Some(match self {
            Data::Gpt0 => (Data::Gpt, 0),
            Data::Gpc0 => (Data::Gpc, 0),
            Data::Gpc1 => (Data::Gpc, 1),
            Data::Gpc0Rate => (Data::GpcRate, 0),
            Data::Gpc1Rate => (Data::GpcRate, 1),
            _ => return None,
        })
    }
}

impl Shape {
    pub fn is_rate(self) -> bool {
        matches!(self, Shape::Rate | Shape::ArrayOfRates)
    }

    pub fn is_array(self) -> bool {
        matches!(self, Shape::Array | Shape::ArrayOfRates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_in_the_order_of_their_rows() {
        for (at, (name, shape, data)) in DATA_TYPES.iter().enumerate() {
            assert_eq!((*data as usize, data.name(), data.shape()), (at, *name, *shape));
            assert_eq!(Data::find(name), Some(*data));
        }
        assert_eq!((Data::find("server_name"), Data::find("nope")), (Some(Data::ServerKey), None));
    }
}
