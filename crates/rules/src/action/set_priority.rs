//! `set-priority-class` and `set-priority-offset`: who leaves a queue first (manual, section 4.4).

use super::{Row, words::Words};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpRequest, TcpRequestContent},
};
use sample::{
    Cx, Env, Expr, Places, Stream, Type, Value,
    row::{Name, Support},
};

/// What the manual bounds the two by.
const CLASS: i64 = 2047;
const OFFSET: i64 = 524_287;

pub(super) const ROWS: &[Row] = &[
    row("set-priority-class", |words| parse(words, |stream, n| stream.priority.0 = n.clamp(-CLASS, CLASS) as i16)),
    row("set-priority-offset", |words| parse(words, |stream, n| stream.priority.1 = n.clamp(-OFFSET, OFFSET) as i32)),
];

const fn row(name: &'static str, parse: super::Parser) -> Row {
    Row {
        name,
        rulesets: &[HttpRequest, TcpRequestContent],
        glued: false,
        args: "<expr>",
        parse,
        ok: &["int(5)", "int(-5) if TRUE"],
        bad: &["", "nosuch"],
        support: Support::Full,
    }
}

type Set = fn(&mut Stream, i64);

fn parse(words: &mut Words<'_, '_, '_>, set: Set) -> Option<Box<dyn Action>> {
    let word = words.required("missing expression")?;
    Some(Box::new(SetPriority { expr: words.expr(word)?, set }))
}

#[derive(Debug)]
struct SetPriority {
    expr: Expr,
    set: Set,
}

impl Action for SetPriority {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let value = self.expr.eval(&Cx { stream, env, place }).ok().and_then(|value| value.cast(Type::Int));
        if let Some(Value::Int(number)) = value {
            (self.set)(stream, number);
        }
        Flow::Continue
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.expr.names_mut().for_each(visit);
    }
}
