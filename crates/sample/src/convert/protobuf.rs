//! Fields of Protocol Buffers, bare or in gRPC's frames (manual, section 7.3.1).

use super::text::bytes;
use crate::{
    row::{Absent, Arg, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value, part},
};
use std::{borrow::Cow, ops::Range};

const FIELD: &[ArgKind] = &[ArgKind::Str, ArgKind::Str];

pub(super) const TABLE: &[Convert] = &[
    Convert::new("protobuf", Type::Bin, Type::Bin, |args, _, value| {
        let message = bytes(value);
        let found = find(&message, 0..message.len(), args);
        found.and_then(|found| found.value(message, args)).ok_or(Absent::Missing)
    })
    .args(1, FIELD)
    .check(check)
    .ok(&["protobuf(1)", "protobuf(10.1,int32)"])
    .bad(&["protobuf", "protobuf()", "protobuf(x)", "protobuf(10.)", "protobuf(1,string)", "protobuf(536870912)"]),
    Convert::new("ungrpc", Type::Bin, Type::Bin, ungrpc)
        .args(1, FIELD)
        .check(check)
        .ok(&["ungrpc(48.59.1,int32)", "ungrpc(48)"])
        .bad(&["ungrpc", "ungrpc()", "ungrpc(1,foo)"]),
];

/// How the bytes of a field are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Varint,
    /// The sign is the lowest bit.
    Zigzag,
    Fixed32,
    Signed32,
    Float,
    Fixed64,
    Double,
}

/// The types of the second argument, which becomes a place here.
const NUMBERS: &[(&str, Number)] = &[
    ("int32", Number::Varint),
    ("int64", Number::Varint),
    ("uint32", Number::Varint),
    ("uint64", Number::Varint),
    ("sint32", Number::Zigzag),
    ("sint64", Number::Zigzag),
    ("bool", Number::Varint),
    ("enum", Number::Varint),
    ("fixed32", Number::Fixed32),
    ("sfixed32", Number::Signed32),
    ("float", Number::Float),
    ("fixed64", Number::Fixed64),
    ("sfixed64", Number::Fixed64),
    ("double", Number::Double),
];

const LARGEST_FIELD: u32 = (1 << 29) - 1;

/// The path of a field becomes its numbers, four bytes each.
fn check(args: &mut Args) -> Result<(), String> {
    let path = args.str(0).unwrap_or_default();
    let number = |step: &[u8]| {
        let digits = step.iter().all(u8::is_ascii_digit);
        let number = std::str::from_utf8(step).ok().filter(|_| digits).and_then(|text| text.parse::<u32>().ok());
        number.filter(|number| *number <= LARGEST_FIELD)
    };
    let Some(numbers) = path.split(|b| *b == b'.').map(number).collect::<Option<Vec<u32>>>() else {
        return Err(format!("'{}' is not a protocol buffers field number", String::from_utf8_lossy(path)));
    };
    let mut list = vec![Arg::Str(numbers.iter().flat_map(|number| number.to_be_bytes()).collect())];
    if let Some(name) = args.str(1) {
        let Some(at) = NUMBERS.iter().position(|(known, _)| known.as_bytes() == name) else {
            return Err(format!("'{}' is not a supported protocol buffers type", String::from_utf8_lossy(name)));
        };
        list.push(Arg::Int(at as i64));
    }
    args.0 = list;
    Ok(())
}

/// A field's wire type and where its data is.
struct Found {
    wire: u8,
    range: Range<usize>,
}

const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const BLOCK: u8 = 2;
const FIXED32: u8 = 5;

/// The first field at the path, within a part of the input.
fn find(input: &[u8], within: Range<usize>, args: &Args) -> Option<Found> {
    let mut path = args.str(0)?.chunks_exact(4).peekable();
    let mut within = within;
    while let Some(step) = path.next() {
        let wanted = u32::from_be_bytes(*step.first_chunk()?);
        let found = field(input, within, wanted)?;
        if path.peek().is_none() {
            return Some(found);
        }
        within = Some(found).filter(|found| found.wire == BLOCK)?.range;
    }
    None
}

/// The first field of this number.
fn field(input: &[u8], within: Range<usize>, wanted: u32) -> Option<Found> {
    let message = input.get(..within.end)?;
    let mut at = within.start;
    while at < within.end {
        let tag = varint(message.get(at..)?)?;
        at += tag.1;
        let wire = (tag.0 & 7) as u8;
        let range = match wire {
            VARINT => at..at + message.get(at..)?.iter().position(|b| b & 128 == 0).map_or(0, |last| last + 1),
            FIXED64 => at..at + 8,
            FIXED32 => at..at + 4,
            BLOCK => {
                let (len, size) = varint(message.get(at..)?)?;
                at + size..(at + size).checked_add(usize::try_from(len).ok()?)?
            }
            _ => return None,
        };
        if range.end > within.end {
            return None;
        }
        if tag.0 >> 3 == u64::from(wanted) {
            return Some(Found { wire, range });
        }
        // A number whose last byte is missing ends what can be read.
        if range.is_empty() && wire == VARINT {
            return None;
        }
        at = range.end;
    }
    None
}

/// A number of seven bits a byte, and how many bytes it took.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let len = bytes.iter().take(10).position(|byte| byte & 128 == 0)? + 1;
    let number = bytes.iter().take(len).enumerate().fold(0, |n, (at, b)| n | u64::from(b & 127) << (7 * at));
    Some((number, len))
}

impl Found {
    /// The bytes, or the number that the argument asks for.
    fn value<'a>(self, input: Cow<'a, [u8]>, args: &Args) -> Option<Value<'a>> {
        let Some(number) = args.int(1).and_then(|at| NUMBERS.get(at as usize)) else {
            return Some(Value::Bin(part(input, self.range)));
        };
        self.number(input.get(self.range.clone())?, number.1).map(Value::Int)
    }

    fn number(&self, data: &[u8], number: Number) -> Option<i64> {
        let four = || data.first_chunk().copied();
        let eight = || data.first_chunk().copied();
        Some(match (self.wire, number) {
            (VARINT, Number::Varint) => varint(data)?.0 as i64,
            (VARINT, Number::Zigzag) => {
                let (number, _) = varint(data)?;
                (number >> 1) as i64 ^ -((number & 1) as i64)
            }
            (FIXED32, Number::Fixed32) => u32::from_le_bytes(four()?).into(),
            (FIXED32, Number::Signed32) => i32::from_le_bytes(four()?).into(),
            (FIXED32, Number::Float) => f32::from_le_bytes(four()?) as i64,
            (FIXED64, Number::Fixed64) => i64::from_le_bytes(eight()?),
            (FIXED64, Number::Double) => f64::from_le_bytes(eight()?) as i64,
            _ => return None,
        })
    }
}

/// Each message stands behind a flag, which is not looked at, and its length.
fn ungrpc<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    const HEADER: usize = 5;
    let input = bytes(value);
    let mut at = 0;
    while let Some(len) = input.get(at + 1..).and_then(|rest| rest.first_chunk().copied().map(u32::from_be_bytes)) {
        let start = at + HEADER;
        at = start.saturating_add(len as usize);
        if at > input.len() {
            break;
        }
        if let Some(found) = find(&input, start..at, args) {
            return found.value(input, args).ok_or(Absent::Missing);
        }
    }
    Err(Absent::Missing)
}
