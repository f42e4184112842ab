//! `return`: an answer of the configuration's own (manual, section 4.4).

use super::{Row, reply::ReplyForm, words::Words};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpRequest, HttpResponse},
};
use sample::{
    Env, Places, Stream,
    row::{Name, Support},
};

pub(super) const ROW: Row = Row {
    name: "return",
    rulesets: &[HttpRequest, HttpResponse],
    glued: false,
    args: "[status <code>] [content-type <type>] [default-errorfiles | errorfile <file> | errorfiles <name> | \
           file <file> | lf-file <file> | string <str> | lf-string <fmt>] [hdr <name> <fmt>]...",
    parse,
    ok: &[
        "",
        "status 204 if TRUE",
        "content-type text/plain lf-string %[src] hdr X-A 1",
        "status 404 default-errorfiles",
        "status 200 content-type text/html",
    ],
    bad: &[
        "status",
        "status 199",
        "status 600",
        "string hi",
        "content-type text/plain string a string b",
        "status 418 default-errorfiles",
        "status 204 content-type text/plain string a",
        "hdr X-A",
        "errorfile /nonexistent",
    ],
    support: Support::Full,
};

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    Some(Box::new(Return { reply: ReplyForm::parse(words, 200, false)? }))
}

#[derive(Debug)]
struct Return {
    reply: ReplyForm,
}

impl Action for Return {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        match self.reply.make(stream, env, place) {
            None => Flow::Failed,
            Some(reply) => Flow::Answer(Box::new(reply)),
        }
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.reply.names(visit);
    }
}
