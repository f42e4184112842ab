//! `set-nice`: the priority of a stream among HAProxy's tasks, which evenkeel does not have (manual, section 4.4).

use super::{Row, words::Words};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpRequest, HttpResponse, TcpRequestContent, TcpResponseContent},
};
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROW: Row = Row {
    name: "set-nice",
    rulesets: &[HttpRequest, HttpResponse, TcpRequestContent, TcpResponseContent],
    glued: false,
    args: "<nice>",
    parse,
    ok: &["0", "-5 if TRUE"],
    bad: &[""],
    support: Support::Parsed,
};

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    words.required("expects exactly 1 argument (integer value)")?;
    Some(Box::new(SetNice))
}

#[derive(Debug)]
struct SetNice;

impl Action for SetNice {
    fn run(&self, _: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        Flow::Continue
    }
}
