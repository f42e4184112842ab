//! `set-fc-mark`, `set-fc-tos`, `set-bc-mark`, `set-bc-tos`, and the older names of the first two: how the kernel is to treat
//! packets (manual, section 4.4).

use super::{Row, words::Words};
use crate::flow::{
    Action, Flow,
    Ruleset::{
        self, HttpRequest, HttpResponse, TcpRequestConnection, TcpRequestContent, TcpRequestSession, TcpResponseContent,
    },
};
use sample::{
    Cx, Env, Expr, Places, Stream, Type, Value,
    row::{Name, Support},
};
use source::Word;

/// Where packets to the client may be marked.
const CLIENT: &[Ruleset] =
    &[HttpRequest, HttpResponse, TcpRequestConnection, TcpRequestSession, TcpRequestContent, TcpResponseContent];

/// Where packets to the server may be: before there is a connection.
const SERVER: &[Ruleset] = &[HttpRequest, TcpRequestContent];

pub(super) const ROWS: &[Row] = &[
    row("set-bc-mark", SERVER, "<mark>|<expr>", |words| parse(words, u32::MAX, true, bc_mark)),
    row("set-bc-tos", SERVER, "<tos>|<expr>", |words| parse(words, TOS, true, bc_tos)),
    row("set-fc-mark", CLIENT, "<mark>|<expr>", |words| parse(words, u32::MAX, true, fc_mark)),
    row("set-fc-tos", CLIENT, "<tos>|<expr>", |words| parse(words, TOS, true, fc_tos)),
    Row { ok: FIXED, ..row("set-mark", CLIENT, "<mark>", |words| parse(words, u32::MAX, false, fc_mark)) },
    Row { ok: FIXED, ..row("set-tos", CLIENT, "<tos>", |words| parse(words, TOS, false, fc_tos)) },
];

/// The largest type of service.
const TOS: u32 = 255;

const FIXED: &[&str] = &["4", "0x10 if TRUE"];

const fn row(name: &'static str, rulesets: &'static [Ruleset], args: &'static str, parse: super::Parser) -> Row {
    let ok = &["4", "0x10 if TRUE", "int(5)"];
    Row { name, rulesets, glued: false, args, parse, ok, bad: &["", "nosuch", "99999999999"], support: Support::Full }
}

type Set = fn(&mut Stream, u32);

fn fc_mark(stream: &mut Stream, mark: u32) {
    stream.client.below().into_iter().for_each(|below| below.set_mark(mark));
}

fn fc_tos(stream: &mut Stream, tos: u32) {
    stream.client.below().into_iter().for_each(|below| below.set_tos(tos as u8));
}

fn bc_mark(stream: &mut Stream, mark: u32) {
    stream.server_marks.mark = Some(mark);
}

fn bc_tos(stream: &mut Stream, tos: u32) {
    stream.server_marks.tos = Some(tos as u8);
}

fn parse(words: &mut Words<'_, '_, '_>, most: u32, computed: bool, set: Set) -> Option<Box<dyn Action>> {
    let word = words.required("expects exactly 1 argument (integer/hex value, or an expression)")?;
    let value = match number(word) {
        Some(number) if number <= u64::from(most) => Number::Fixed(number as u32),
        None if computed => Number::Expr(words.expr(word)?),
        _ => {
            let message = format!("invalid value '{}'", word.show());
            return words.fault_at(word, message, &format!("write a number from 0 to {most}"));
        }
    };
    Some(Box::new(SetMark { value, most, set }))
}

/// A decimal or hexadecimal number, however large.
fn number(word: &Word) -> Option<u64> {
    let text = word.str()?;
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    Some(parsed.unwrap_or(u64::MAX))
}

#[derive(Debug)]
enum Number {
    Fixed(u32),
    Expr(Expr),
}

#[derive(Debug)]
struct SetMark {
    value: Number,
    most: u32,
    set: Set,
}

impl Action for SetMark {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let number = match &self.value {
            Number::Fixed(number) => Some(*number),
            Number::Expr(expr) => match expr.eval(&Cx { stream, env, place }).ok().and_then(|v| v.cast(Type::Int)) {
                // Of a number that is too large the lower bits count.
                Some(Value::Int(number)) => Some(number as u32 & self.most),
                _ => None,
            },
        };
        if let Some(number) = number {
            (self.set)(stream, number);
        }
        Flow::Continue
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        if let Number::Expr(expr) = &mut self.value {
            expr.names_mut().for_each(visit);
        }
    }
}
