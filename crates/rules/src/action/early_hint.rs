//! `early-hint`: a field of an interim response that goes out at once (manual, section 4.4; RFC 8297).

use super::{
    Row,
    words::{Text, Words},
};
use crate::flow::{Action, Flow, Ruleset::HttpRequest};
use sample::{
    Env, Places, Stream,
    format::Usage,
    row::{Name, Support},
};

pub(super) const ROW: Row = Row {
    name: "early-hint",
    rulesets: &[HttpRequest],
    glued: false,
    args: "<name> <fmt>",
    parse,
    ok: &["Link </a.css>", "Link %[path] if TRUE"],
    bad: &["", "Link"],
    support: Support::Full,
};

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let missing = "expects exactly 2 arguments (name and format)";
    let name = words.required(missing)?.text.clone();
    let value = words.required(missing)?;
    Some(Box::new(EarlyHint { name, value: words.text(Usage::Text, value)? }))
}

#[derive(Debug)]
struct EarlyHint {
    name: Vec<u8>,
    value: Text,
}

impl Action for EarlyHint {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        Flow::Hint(Box::new((self.name.clone(), self.value.render(stream, env, place).into_owned())))
    }

    fn hints(&self) -> bool {
        true
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.value.names(visit);
    }
}
