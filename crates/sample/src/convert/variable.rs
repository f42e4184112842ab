//! Converters that keep what passes through them, and leave it as it is (manual, sections 2.8 and 7.3.1).

use crate::{
    row::{Absent, Arg, ArgKind, Args, Convert, Fetched, Places},
    set::{CONDS, Cond},
    stream::{Cx, LateCapture, Scope},
    value::{Type, Value},
};

pub(super) const TABLE: &[Convert] = &[
    Convert::new("capture-req", Type::Str, Type::Str, |args, cx, value| capture(args, cx, value, false))
        .args(1, &[ArgKind::Int])
        .ok(&["capture-req(0)"])
        .bad(&["capture-req", "capture-req(a)"]),
    Convert::new("capture-res", Type::Str, Type::Str, |args, cx, value| capture(args, cx, value, true))
        .args(1, &[ArgKind::Int])
        .ok(&["capture-res(0)"])
        .bad(&["capture-res", "capture-res(a)"]),
    Convert::new("set-var", Type::Any, Type::Any, set_var)
        .args(1, &[ArgKind::Var, ArgKind::Str, ArgKind::Str, ArgKind::Str, ArgKind::Str])
        .check(conds)
        .ok(&["set-var(txn.a)", "set-var(proc.a,ifexists,ifgt)"])
        .bad(&["set-var", "set-var()", "set-var(a)", "set-var(txn.a,ifx)"]),
    Convert::new("unset-var", Type::Any, Type::Any, |args, cx, value| {
        cx.set_var(args.var(0).ok_or(Absent::Missing)?, None);
        Ok(value)
    })
    .args(1, &[ArgKind::Var])
    .ok(&["unset-var(txn.a)"])
    .bad(&["unset-var", "unset-var(a)"]),
];

/// Keeps the first bytes in a slot; without the slot there is nothing to pass on.
fn capture<'a>(args: &'a Args, cx: &Cx<'a>, value: Value<'a>, response: bool) -> Fetched<'a> {
    let slot = args.int(0).and_then(|slot| usize::try_from(slot).ok()).ok_or(Absent::Missing)?;
    let len = cx.env.capture_len(cx.stream.frontend, response, slot).ok_or(Absent::Missing)?;
    let text = value.borrow().into_bytes();
    let kept = LateCapture { response, slot, value: text.get(..len).unwrap_or(&text).to_vec() };
    let mut late = cx.stream.late_captures.borrow_mut();
    late.retain(|late| (late.response, late.slot) != (response, slot));
    late.push(kept);
    drop(late);
    drop(text);
    Ok(value)
}

/// The names of conditions become their places in the table.
fn conds(args: &mut Args) -> Result<(), String> {
    for arg in args.0.iter_mut().skip(1) {
        let Arg::Str(name) = arg else { continue };
        let Some(at) = CONDS.iter().position(|(known, _)| known.as_bytes() == name.as_slice()) else {
            return Err(format!("unknown condition \"{}\"", String::from_utf8_lossy(name)));
        };
        *arg = Arg::Int(at as i64);
    }
    Ok(())
}

/// Whether variables of a scope can be set at a place: those of the response not before there is one.
fn lives(scope: Scope, place: Places) -> bool {
    match scope {
        Scope::Check => place.meets(Places::CHECK),
        Scope::Req => !place.meets(Places::RESPONSE),
        Scope::Res => !place.meets(Places::REQUEST),
        Scope::Proc | Scope::Sess | Scope::Txn => true,
    }
}

/// A variable that may not be set leaves nothing to pass on, unless it is there already.
fn set_var<'a>(args: &'a Args, cx: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let id = args.var(0).filter(|id| lives(id.scope, cx.place)).ok_or(Absent::Missing)?;
    let conds: Vec<Cond> =
        (1..args.len()).filter_map(|at| CONDS.get(args.int(at)? as usize).map(|(_, cond)| *cond)).collect();
    if Cond::allow(&conds, cx.var(id).as_ref(), &value) {
        cx.set_var(id, Some(value.clone().into_owned()));
        return Ok(value);
    }
    Err(Absent::Missing)
}
