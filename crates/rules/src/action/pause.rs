//! `pause` (manual, section 4.4).

use super::{Row, units, words::Words};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpRequest, HttpResponse},
};
use sample::{
    Cx, Env, Expr, Places, Stream, Type, Value,
    row::{Name, Support},
};
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "pause",
    rulesets: &[HttpRequest, HttpResponse],
    glued: false,
    args: "<timeout>|<expr>",
    parse,
    ok: &["10ms", "int(20) if TRUE"],
    bad: &["", "nosuch", "10x"],
    support: Support::Full,
};

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let word = words.required("expects 1 argument: <timeout> or <expr>")?;
    if !word.text.first().is_some_and(u8::is_ascii_digit) {
        return Some(Box::new(Pause { time: Err(words.expr(word)?) }));
    }
    match units::time(&word.text) {
        Ok(time) => Some(Box::new(Pause { time: Ok(time) })),
        Err(message) => words.fault_at(word, message, "write a time such as 10ms, or an expression"),
    }
}

#[derive(Debug)]
struct Pause {
    /// A fixed time, or milliseconds computed for each stream.
    time: Result<Duration, Expr>,
}

impl Action for Pause {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let expr = match &self.time {
            Ok(time) => return Flow::Pause(*time),
            Err(expr) => expr,
        };
        let value = expr.eval(&Cx { stream, env, place }).ok().and_then(|value| value.cast(Type::Int));
        match value {
            Some(Value::Int(ms)) if ms > 0 => Flow::Pause(Duration::from_millis(ms.unsigned_abs())),
            _ => Flow::Continue,
        }
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        if let Err(expr) = &mut self.time {
            expr.names_mut().for_each(visit);
        }
    }
}
