//! `expect-proxy` (manual, section 4.4).

use super::{Row, Words};
use crate::flow::{Action, Flow, Ruleset::TcpRequestConnection};
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROW: Row = Row {
    name: "expect-proxy",
    rulesets: &[TcpRequestConnection],
    glued: false,
    args: "layer4",
    parse,
    ok: &["layer4", "layer4 if TRUE"],
    bad: &["", "layer5"],
    support: Support::Full,
};

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let word = words.required("'expect-proxy' only supports 'layer4'")?;
    match word.is("layer4") {
        true => Some(Box::new(ExpectProxy)),
        false => words.fault_at(word, "only supports 'layer4'", "write layer4"),
    }
}

#[derive(Debug)]
struct ExpectProxy;

impl Action for ExpectProxy {
    fn run(&self, _: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        Flow::ExpectProxy
    }
}
