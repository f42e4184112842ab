//! `when`: a value under a condition only (manual, section 7.3.1).

use crate::{
    env::ProcessFact,
    row::{Absent, Arg, ArgKind, Convert},
    stream::{Cx, Stream},
    value::Type,
};

pub(super) const TABLE: &[Convert] = &[Convert::new("when", Type::Any, Type::Any, |args, cx, value| {
    let negated = args.int(1) == Some(1);
    let holds = args.int(0).and_then(|at| CONDITIONS.get(at as usize)).is_some_and(|(_, holds)| holds(cx));
    if holds == negated { Err(Absent::Missing) } else { Ok(value) }
})
.args(1, &[ArgKind::Str, ArgKind::Str])
.check(|args| {
    let text = args.str(0).unwrap_or_default();
    let name = text.strip_prefix(b"!").unwrap_or(text);
    if name == b"acl" {
        return Err(String::from("the condition 'acl' is not supported by evenkeel yet"));
    }
    let Some(at) = CONDITIONS.iter().position(|(known, _)| known.as_bytes() == name) else {
        return Err(format!("unknown condition '{}'", String::from_utf8_lossy(text)));
    };
    if args.len() > 1 {
        return Err(String::from("this condition takes no argument"));
    }
    args.0 = vec![Arg::Int(at as i64), Arg::Int((name.len() != text.len()).into())];
    Ok(())
})
.ok(&["when(error)", "when(!normal)", "when(processed)"])
.bad(&["when", "when()", "when(bad)", "when(normal,x)"])];

type Condition = fn(&Cx<'_>) -> bool;

/// The conditions, each with what it asks of the stream; the argument becomes a place here.
const CONDITIONS: &[(&str, Condition)] = &[
    ("error", |cx| !is_normal(cx.stream)),
    ("forwarded", |cx| is_forwarded(cx.stream)),
    ("normal", |cx| is_normal(cx.stream)),
    ("processed", |cx| is_forwarded(cx.stream) || cx.stream.applet.is_some()),
    ("stopping", |cx| cx.env.process(ProcessFact::Stopping) != 0),
    ("toapplet", |cx| cx.stream.applet.is_some()),
];

/// Whether nothing went wrong, by the rules of `option dontlog-normal`: a redispatch did.
fn is_normal(stream: &Stream) -> bool {
    stream.state.starts_with(b"-") && stream.counts.retries == 0 && !stream.counts.redispatched && stream.status < 500
}

fn is_forwarded(stream: &Stream) -> bool {
    stream.target.is_some()
}
