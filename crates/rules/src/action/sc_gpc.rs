//! `sc-inc-gpc`, `sc-inc-gpc0`, `sc-inc-gpc1` and `sc-add-gpc`: general purpose counters (manual, section 4.4).

use super::{
    Row,
    counter::{self, Amount},
};
use crate::flow::{
    Action, Flow,
    Ruleset::{
        self, HttpAfterResponse, HttpRequest, HttpResponse, TcpRequestConnection, TcpRequestContent, TcpRequestSession,
        TcpResponseContent,
    },
};
use sample::{
    Env, Places, Stream,
    row::{Name, Support},
    table::{Data, Field},
};

pub(super) const ROWS: &[Row] = &[
    Row {
        parse: |words| {
            let (index, number) = counter::element(words, "gpc")?;
            let amount = Amount::parse(words)?;
            Some(Box::new(Add { number, fields: element(index), amount }))
        },
        ..row("sc-add-gpc", "(<idx>,<sc-id>) {<int>|<expr>}", &["(0,0) 3", "(99,2) src_port"], &["(0,0)", "(0)"])
    },
    Row {
        parse: |words| {
            let (index, number) = counter::element(words, "gpc")?;
            Some(one(number, element(index)))
        },
        ..row(
            "sc-inc-gpc",
            "(<idx>,<sc-id>)",
            &["(0,0)", "(1,2) if TRUE"],
            &["(0)", "(0,3)", "(x,0)", "(0,0,0)", "(0,0) x"],
        )
    },
    Row {
        parse: |words| Some(one(counter::number(words)?, [Data::Gpc0.into(), Data::Gpc0Rate.into()])),
        ..row("sc-inc-gpc0", "(<sc-id>)", &["(0)", "()", "(2) if TRUE"], &["(x)", "(3)", "("])
    },
    Row {
        parse: |words| Some(one(counter::number(words)?, [Data::Gpc1.into(), Data::Gpc1Rate.into()])),
        ..row("sc-inc-gpc1", "(<sc-id>)", &["(0)"], &["(x)", "(3)"])
    },
];

pub(super) const RULESETS: &[Ruleset] = &[
    TcpRequestConnection,
    TcpRequestSession,
    TcpRequestContent,
    TcpResponseContent,
    HttpRequest,
    HttpResponse,
    HttpAfterResponse,
];

const fn row(name: &'static str, args: &'static str, ok: &'static [&'static str], bad: &'static [&'static str]) -> Row {
    Row { name, rulesets: RULESETS, glued: true, args, parse: |_| None, ok, bad, support: Support::Full }
}

fn element(index: usize) -> [Field; 2] {
    [Data::Gpc, Data::GpcRate].map(|data| Field { data, index })
}

fn one(number: usize, fields: [Field; 2]) -> Box<dyn Action> {
    Box::new(Add { number, fields, amount: Amount::Fixed(1) })
}

/// Adds to a counter and to its rate, as far as they are stored.
#[derive(Debug)]
struct Add {
    number: usize,
    fields: [Field; 2],
    amount: Amount,
}

impl Action for Add {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        if let Some(amount) = self.amount.get(stream, env, place) {
            counter::change(stream, self.number, |open| _ = open.add_both(self.fields, amount.into()));
        }
        Flow::Continue
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.amount.names(visit);
    }
}
