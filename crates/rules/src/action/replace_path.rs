//! `replace-path`, `replace-pathq` and `replace-uri` (manual, section 4.4).

use super::{Row, replace::Replacement, target::Part, words::Words};
use crate::flow::{Action, Flow, Ruleset::HttpRequest};
use sample::{
    Env, Places, Stream,
    row::{Name, Support},
};

pub(super) const ROWS: &[Row] = &[
    row("replace-path", |words| parse(words, Part::Path)),
    row("replace-pathq", |words| parse(words, Part::PathQ)),
    row("replace-uri", |words| parse(words, Part::Uri)),
];

const fn row(name: &'static str, parse: super::Parser) -> Row {
    Row {
        name,
        rulesets: &[HttpRequest],
        glued: false,
        args: "<match-regex> <replace-fmt>",
        parse,
        ok: &["(.*) /foo\\1", "^/old /new/%[src] if TRUE"],
        bad: &["", "a", "( b"],
        support: Support::Full,
    }
}

fn parse(words: &mut Words<'_, '_, '_>, part: Part) -> Option<Box<dyn Action>> {
    let missing = "expects exactly 2 arguments <match-regex> and <replace-format>";
    Some(Box::new(ReplacePath { part, replacement: Replacement::parse(words, missing)? }))
}

#[derive(Debug)]
struct ReplacePath {
    part: Part,
    replacement: Replacement,
}

impl Action for ReplacePath {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let Some(old) = self.part.of(stream.req.target()) else { return Flow::Continue };
        if !self.replacement.matches(old) {
            return Flow::Continue;
        }
        let text = self.replacement.text(stream, env, place);
        match self.replacement.apply(old, &text) {
            Some(new) => self.part.set(&mut stream.req, &new, env),
            None => Flow::Continue,
        }
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.replacement.names(visit);
    }
}
