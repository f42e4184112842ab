//! `deny` and `tarpit`: the request or the response is refused with an answer (manual, section 4.4).

use super::{Row, reply::ReplyForm, words::Words};
use crate::flow::{
    Action, Flow,
    Ruleset::{self, HttpRequest, HttpResponse},
};
use sample::{
    Env, Places, Stream,
    row::{Name, Support},
};

pub(super) const ROWS: &[Row] = &[
    row("deny", &[HttpRequest, HttpResponse], |words| {
        let status = if words.ruleset == HttpResponse { 502 } else { 403 };
        parse(words, status, false)
    }),
    row("tarpit", &[HttpRequest], |words| parse(words, 500, true)),
];

const fn row(name: &'static str, rulesets: &'static [Ruleset], parse: super::Parser) -> Row {
    Row {
        name,
        rulesets,
        glued: false,
        args: "[{status|deny_status} <code>] [content-type <type>] [default-errorfiles | errorfile <file> | \
               errorfiles <name> | file <file> | lf-file <file> | string <str> | lf-string <fmt>] [hdr <name> <fmt>]...",
        parse,
        ok: &["", "deny_status 429", "status 418 hdr X-A %[src] if TRUE", "content-type text/plain string no"],
        bad: &["deny_status", "deny_status abc", "deny_status 999", "deny_status 418", "string no", "now"],
        support: Support::Full,
    }
}

fn parse(words: &mut Words<'_, '_, '_>, status: u16, tarpit: bool) -> Option<Box<dyn Action>> {
    Some(Box::new(Deny { reply: ReplyForm::parse(words, status, true)?, tarpit }))
}

#[derive(Debug)]
struct Deny {
    reply: ReplyForm,
    tarpit: bool,
}

impl Action for Deny {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        match self.reply.make(stream, env, place) {
            None => Flow::Failed,
            Some(mut reply) => {
                reply.denied = true;
                if self.tarpit { Flow::Tarpit(Box::new(reply)) } else { Flow::Answer(Box::new(reply)) }
            }
        }
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.reply.names(visit);
    }
}
