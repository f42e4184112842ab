//! `capture`: a sample is kept for logs in a slot (manual, section 4.4).

use super::{Row, words};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpAfterResponse, HttpRequest, HttpResponse, TcpRequestContent},
};
use sample::{
    Cx, Env, Expr, Places, Stream,
    row::{Name, Support},
};
use source::Word;

pub(super) const ROW: Row = Row {
    name: "capture",
    rulesets: &[HttpRequest, HttpResponse, HttpAfterResponse, TcpRequestContent],
    glued: false,
    args: "<expr> { len <length> | id <idx> }",
    parse,
    ok: &["src len 16", "path len 5 if TRUE"],
    bad: &["", "src", "src len", "src len 0", "src len x", "src id x", "src id 9", "src to 5"],
    support: Support::Full,
};

fn parse(words: &mut words::Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let missing = "expects <expression> [ 'len' <length> | id <idx> ]";
    let expr = words.required(missing)?;
    let expr = words.expr(expr)?;
    let response = words.ruleset.of_response();
    let (slot, len) = match words.take_any(&["len", "id"]) {
        Some("len") if response => return words.fault("expects 'id', found 'len'"),
        Some("len") => {
            let len = words.required(missing)?;
            declare(words, len)?
        }
        Some(_) => {
            let id = words.required(missing)?;
            declared(words, id, response)?
        }
        None => return words.fault(missing),
    };
    Some(Box::new(Capture { expr, response, slot, len }))
}

/// A new slot and its length.
fn declare(words: &mut words::Words<'_, '_, '_>, word: &Word) -> Option<(usize, usize)> {
    let Some(len) = words::number(word).filter(|len| *len > 0) else {
        return words.fault_at(word, "length must be > 0", "write the number of bytes to keep");
    };
    if !words.parse.frontend {
        let message = format!("proxy '{}' has no frontend capability", String::from_utf8_lossy(words.parse.proxy));
        return words.fault(message);
    }
    let slots = &mut words.parse.captures.request;
    slots.push(len as usize);
    Some((slots.len() - 1, len as usize))
}

/// The slot of a `declare capture` line, and its length.
fn declared(words: &mut words::Words<'_, '_, '_>, word: &Word, response: bool) -> Option<(usize, usize)> {
    let Some(slot) = words::number(word).map(|id| id as usize) else {
        let message = format!("cannot parse id '{}'", word.show());
        return words.fault_at(word, message, "write the number of a 'declare capture' line, from 0");
    };
    let slots = if response { &words.parse.captures.response } else { &words.parse.captures.request };
    match slots.get(slot).copied() {
        Some(len) => Some((slot, len)),
        // A backend's rule refers to the slots of whichever frontend the request came by.
        None if !words.parse.frontend => Some((slot, usize::MAX)),
        None => {
            let ruleset = words.ruleset.name();
            let message = format!("unable to find capture id '{slot}' referenced by {ruleset} capture rule");
            words.fault_at(word, message, "declare it above: 'declare capture request|response len <length>'")
        }
    }
}

#[derive(Debug)]
struct Capture {
    expr: Expr,
    response: bool,
    slot: usize,
    /// Longer values are cut.
    len: usize,
}

impl Action for Capture {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let value = self.expr.eval(&Cx { stream, env, place }).ok().and_then(|value| value.into_str());
        let Some(value) = value else { return Flow::Continue };
        let value = value.get(..self.len).unwrap_or(&value).to_vec();
        let late = stream.late_captures.get_mut();
        late.retain(|late| (late.response, late.slot) != (self.response, self.slot));
        let slots = if self.response { &mut stream.res_captures } else { &mut stream.req_captures };
        // The engine makes room for the slots of the frontend; others do not exist for this stream.
        if let Some(slot) = slots.get_mut(self.slot) {
            *slot = Some(value);
        }
        Flow::Continue
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.expr.names_mut().for_each(visit);
    }
}
