//! `set-var`, `set-var-fmt` and `unset-var` (manual, sections 2.8 and 4.4).

use super::{
    Row,
    words::{Text, Words},
};
use crate::flow::{
    Action, Flow,
    Ruleset::{
        self, HttpAfterResponse, HttpRequest, HttpResponse, TcpRequestConnection, TcpRequestContent, TcpRequestSession,
        TcpResponseContent,
    },
};
use sample::{
    Cx, Env, Expr, Places, Stream, Value, arg,
    format::Usage,
    row::{Name, Support},
    set::{CONDS, Cond},
    stream::{Scope, VarId},
};
use std::borrow::Cow;

pub(super) const ROWS: &[Row] = &[
    row("set-var", "(<var-name>[,<cond>...]) <expr>", set_var, &["(sess.a) int(1)", "(proc.a,ifnotexists,ifgt) src"]),
    row("set-var-fmt", "(<var-name>[,<cond>...]) <fmt>", set_var_fmt, &["(sess.a) %[src]:%[src_port]"]),
    row("unset-var", "(<var-name>)", unset_var, &["(sess.a)", "(sess.a) if TRUE"]),
];

const RULESETS: &[Ruleset] = &[
    HttpRequest,
    HttpResponse,
    HttpAfterResponse,
    TcpRequestConnection,
    TcpRequestSession,
    TcpRequestContent,
    TcpResponseContent,
];

const fn row(name: &'static str, args: &'static str, parse: super::Parser, ok: &'static [&'static str]) -> Row {
    let bad = &["", "(a) src", "(sess.a", "() src", "(sess.a,ifx) src", "(sess.) src"];
    Row { name, rulesets: RULESETS, glued: true, args, parse, ok, bad, support: Support::Full }
}

const FORM: &str =
    "invalid or incomplete action. Expects 'set-var(<var-name>)', 'set-var-fmt(<var-name>)' or 'unset-var(<var-name>)'";

fn set_var(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let (id, conds) = variable(words)?;
    let word = words.required("missing fetch method")?;
    Some(Box::new(SetVar { id, conds, value: Source::Expr(words.expr(word)?) }))
}

fn set_var_fmt(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let (id, conds) = variable(words)?;
    let word = words.required("missing format")?;
    Some(Box::new(SetVar { id, conds, value: Source::Text(words.text(Usage::Text, word)?) }))
}

fn unset_var(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    match variable(words)? {
        (id, conds) if conds.is_empty() => Some(Box::new(UnsetVar { id })),
        _ => words.fault("unset-var takes no condition in its parentheses"),
    }
}

/// The variable and the conditions between the parentheses.
fn variable(words: &mut Words<'_, '_, '_>) -> Option<(VarId, Vec<Cond>)> {
    let mut parts = words.parens(FORM)?.split(|b| *b == b',');
    let name = parts.next().unwrap_or(&[]);
    if name.is_empty() {
        return words.fault("Empty variable name cannot be accepted");
    }
    let places = words.places();
    let id = match arg::var(name, &mut words.parse.samples(places)) {
        Ok(id) => id,
        Err(message) => return words.fault(message),
    };
    let mut conds = Vec::new();
    for part in parts {
        match CONDS.iter().find(|(name, _)| name.as_bytes() == part) {
            Some((_, cond)) => conds.push(*cond),
            None => return words.fault(format!("unknown condition \"{}\"", String::from_utf8_lossy(part))),
        }
    }
    Some((id, conds))
}

#[derive(Debug)]
struct SetVar {
    id: VarId,
    /// All must hold.
    conds: Vec<Cond>,
    value: Source,
}

#[derive(Debug)]
enum Source {
    Expr(Expr),
    Text(Text),
}

impl Action for SetVar {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let value = match &self.value {
            Source::Expr(expr) => match expr.eval(&Cx { stream, env, place }) {
                Ok(value) => value.into_owned(),
                Err(_) => return Flow::Continue,
            },
            Source::Text(text) => Value::Str(Cow::Owned(text.render(stream, env, place).into_owned())),
        };
        let cx = Cx { stream, env, place };
        if self.conds.is_empty() || Cond::allow(&self.conds, cx.var(self.id).as_ref(), &value) {
            set(stream, env, self.id, Some(value));
        }
        Flow::Continue
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        match &mut self.value {
            Source::Expr(expr) => expr.names_mut().for_each(visit),
            Source::Text(text) => text.names(visit),
        }
    }
}

#[derive(Debug)]
struct UnsetVar {
    id: VarId,
}

impl Action for UnsetVar {
    fn run(&self, stream: &mut Stream, env: &dyn Env, _: Places) -> Flow {
        set(stream, env, self.id, None);
        Flow::Continue
    }
}

fn set(stream: &mut Stream, env: &dyn Env, id: VarId, value: Option<Value<'static>>) {
    match (id.scope, value) {
        (Scope::Proc, value) => env.set_proc_var(id, value),
        (_, Some(value)) => stream.vars.set(id, value),
        (_, None) => stream.vars.unset(id),
    }
}
