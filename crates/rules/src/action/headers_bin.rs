//! `add-headers-bin`, `del-headers-bin` and `set-headers-bin`: many fields in one binary value (manual, section 4.4).

use super::{
    Row,
    message::{FRAMING, Names, Side, add},
    words::Words,
};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpAfterResponse, HttpRequest, HttpResponse},
};
use sample::{
    Cx, Env, Expr, Places, Stream, Type, Value,
    row::{Name, Support},
};

pub(super) const ROWS: &[Row] = &[
    row("add-headers-bin", "<expr> [prefix <str>]", &["var(txn.h)", "var(txn.h) prefix X- if TRUE"], |words| {
        parse(words, false)
    }),
    row("del-headers-bin", "<expr> [-m str|beg|end|sub]", &["var(txn.h)", "bin(02782d00) -m beg"], parse_del),
    row("set-headers-bin", "<expr> [prefix <str>]", &["req.hdrs_bin"], |words| parse(words, true)),
];

const fn row(name: &'static str, args: &'static str, ok: &'static [&'static str], parse: super::Parser) -> Row {
    Row {
        name,
        rulesets: &[HttpRequest, HttpResponse, HttpAfterResponse],
        glued: false,
        args,
        parse,
        ok,
        bad: &["", "nosuch", "var(txn.h) prefix", "var(txn.h) -m", "var(txn.h) -m reg"],
        support: Support::Full,
    }
}

fn parse(words: &mut Words<'_, '_, '_>, replace: bool) -> Option<Box<dyn Action>> {
    let word = words.required("expects at least 1 argument")?;
    let expr = words.expr(word)?;
    let prefix = match words.take("prefix") {
        true => words.required("'prefix' expects exactly 1 argument")?.text.clone(),
        false => Vec::new(),
    };
    Some(Box::new(SetHeadersBin { side: Side::of(words.ruleset), expr, prefix, replace }))
}

fn parse_del(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let word = words.required("expects at least 1 argument")?;
    let expr = words.expr(word)?;
    let how = match words.take("-m") {
        false => Names::Str,
        true => {
            let method = words.required("-m flag expects exactly 1 argument")?;
            match Names::parse(&method.text) {
                Some(how) => how,
                None => {
                    let message = format!("-m with unsupported matching method '{}'", method.show());
                    return words.fault_at(method, message, "the methods are str, beg, end and sub");
                }
            }
        }
    };
    Some(Box::new(DelHeadersBin { side: Side::of(words.ruleset), expr, how }))
}

#[derive(Debug)]
struct SetHeadersBin {
    side: Side,
    expr: Expr,
    /// Only names that begin so count; case matters.
    prefix: Vec<u8>,
    replace: bool,
}

impl Action for SetHeadersBin {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let Some(fields) = bytes(&self.expr, &Cx { stream, env, place }) else { return Flow::Continue };
        let (mut rest, head) = (fields.as_slice(), self.side.head(stream));
        loop {
            let (Some(name), Some(value)) = (string(&mut rest), string(&mut rest)) else { return Flow::Failed };
            if name.is_empty() {
                return if value.is_empty() { Flow::Continue } else { Flow::Failed };
            }
            let lower = name.to_ascii_lowercase();
            if !name.starts_with(&self.prefix) || FRAMING.contains(&lower.as_slice()) {
                continue;
            }
            if self.replace {
                head.remove(&lower);
            }
            if let Flow::Failed = add(head, &lower, value, env) {
                return Flow::Failed;
            }
        }
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.expr.names_mut().for_each(visit);
    }
}

#[derive(Debug)]
struct DelHeadersBin {
    side: Side,
    expr: Expr,
    how: Names,
}

impl Action for DelHeadersBin {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let Some(names) = bytes(&self.expr, &Cx { stream, env, place }) else { return Flow::Continue };
        let (mut rest, head) = (names.as_slice(), self.side.head(stream));
        loop {
            match string(&mut rest) {
                None => return Flow::Failed,
                Some([]) => return Flow::Continue,
                Some(name) => self.how.remove(head, &name.to_ascii_lowercase()),
            }
        }
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.expr.names_mut().for_each(visit);
    }
}

/// The value as bytes; `None` where there is none.
fn bytes(expr: &Expr, cx: &Cx<'_>) -> Option<Vec<u8>> {
    match expr.eval(cx).ok()?.cast(Type::Bin)? {
        Value::Bin(bytes) => Some(bytes.into_owned()),
        _ => None,
    }
}

/// A length and so many bytes; `None` where they are cut short.
fn string<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let len = usize::try_from(varint(rest)?).ok()?;
    let (text, tail) = rest.split_at_checked(len)?;
    *rest = tail;
    Some(text)
}

/// A variable-length integer as in the peers protocol: below 240 one byte, else four bits and then seven at a time.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut next = || {
        let (first, tail) = rest.split_first()?;
        *rest = tail;
        Some(u64::from(*first))
    };
    let mut value = next()?;
    if value < 240 {
        return Some(value);
    }
    let mut shift = 4;
    loop {
        let byte = next()?;
        value = value.checked_add(byte.checked_shl(shift).filter(|_| shift < 57)?)?;
        shift += 7;
        if byte < 128 {
            return Some(value);
        }
    }
}
