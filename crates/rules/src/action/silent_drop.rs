//! `silent-drop` (manual, section 4.4).

use super::{Row, words};
use crate::flow::{
    Action, Flow,
    Ruleset::{
        HttpRequest, HttpResponse, TcpRequestConnection, TcpRequestContent, TcpRequestSession, TcpResponseContent,
    },
};
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROW: Row = Row {
    name: "silent-drop",
    rulesets: &[
        HttpRequest,
        HttpResponse,
        TcpRequestConnection,
        TcpRequestSession,
        TcpRequestContent,
        TcpResponseContent,
    ],
    glued: false,
    args: "[rst-ttl <ttl>]",
    parse,
    ok: &["", "rst-ttl 3", "if TRUE"],
    bad: &["rst-ttl", "rst-ttl 0", "rst-ttl 256", "now"],
    support: Support::Full,
};

fn parse(words: &mut words::Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    if !words.take("rst-ttl") {
        return Some(Box::new(SilentDrop { ttl: 0 }));
    }
    let word = words.required("missing rst-ttl value")?;
    match words::number(word).and_then(|ttl| u8::try_from(ttl).ok()).filter(|ttl| *ttl > 0) {
        Some(ttl) => Some(Box::new(SilentDrop { ttl })),
        None => words.fault_at(word, "valid rst-ttl values are [1-255]", "write a number of hops, such as 3"),
    }
}

#[derive(Debug)]
struct SilentDrop {
    /// 0: no reset.
    ttl: u8,
}

impl Action for SilentDrop {
    fn run(&self, _: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        Flow::SilentDrop(self.ttl)
    }
}
