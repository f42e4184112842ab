//! `auth`: the client is asked for a user and a password (manual, section 4.4).

use super::{Row, words::Words};
use crate::{
    flow::{Action, Flow, Ruleset::HttpRequest},
    http_errors,
};
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROW: Row = Row {
    name: "auth",
    rulesets: &[HttpRequest],
    glued: false,
    args: "[realm <realm>]",
    parse,
    ok: &["", "realm \"My site\" if TRUE"],
    bad: &["realm", "user"],
    support: Support::Full,
};

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let realm = match words.take("realm") {
        true => words.required("missing realm value")?.text.clone(),
        false => words.parse.proxy.to_vec(),
    };
    Some(Box::new(Auth { challenge: challenge(&realm) }))
}

/// The challenge of basic authentication for a realm.
pub(super) fn challenge(realm: &[u8]) -> Vec<u8> {
    [b"Basic realm=\"", realm, b"\""].concat()
}

#[derive(Debug)]
struct Auth {
    challenge: Vec<u8>,
}

impl Action for Auth {
    fn run(&self, stream: &mut Stream, env: &dyn Env, _: Places) -> Flow {
        let mut reply = http_errors::answer(stream, env, 401);
        reply.head.add(b"www-authenticate", &self.challenge);
        reply.unauthorized = true;
        Flow::Answer(Box::new(reply))
    }
}
