//! `set-timeout` (manual, section 4.4).

use super::{Row, units, words::Words};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpRequest, HttpResponse},
};
use sample::{
    Cx, Env, Expr, Places, Stream, Type, Value,
    row::{Name, Support},
    stream::Timeouts,
};
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "set-timeout",
    rulesets: &[HttpRequest, HttpResponse],
    glued: false,
    args: "{client|connect|queue|server|tarpit|tunnel} {<time>|<expr>}",
    parse,
    ok: &["tarpit 100", "tarpit int(5),mul(1000) if TRUE"],
    bad: &["", "server", "foo 5s", "server 5x", "server nosuch", "server 0"],
    support: Support::Full,
};

/// The timeout of a name.
type Field = fn(&mut Timeouts) -> &mut Option<Duration>;

const FIELDS: [(&str, Field); 6] = [
    ("client", |t| &mut t.client),
    ("connect", |t| &mut t.connect),
    ("queue", |t| &mut t.queue),
    ("server", |t| &mut t.server),
    ("tarpit", |t| &mut t.tarpit),
    ("tunnel", |t| &mut t.tunnel),
];

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let missing = "expects exactly 2 arguments (timeout name and value)";
    let (name, value) = (words.required(missing)?, words.required(missing)?);
    let Some((_, field)) = FIELDS.iter().find(|(known, _)| name.is(known)) else {
        let help = "the timeouts are client, connect, queue, server, tarpit, tunnel";
        return words.fault_at(name, format!("invalid timeout name '{}'", name.show()), help);
    };
    let side = match name.text.as_slice() {
        b"tarpit" => None,
        b"client" => Some(("frontend", Places::FE_HTTP_REQ.and(Places::FE_HTTP_RES))),
        _ => Some(("backend", Places::BE_HTTP_REQ.and(Places::BE_HTTP_RES))),
    };
    if let Some((side, _)) = side.filter(|(_, side)| !words.places().meets(*side)) {
        let message = format!("'{}' timeout is only relevant on the {side} side", name.show());
        return words.fault_at(name, message, &format!("move the rule to the {side}"));
    }
    let time = match value.text.first() {
        Some(b'0'..=b'9') => match units::time(&value.text) {
            Ok(time) if time.is_zero() => {
                return words.fault_at(
                    value,
                    "null value is not valid for a 'set-timeout' rule",
                    "write a time such as 5s",
                );
            }
            Ok(time) => Time::Fixed(time),
            Err(message) => return words.fault_at(value, message, "write a time such as 5s"),
        },
        _ => Time::Expr(words.expr(value)?),
    };
    Some(Box::new(SetTimeout { field: *field, time }))
}

#[derive(Debug)]
enum Time {
    Fixed(Duration),
    /// A number of milliseconds.
    Expr(Expr),
}

#[derive(Debug)]
struct SetTimeout {
    field: Field,
    time: Time,
}

impl Action for SetTimeout {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let time = match &self.time {
            Time::Fixed(time) => Some(*time),
            Time::Expr(expr) => match expr.eval(&Cx { stream, env, place }).ok().and_then(|v| v.cast(Type::Int)) {
                Some(Value::Int(ms)) => u64::try_from(ms).ok().map(Duration::from_millis),
                _ => None,
            },
        };
        // What is no time leaves the timeout as it is.
        if let Some(time) = time.filter(|time| !time.is_zero()) {
            *(self.field)(stream.timeouts.get_or_insert_default()) = Some(time);
        }
        Flow::Continue
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        if let Time::Expr(expr) = &mut self.time {
            expr.names_mut().for_each(visit);
        }
    }
}
