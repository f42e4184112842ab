//! `set-log-level` (manual, section 4.4).

use super::{Row, words::Words};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpAfterResponse, HttpRequest, HttpResponse, TcpRequestContent, TcpResponseContent},
};
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROW: Row = Row {
    name: "set-log-level",
    rulesets: &[HttpRequest, HttpResponse, HttpAfterResponse, TcpRequestContent, TcpResponseContent],
    glued: false,
    args: "emerg|alert|crit|err|warning|notice|info|debug|silent",
    parse,
    ok: &["silent", "debug if TRUE"],
    bad: &["", "loud"],
    support: Support::Full,
};

const LEVELS: [&[u8]; 8] = [b"emerg", b"alert", b"crit", b"err", b"warning", b"notice", b"info", b"debug"];

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let missing = "expects exactly 1 argument (log level name or 'silent')";
    let word = words.required(missing)?;
    let level = LEVELS.iter().zip(0..).find(|(name, _)| **name == word.text).map(|(_, level)| level);
    if level.is_none() && !word.is("silent") {
        return words.fault_at(word, missing, "the levels are emerg, alert, crit, err, warning, notice, info, debug");
    }
    Some(Box::new(SetLogLevel { level }))
}

#[derive(Debug)]
struct SetLogLevel {
    /// `None`: silent.
    level: Option<u8>,
}

impl Action for SetLogLevel {
    fn run(&self, stream: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        stream.log_level = Some(self.level);
        Flow::Continue
    }
}
