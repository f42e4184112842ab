//! `-m len`: the length of the sample's text, with the patterns of `-m int`.

use super::{Match, Method, int, patterns::text};
use sample::{Type, Value, map::pattern::Range};

pub(super) const METHOD: Method = Method {
    name: "len",
    input: Type::Str,
    operators: true,
    build: |patterns, _| Ok(Box::new(Lengths { ranges: int::ranges(patterns)? })),
    ok: &["path_len 1:80", "str(hello) -m len gt 3"],
    bad: &["path_len x"],
};

#[derive(Debug)]
struct Lengths {
    ranges: Vec<Range>,
}

impl Match for Lengths {
    fn matches(&self, value: Value<'_>) -> bool {
        let Some(text) = text(value) else { return false };
        let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
        self.ranges.iter().any(|range| range.has(length))
    }
}
