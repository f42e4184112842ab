//! `switch-mode http` (manual, section 4.4).

use super::{Row, Words};
use crate::flow::{Action, Flow, Protocol, Ruleset::TcpRequestContent};
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROW: Row = Row {
    name: "switch-mode",
    rulesets: &[TcpRequestContent],
    glued: false,
    args: "http [proto NAME]",
    parse,
    ok: &["http", "http if HTTP", "http proto h2 if TRUE"],
    bad: &["", "tcp", "http proto", "http proto h9"],
    support: Support::Full,
};

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let word = words.required("'switch-mode' expects a mode")?;
    if !word.is("http") {
        return words.fault_at(word, "invalid mode: only 'http' is supported", "write http");
    }
    if !words.take("proto") {
        return Some(Box::new(SwitchMode(Protocol::Any)));
    }
    let word = words.required("'proto': missing protocol name")?;
    let protocol = match () {
        () if word.is("h1") => Protocol::H1,
        () if word.is("h2") => Protocol::H2,
        () => return words.fault_at(word, "unknown MUX protocol", "write h1 or h2"),
    };
    Some(Box::new(SwitchMode(protocol)))
}

#[derive(Debug)]
struct SwitchMode(Protocol);

impl Action for SwitchMode {
    fn run(&self, _: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        Flow::SwitchMode(self.0)
    }

    fn switches_mode(&self) -> bool {
        true
    }
}
