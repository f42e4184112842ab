//! Constants and variables (manual, section 7.3.2).

use crate::{
    row::{Absent, Arg, ArgKind, Args, Fetch, Fetched, Places},
    stream::Cx,
    value::{Type, Value},
};
use std::borrow::Cow;

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("always_false", Type::Bool, Places::CONST, |_, _| Ok(Value::Bool(false))),
    Fetch::new("always_true", Type::Bool, Places::CONST, |_, _| Ok(Value::Bool(true))),
    Fetch::new("bin", Type::Bin, Places::CONST, |args, _| args.str(0).map(Value::bin).ok_or(Absent::Missing))
        .args(1, &[ArgKind::Str])
        .check(hex)
        .ok(&["bin(00ff)"])
        .bad(&["bin(0)", "bin(zz)", "bin(0xff)"]),
    Fetch::new("bool", Type::Bool, Places::CONST, |args, _| Ok(Value::Bool(args.int(0) == Some(1))))
        .args(1, &[ArgKind::Str])
        .check(truth)
        .ok(&["bool(true)", "bool(0)", "bool(TRUE)"])
        .bad(&["bool(yes)", "bool()"]),
    Fetch::new("int", Type::Int, Places::CONST, |args, _| args.int(0).map(Value::Int).ok_or(Absent::Missing))
        .args(1, &[ArgKind::Int])
        .ok(&["int(-1)", "int(+5)", "int(9223372036854775808)"])
        .bad(&["int", "int()", "int(5 )", "int(0x1F)", "int(1,2)"]),
    Fetch::new("ipv4", Type::Ipv4, Places::CONST, |args, _| args.ipv4(0).map(Value::Ipv4).ok_or(Absent::Missing))
        .args(1, &[ArgKind::Ipv4])
        .ok(&["ipv4(1.2.3.4)"])
        .bad(&["ipv4(1.2.3.4.5)", "ipv4(999.1.1.1)", "ipv4(1.2.3.4/24)"]),
    Fetch::new("ipv6", Type::Ipv6, Places::CONST, |args, _| args.ipv6(0).map(Value::Ipv6).ok_or(Absent::Missing))
        .args(1, &[ArgKind::Ipv6])
        .ok(&["ipv6(::1)", "ipv6(::ffff:1.2.3.4)"])
        .bad(&["ipv6(1.2.3.4)"]),
    Fetch::new("meth", Type::Meth, Places::CONST, |args, _| {
        args.str(0).map(|name| Value::Meth(Cow::Borrowed(name))).ok_or(Absent::Missing)
    })
    .args(1, &[ArgKind::Str])
    .ok(&["meth(GET)", "meth(PURGE)"]),
    Fetch::new("str", Type::Str, Places::CONST, |args, _| args.str(0).map(Value::str).ok_or(Absent::Missing))
        .args(1, &[ArgKind::Str])
        .ok(&["str(a)", "str", "str(\"a,)\")", "str('a')"])
        .bad(&["str(a", "str(a))", "str(a)b", "str(a) "]),
    Fetch::new("var", Type::Any, Places::CONST, var)
        .args(1, &[ArgKind::Var, ArgKind::Str])
        .ok(&["var(txn.a)", "var(proc.x.y,default)"])
        .bad(&["var", "var(bad.x)", "var(txn.a-b)", "var(txn)"]),
];

/// Turns hexadecimal text into its bytes.
fn hex(args: &mut Args) -> Result<(), String> {
    let text = args.str(0).unwrap_or_default();
    let digit = |b: &u8| char::from(*b).to_digit(16);
    let bytes = text.chunks(2).map(|pair| match pair {
        [high, low] => Some((digit(high)? << 4 | digit(low)?) as u8),
        _ => None,
    });
    let bytes: Option<Vec<u8>> = bytes.collect();
    let bytes = bytes.ok_or("failed to parse the hexadecimal string: two digits a byte are expected")?;
    args.0 = vec![Arg::Str(bytes)];
    Ok(())
}

fn truth(args: &mut Args) -> Result<(), String> {
    let word = args.str(0).unwrap_or_default().to_ascii_lowercase();
    let value = match &word[..] {
        b"true" | b"1" => 1,
        b"false" | b"0" => 0,
        _ => return Err(String::from("Expects 'true', 'false', '0' or '1'")),
    };
    args.0 = vec![Arg::Int(value)];
    Ok(())
}

fn var<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let id = args.var(0).ok_or(Absent::Missing)?;
    cx.var(id).or_else(|| args.str(1).map(Value::str)).ok_or(Absent::Missing)
}
