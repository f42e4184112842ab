//! `add-header` and `set-header` (manual, section 4.4).

use super::{
    Row,
    message::{FRAMING, Side, add},
    words::{Text, Words},
};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpAfterResponse, HttpRequest, HttpResponse},
};
use sample::{
    Env, Places, Stream,
    format::Usage,
    row::{Name, Support},
};
use source::Diagnostic;

pub(super) const ROWS: &[Row] =
    &[row("add-header", &["X-A %[src]"], |w| parse(w, false)), row("set-header", &["X-A v"], |w| parse(w, true))];

const fn row(name: &'static str, ok: &'static [&'static str], parse: super::Parser) -> Row {
    Row {
        name,
        rulesets: &[HttpRequest, HttpResponse, HttpAfterResponse],
        glued: false,
        args: "<name> <fmt>",
        parse,
        ok,
        bad: &["", "X-A", "X-A %[nosuch]", "X-A b c"],
        support: Support::Full,
    }
}

fn parse(words: &mut Words<'_, '_, '_>, replace: bool) -> Option<Box<dyn Action>> {
    let missing = "expects exactly 2 arguments";
    let (name, value) = (words.required(missing)?, words.required(missing)?);
    let value = words.text(Usage::Header, value)?;
    let lower = name.text.to_ascii_lowercase();
    if FRAMING.contains(&lower.as_slice()) {
        let message = format!("header '{}' frames the message and is left as it is", name.show());
        let help = "remove the rule; the length of a body is that of the body that is sent";
        words.parse.diagnostics.push(Diagnostic::warning("framing-header", name.span, message).help(help));
    }
    Some(Box::new(SetHeader { side: Side::of(words.ruleset), name: lower, value, replace }))
}

#[derive(Debug)]
struct SetHeader {
    side: Side,
    /// In lower case.
    name: Vec<u8>,
    value: Text,
    replace: bool,
}

impl Action for SetHeader {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        if FRAMING.contains(&self.name.as_slice()) {
            return Flow::Continue;
        }
        let value = self.value.render(stream, env, place);
        let head = self.side.head(stream);
        if self.replace {
            head.remove(&self.name);
        }
        add(head, &self.name, &value, env)
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.value.names(visit);
    }
}
