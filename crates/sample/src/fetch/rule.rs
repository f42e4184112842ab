//! What decided about a stream: rules, and their ACLs (manual, section 7.3.2).

use crate::{
    row::{Absent, ArgKind, Args, Fetch, Fetched, Places},
    stream::Cx,
    value::{Type, Value},
};
use source::{Place, Span};

/// As many ACLs may be named.
const NAMES: &[ArgKind] = &[ArgKind::Acl; 12];

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("acl", Type::Bool, Places::CONST, acl).args(1, NAMES).ok(&["acl(a)", "acl(a,!b)"]).bad(&[
        "acl",
        "acl()",
        "acl(a,b,c,d,e,f,g,h,i,j,k,l,m)",
    ]),
    Fetch::new("last_entity", Type::Str, Places::INTERNAL, |_, cx| entity(cx, cx.stream.last_rule))
        .ok(&["last_entity"]),
    Fetch::new("last_rule_file", Type::Str, Places::INTERNAL, |_, cx| {
        Ok(Value::str(place(cx, cx.stream.last_rule)?.file.as_bytes()))
    })
    .ok(&["last_rule_file"]),
    Fetch::new("last_rule_line", Type::Int, Places::INTERNAL, |_, cx| {
        Ok(Value::Int(place(cx, cx.stream.last_rule)?.line as i64))
    })
    .ok(&["last_rule_line"]),
    Fetch::new("prio_class", Type::Int, Places::INTERNAL, |_, cx| Ok(Value::Int(cx.stream.priority.0.into())))
        .ok(&["prio_class"]),
    Fetch::new("prio_offset", Type::Int, Places::INTERNAL, |_, cx| Ok(Value::Int(cx.stream.priority.1.into())))
        .ok(&["prio_offset"]),
    Fetch::new("waiting_entity", Type::Str, Places::INTERNAL, |_, cx| entity(cx, cx.stream.waiting))
        .ok(&["waiting_entity"]),
];

fn place<'a>(cx: &Cx<'a>, rule: Option<Span>) -> Result<Place<'a>, Absent> {
    rule.and_then(|span| cx.env.place(span)).ok_or(Absent::Missing)
}

/// File and line of a rule.
fn entity<'a>(cx: &Cx<'a>, rule: Option<Span>) -> Fetched<'a> {
    let Place { file, line, .. } = place(cx, rule)?;
    Ok(Value::string(format!("{file}:{line}")))
}

/// Whether all of them hold, or do not where a `!` stands before the name.
fn acl<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    for name in args.names() {
        let (number, _) = name.id.ok_or(Absent::Missing)?;
        if cx.env.acl(number, cx)? == name.text.starts_with(b"!") {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}
