//! `allow` and `accept`: the rest of the ruleset is skipped (manual, section 4.4).

use super::Row;
use crate::flow::{
    Action, Flow,
    Ruleset::{self, *},
};
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROWS: &[Row] = &[
    row("accept", &[TcpRequestConnection, TcpRequestSession, TcpRequestContent, TcpResponseContent]),
    row("allow", &[HttpRequest, HttpResponse, HttpAfterResponse]),
];

const fn row(name: &'static str, rulesets: &'static [Ruleset]) -> Row {
    Row {
        name,
        rulesets,
        glued: false,
        args: "",
        parse: |_| Some(Box::new(Allow)),
        ok: &["", "if TRUE"],
        bad: &["now"],
        support: Support::Full,
    }
}

#[derive(Debug)]
struct Allow;

impl Action for Allow {
    fn run(&self, _: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        Flow::Stop
    }
}
