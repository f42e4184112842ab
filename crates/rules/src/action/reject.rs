//! `reject` and `close`: the connection ends without an answer (manual, section 4.4).

use super::Row;
use crate::flow::{
    Action, Flow,
    Ruleset::{self, HttpRequest, TcpRequestConnection, TcpRequestContent, TcpRequestSession, TcpResponseContent},
};
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROWS: &[Row] = &[
    row(
        "reject",
        &[HttpRequest, TcpRequestConnection, TcpRequestSession, TcpRequestContent, TcpResponseContent],
        |_| Some(Box::new(Reject)),
    ),
    row("close", &[TcpResponseContent], |_| Some(Box::new(Close))),
];

const fn row(name: &'static str, rulesets: &'static [Ruleset], parse: super::Parser) -> Row {
    Row { name, rulesets, glued: false, args: "", parse, ok: &["", "if TRUE"], bad: &["now"], support: Support::Full }
}

#[derive(Debug)]
struct Reject;

impl Action for Reject {
    fn run(&self, _: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        Flow::Reject
    }
}

#[derive(Debug)]
struct Close;

impl Action for Close {
    fn run(&self, _: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        Flow::Close
    }
}
