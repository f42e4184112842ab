//! `-m bool`: whether the sample is true; patterns do not count.

use super::{Match, Method};
use sample::{Type, Value};

pub(super) const METHOD: Method = Method {
    name: "bool",
    input: Type::Bool,
    operators: false,
    build: |_, _| Ok(Box::new(Bool)),
    ok: &["always_true", "int(1) -m bool"],
    bad: &["bin(01) -m bool"],
};

#[derive(Debug)]
struct Bool;

impl Match for Bool {
    fn matches(&self, value: Value<'_>) -> bool {
        match value.cast(Type::Int) {
            Some(Value::Int(number)) => number != 0,
            _ => false,
        }
    }
}
