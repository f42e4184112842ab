//! `set-retries`: how often a stream may be tried again, instead of `retries` (manual, section 4.4).

use super::{Row, words::Words};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpRequest, TcpRequestContent},
};
use sample::{
    Cx, Env, Expr, Places, Stream, Type, Value,
    row::{Name, Support},
};

pub(super) const ROW: Row = Row {
    name: "set-retries",
    rulesets: &[HttpRequest, TcpRequestContent],
    glued: false,
    args: "<int>|<expr>",
    parse,
    ok: &["3", "var(txn.retries) if TRUE"],
    bad: &["", "101", "nosuch"],
    support: Support::Full,
};

/// What the manual bounds them by.
const MOST: i64 = 100;

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let word = words.required("expects exactly 1 argument (an expression or an integer)")?;
    if !words.parse.backend {
        let message = "'set-retries' rules are only relevant on the backend side";
        return words.fault_at(word, message, "move the rule to the backend");
    }
    let retries = match word.str().and_then(|text| text.parse::<i64>().ok()) {
        Some(number) if (0..=MOST).contains(&number) => Retries::Fixed(number as u32),
        Some(_) => return words.fault_at(word, "expects an integer between 0 and 100", "write such an integer"),
        None => Retries::Expr(words.expr(word)?),
    };
    Some(Box::new(SetRetries { retries }))
}

#[derive(Debug)]
enum Retries {
    Fixed(u32),
    Expr(Expr),
}

#[derive(Debug)]
struct SetRetries {
    retries: Retries,
}

impl Action for SetRetries {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let retries = match &self.retries {
            Retries::Fixed(number) => Some(*number),
            Retries::Expr(expr) => match expr.eval(&Cx { stream, env, place }).ok().and_then(|v| v.cast(Type::Int)) {
                Some(Value::Int(number)) if (0..=MOST).contains(&number) => Some(number as u32),
                _ => None,
            },
        };
        // What is no such number leaves them as they are.
        stream.retries = retries.or(stream.retries);
        Flow::Continue
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        if let Retries::Expr(expr) = &mut self.retries {
            expr.names_mut().for_each(visit);
        }
    }
}
