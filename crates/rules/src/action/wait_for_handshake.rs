//! `wait-for-handshake`: evenkeel never takes early data, so that every handshake is over (manual, section 4.4).

use super::Row;
use crate::flow::{Action, Flow, Ruleset::HttpRequest};
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROW: Row = Row {
    name: "wait-for-handshake",
    rulesets: &[HttpRequest],
    glued: false,
    args: "",
    parse: |_| Some(Box::new(WaitForHandshake)),
    ok: &["", "if TRUE"],
    bad: &["now"],
    support: Support::Full,
};

#[derive(Debug)]
struct WaitForHandshake;

impl Action for WaitForHandshake {
    fn run(&self, _: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        Flow::Continue
    }
}
