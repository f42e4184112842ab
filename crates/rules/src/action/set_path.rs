//! `set-method`, `set-path`, `set-pathq`, `set-query` and `set-uri` (manual, section 4.4).

use super::{
    Row,
    target::Part,
    words::{Text, Words},
};
use crate::flow::{Action, Flow, Ruleset::HttpRequest};
use sample::{
    Env, Places, Stream,
    format::Usage,
    row::{Name, Support},
};

pub(super) const ROWS: &[Row] = &[
    row("set-method", |words| parse(words, None)),
    row("set-path", |words| parse(words, Some(Part::Path))),
    row("set-pathq", |words| parse(words, Some(Part::PathQ))),
    row("set-query", |words| parse(words, Some(Part::Query))),
    row("set-uri", |words| parse(words, Some(Part::Uri))),
];

const fn row(name: &'static str, parse: super::Parser) -> Row {
    Row {
        name,
        rulesets: &[HttpRequest],
        glued: false,
        args: "<fmt>",
        parse,
        ok: &["/x", "%[path]x if TRUE"],
        bad: &["", "/a b", "%[nosuch]"],
        support: Support::Full,
    }
}

fn parse(words: &mut Words<'_, '_, '_>, part: Option<Part>) -> Option<Box<dyn Action>> {
    let value = words.required("expects exactly 1 argument <format>")?;
    Some(Box::new(SetPath { part, value: words.text(Usage::Header, value)? }))
}

#[derive(Debug)]
struct SetPath {
    /// `None`: the method.
    part: Option<Part>,
    value: Text,
}

impl Action for SetPath {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let value = self.value.render(stream, env, place);
        match self.part {
            Some(part) => part.set(&mut stream.req, &value, env),
            None => {
                stream.req.set_method(&value);
                Flow::Continue
            }
        }
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.value.names(visit);
    }
}
