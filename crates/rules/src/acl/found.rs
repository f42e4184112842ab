//! `-m found`: whether there is a sample at all.

use super::{Match, Method};
use sample::{Type, Value};

pub(super) const METHOD: Method = Method {
    name: "found",
    input: Type::Any,
    operators: false,
    build: |_, _| Ok(Box::new(Found)),
    ok: &["src -m found", "req.hdr(x) -m found whatever"],
    bad: &["src -m foundd"],
};

#[derive(Debug)]
struct Found;

impl Match for Found {
    fn matches(&self, _: Value<'_>) -> bool {
        true
    }
}
