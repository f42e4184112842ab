//! `-m bin`: exact bytes, written in hexadecimal.

use super::{Match, Method, Patterns};
use crate::parse::Fault;
use sample::{Type, Value};

pub(super) const METHOD: Method = Method {
    name: "bin",
    input: Type::Bin,
    operators: false,
    build: |patterns, _| Ok(Box::new(Bytes { list: parse(patterns)? })),
    ok: &["bin(61) -m bin 61", "str(a) -m bin 61 6162"],
    bad: &["bin(61) -m bin 6", "bin(61) -m bin xy"],
};

#[derive(Debug)]
struct Bytes {
    list: Vec<Vec<u8>>,
}

impl Match for Bytes {
    fn matches(&self, value: Value<'_>) -> bool {
        matches!(value.cast(Type::Bin), Some(Value::Bin(b)) if self.list.iter().any(|p| *p == *b))
    }
}

fn parse(patterns: &Patterns) -> Result<Vec<Vec<u8>>, Fault> {
    let one = |text: &[u8]| text.chunks(2).map(byte).collect::<Option<Vec<u8>>>();
    let fault =
        |span| Fault::new(span, "an even number of hex digit is expected").help("write each byte as two digits");
    patterns.list.iter().map(|p| one(&p.text).ok_or_else(|| fault(p.span))).collect()
}

fn byte(pair: &[u8]) -> Option<u8> {
    match pair {
        [high, low] => Some((digit(*high)? << 4) | digit(*low)?),
        _ => None,
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}
