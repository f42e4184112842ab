//! `sc-set-gpt` and `sc-set-gpt0`: general purpose tags (manual, section 4.4).

use super::{
    Row,
    counter::{self, Amount},
    sc_gpc::RULESETS,
};
use crate::flow::{Action, Flow};
use sample::{
    Env, Places, Stream,
    row::{Name, Support},
    table::{Data, Field},
};

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "sc-set-gpt",
        rulesets: RULESETS,
        glued: true,
        args: "(<idx>,<sc-id>) {<int>|<expr>}",
        parse: |words| {
            let (index, number) = counter::element(words, "gpt")?;
            let value = Amount::parse(words)?;
            Some(Box::new(Set { number, field: Field { data: Data::Gpt, index }, value }))
        },
        ok: &["(0,0) 7", "(1,2) int(3) if TRUE"],
        bad: &["(0) 7", "(0,0)", "(0,3) 7", "(0,0) nosuch"],
        support: Support::Full,
    },
    Row {
        name: "sc-set-gpt0",
        rulesets: RULESETS,
        glued: true,
        args: "(<sc-id>) {<int>|<expr>}",
        parse: |words| {
            let number = counter::number(words)?;
            let value = Amount::parse(words)?;
            Some(Box::new(Set { number, field: Data::Gpt0.into(), value }))
        },
        ok: &["(0) 7", "(2) int(3) if TRUE"],
        bad: &["(0)", "(3) 7", "(x) 7", "(0) nosuch"],
        support: Support::Full,
    },
];

#[derive(Debug)]
struct Set {
    number: usize,
    field: Field,
    value: Amount,
}

impl Action for Set {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        if let Some(value) = self.value.get(stream, env, place) {
            counter::change(stream, self.number, |open| _ = open.set(self.field, value.into()));
        }
        Flow::Continue
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.value.names(visit);
    }
}
