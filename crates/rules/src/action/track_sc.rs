//! `track-sc0` and its like: an entry of a stick table is tracked from here on (manual, section 4.4).

use super::{Row, words::Words};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpRequest, HttpResponse, TcpRequestConnection, TcpRequestContent, TcpRequestSession},
};
use sample::{
    Cx, Env, Expr, Places, Stream,
    row::{ArgKind, Name, Support},
    table::{Event, Tracked},
};

pub(super) const ROW: Row = Row {
    name: "track-sc",
    rulesets: &[TcpRequestConnection, TcpRequestSession, TcpRequestContent, HttpRequest, HttpResponse],
    glued: true,
    args: "<number> <key> [table <table>]",
    parse,
    ok: &["0 src table t", "1 src,ipmask(24) table t if TRUE"],
    bad: &["0", "0 src", "0 src table nosuch", "0 nosuch table t", "0 src table", "3 src table t", "0 src t"],
    support: Support::Full,
};

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let digits = words.name.text.get(ROW.name.len()..).unwrap_or(&[]);
    let number = number(words, digits)?;
    let word = words.required("missing fetch method")?;
    let expr = words.expr(word)?;
    let text = match words.take("table") {
        true => words.required("missing table name")?.text.clone(),
        false => Vec::new(),
    };
    let table = Name { kind: ArgKind::TableOf(expr.out), text, span: words.name.span, id: None };
    Some(Box::new(Track { number, expr, table }))
}

fn number(words: &mut Words<'_, '_, '_>, digits: &[u8]) -> Option<usize> {
    let shown = String::from_utf8_lossy(digits);
    let number = if digits.is_empty() { Some(0) } else { shown.parse().ok() };
    match number {
        Some(number) if number < words.parse.stick_counters => Some(number),
        Some(number) => {
            let last = words.parse.stick_counters as i64 - 1;
            words.fault(format!("{number} track-sc number exceeding {last} (tune.stick-counters-1) value"))
        }
        None => words.fault(format!("Wrong track-sc number '{shown}'")),
    }
}

#[derive(Debug)]
struct Track {
    number: usize,
    expr: Expr,
    table: Name,
}

impl Action for Track {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        if stream.counters.get(self.number).is_some() {
            return Flow::Continue;
        }
        let Some(table) = self.table.id.and_then(|(at, _)| env.table(at)) else { return Flow::Continue };
        let key = self.expr.eval(&Cx { stream, env, place }).ok().and_then(|value| table.key(value));
        let happened = happened(stream, place);
        let Some(tracked) = key.and_then(|key| Tracked::start(table, &key, &happened)) else { return Flow::Continue };
        stream.counters.track(self.number, tracked);
        Flow::Continue
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.expr.names_mut().for_each(&mut *visit);
        visit(&mut self.table);
    }
}

/// What is to be caught up with: the request, and what the server said to it.
fn happened(stream: &Stream, place: Places) -> [Option<Event>; 2] {
    // Rules on contents run before a frontend counts the request, and after it in a backend.
    let counted = Places::HTTP_RULES.meets(place) || (place == Places::BE_REQ_CONTENT && stream.is_http);
    let said = if Places::RESPONSE.meets(place) { Event::of_status(stream.status) } else { None };
    [counted.then_some(Event::Request), said]
}
