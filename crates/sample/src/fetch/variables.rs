//! `dump_all_vars`: variables and their values as one text (manual, section 7.3.2).

use crate::{
    row::{Absent, Arg, ArgKind, Args, Fetch, Fetched, Places},
    stream::{Cx, Scope, VarId},
    value::{Type, Value},
};
use std::io::Write;

const ARGS: &[ArgKind] = &[ArgKind::Str, ArgKind::Str, ArgKind::Str];

pub(super) const TABLE: &[Fetch] = &[Fetch::new("dump_all_vars", Type::Str, Places::CONST, dump)
    .args(0, ARGS)
    .check(scope)
    .ok(&["dump_all_vars", "dump_all_vars(txn)", "dump_all_vars(txn,user,|)", "dump_all_vars(,a)"])
    .bad(&["dump_all_vars(bad)", "dump_all_vars(txn,a,b,c)"])];

/// The scopes in the order in which they are shown.
const SCOPES: [(Scope, &str); 5] =
    [(Scope::Sess, "sess"), (Scope::Txn, "txn"), (Scope::Req, "req"), (Scope::Res, "res"), (Scope::Proc, "proc")];

fn scope(args: &mut Args) -> Result<(), String> {
    let Some(name) = args.str(0).filter(|name| !name.is_empty()) else { return Ok(()) };
    let at = SCOPES.iter().position(|(_, known)| known.as_bytes() == name);
    let at = at.ok_or("the scope must be one of 'sess', 'txn', 'req', 'res' and 'proc'")?;
    if let Some(first) = args.0.first_mut() {
        *first = Arg::Int(at as i64);
    }
    Ok(())
}

fn dump<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let prefix = args.str(1).unwrap_or_default();
    let delimiter = args.str(2).filter(|text| !text.is_empty()).unwrap_or(b", ");
    let mut out = Vec::new();
    for (at, (scope, name)) in SCOPES.into_iter().enumerate() {
        if args.int(0).is_some_and(|wanted| wanted != at as i64) {
            continue;
        }
        for (variable, value) in variables(cx, scope).iter().filter(|(variable, _)| variable.starts_with(prefix)) {
            if !out.is_empty() {
                out.extend_from_slice(delimiter);
            }
            out.extend([name.as_bytes(), b".", variable, b"="].concat());
            write(value, &mut out);
        }
    }
    // It is all of them or nothing.
    if out.len() < cx.env.head_limit() { Ok(Value::string(out)) } else { Err(Absent::Missing) }
}

/// The variables of a scope by their names.
fn variables<'a>(cx: &Cx<'a>, scope: Scope) -> Vec<(&'a [u8], Value<'static>)> {
    let mut list = Vec::new();
    let mut take = |id: VarId, value: &Value<'_>| {
        if let Some(name) = cx.env.var_name(id).filter(|_| id.scope == scope) {
            list.push((name, value.borrow().into_owned()));
        }
    };
    match scope {
        Scope::Proc => cx.env.proc_vars(&mut take),
        _ => cx.stream.vars.each(&mut take),
    }
    list.sort_by_key(|(name, _)| *name);
    list
}

fn write(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Str(text) | Value::Meth(text) => quote(text, out),
        Value::Bin(bytes) => {
            out.push(b'x');
            bytes.iter().for_each(|byte| _ = write!(out, "{byte:02x}"));
        }
        Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        other => out.extend_from_slice(&other.borrow().into_str().unwrap_or_default()),
    }
}

fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', *byte]),
            b'\r' => out.extend(b"\\r"),
            b'\n' => out.extend(b"\\n"),
            0x08 => out.extend(b"\\b"),
            0 => out.extend(b"\\0"),
            _ => out.push(*byte),
        }
    }
    out.push(b'"');
}
