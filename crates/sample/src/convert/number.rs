//! Arithmetic, bits and truth (manual, section 7.3.1).

use crate::{
    row::{Absent, Arg, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value},
};
use std::borrow::Cow;

const OPERAND: &[ArgKind] = &[ArgKind::Operand];

/// An operation with a number or a variable.
macro_rules! binary {
    ($name:literal, $of:expr) => {
        Convert::new($name, Type::Int, Type::Int, |args, cx, value| {
            let other = operand(args, cx)?;
            keep(value, |number| $of(number, other))
        })
        .args(1, OPERAND)
        .ok(&[concat!($name, "(2)"), concat!($name, "(-2)"), concat!($name, "(txn.x)")])
        .bad(&[concat!($name, "(x)"), concat!($name, "(1,2)")])
    };
}

/// A question that is answered with yes or no.
macro_rules! question {
    ($name:literal, $of:expr) => {
        Convert::new($name, Type::Int, Type::Bool, |_, _, value| {
            value.into_int().map(|number| Value::Bool($of(number))).ok_or(Absent::Missing)
        })
        .ok(&[$name])
        .bad(&[concat!($name, "(1)")])
    };
}

pub(super) const TABLE: &[Convert] = &[
    binary!("add", i64::saturating_add),
    binary!("and", |a, b| a & b),
    Convert::new("bool", Type::Int, Type::Bool, |_, _, value| {
        value.into_int().map(|number| Value::Bool(number != 0)).ok_or(Absent::Missing)
    }),
    Convert::new("cpl", Type::Int, Type::Int, |_, _, value| keep(value, |number| !number)),
    binary!("div", divide),
    question!("even", |number| number & 1 == 0),
    Convert::new("htonl", Type::Int, Type::Bin, |_, _, value| {
        let number = value.into_int().ok_or(Absent::Missing)?;
        Ok(Value::Bin(Cow::Owned((number as u32).to_be_bytes().to_vec())))
    }),
    binary!("mod", |a: i64, b| if b == 0 { 0 } else { a.wrapping_rem(b) }),
    binary!("mul", i64::saturating_mul),
    Convert::new("neg", Type::Int, Type::Int, |_, _, value| keep(value, i64::saturating_neg)),
    question!("not", |number| number == 0),
    question!("odd", |number| number & 1 == 1),
    binary!("or", |a, b| a | b),
    binary!("sub", i64::saturating_sub),
    binary!("xor", |a, b| a ^ b),
];

/// Computes; a boolean stays one as long as the result is 0 or 1.
fn keep<'a>(value: Value<'a>, of: impl Fn(i64) -> i64) -> Fetched<'a> {
    let bool = matches!(value, Value::Bool(_));
    Ok(match of(value.into_int().ok_or(Absent::Missing)?) {
        result @ (0 | 1) if bool => Value::Bool(result == 1),
        result => Value::Int(result),
    })
}

fn operand(args: &Args, cx: &Cx<'_>) -> Result<i64, Absent> {
    match args.0.first() {
        Some(Arg::Int(number)) => Ok(*number),
        Some(Arg::Var(id)) => cx.var(*id).and_then(Value::into_int).ok_or(Absent::Missing),
        _ => Err(Absent::Missing),
    }
}

/// Division by zero gives the largest number.
fn divide(a: i64, b: i64) -> i64 {
    if b == 0 { i64::MAX } else { a.checked_div(b).unwrap_or(i64::MAX) }
}
