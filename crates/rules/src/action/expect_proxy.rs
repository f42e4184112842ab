//! `expect-proxy` and `expect-netscaler-cip`: the client's address comes first (manual, section 4.4).

use super::{Row, words::Words};
use crate::flow::{Action, Flow, Ruleset::TcpRequestConnection};
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROWS: &[Row] = &[
    row("expect-netscaler-cip", |words| parse(words, Header::Netscaler)),
    row("expect-proxy", |words| parse(words, Header::Proxy)),
];

const fn row(name: &'static str, parse: super::Parser) -> Row {
    Row {
        name,
        rulesets: &[TcpRequestConnection],
        glued: false,
        args: "layer4",
        parse,
        ok: &["layer4", "layer4 if TRUE"],
        bad: &["", "layer5"],
        support: Support::Full,
    }
}

fn parse(words: &mut Words<'_, '_, '_>, header: Header) -> Option<Box<dyn Action>> {
    let only = format!("'{}' only supports 'layer4'", words.name.show());
    let word = words.required(&only)?;
    match word.is("layer4") {
        true => Some(Box::new(Expect(header))),
        false => words.fault_at(word, "only supports 'layer4'", "write layer4"),
    }
}

#[derive(Debug, Clone, Copy)]
enum Header {
    Netscaler,
    Proxy,
}

#[derive(Debug)]
struct Expect(Header);

impl Action for Expect {
    fn run(&self, _: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        match self.0 {
            Header::Netscaler => Flow::ExpectNetscaler,
            Header::Proxy => Flow::ExpectProxy,
        }
    }
}
