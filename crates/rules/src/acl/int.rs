//! `-m int`: integers, ranges and operators.

use super::{Match, Method, Patterns};
use crate::parse::Fault;
use sample::{
    Type, Value,
    map::pattern::{Range, range},
};

pub(super) const METHOD: Method = Method {
    name: "int",
    input: Type::Int,
    operators: true,
    build: |patterns, _| Ok(Box::new(Ints { ranges: ranges(patterns)? })),
    ok: &["int(5) 5", "int(5) 1:3 :7 9:", "int(5) ge 1 le 3", "int(5) eq", "int(5) 1-3", "int(5) -- -3"],
    bad: &["int(5) 6:4", "int(5) :", "int(5) +5", "int(5) 5x", "int(5) -3", "int(5) gt a"],
};

#[derive(Debug)]
struct Ints {
    ranges: Vec<Range>,
}

impl Match for Ints {
    fn matches(&self, value: Value<'_>) -> bool {
        matches!(value.cast(Type::Int), Some(Value::Int(i)) if self.ranges.iter().any(|r| r.has(i)))
    }
}

/// The ranges of a list of numbers, in which an operator counts for all numbers behind it.
pub(super) fn ranges(patterns: &Patterns) -> Result<Vec<Range>, Fault> {
    let (mut operator, mut list) = (None, Vec::new());
    for pattern in &patterns.list {
        let text = pattern.text.as_slice();
        if [&b"eq"[..], b"ge", b"gt", b"le", b"lt", b"ne"].contains(&text) {
            operator = Some(text);
            continue;
        }
        let range = range(text).map_err(|message| {
            let message = match operator {
                Some(_) if !message.contains("range") => {
                    format!("'{}' is neither a number nor a supported operator", String::from_utf8_lossy(text))
                }
                _ => message,
            };
            let help = "write an integer, a range such as 1:10, or eq, ge, gt, le, lt before integers";
            Fault::new(pattern.span, message).help(help)
        })?;
        list.push(apply(operator, range, text));
    }
    Ok(list)
}

/// An operator before a plain number. Before a range it counts for nothing, and `ne` is `eq`, as in HAProxy.
fn apply(operator: Option<&[u8]>, range: Range, text: &[u8]) -> Range {
    if !text.iter().all(u8::is_ascii_digit) {
        return range;
    }
    let number = range.min;
    match operator {
        Some(b"ge") => Range { max: i64::MAX, ..range },
        Some(b"gt") => number.checked_add(1).map_or(NONE, |min| Range { min, max: i64::MAX }),
        Some(b"le") => Range { min: i64::MIN, ..range },
        Some(b"lt") => Range { min: i64::MIN, max: number - 1 },
        _ => range,
    }
}

const NONE: Range = Range { min: 1, max: 0 };
