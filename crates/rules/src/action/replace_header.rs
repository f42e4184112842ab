//! `replace-header` and `replace-value` (manual, section 4.4).

use super::{Row, message::Side, replace::Replacement, words::Words};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpAfterResponse, HttpRequest, HttpResponse},
};
use sample::{
    Env, Places, Stream,
    row::{Name, Support},
};

pub(super) const ROWS: &[Row] = &[
    row("replace-header", &["Cookie foo=([^;]*);(.*) foo=\\1;ip=%bi;\\2"], |w| parse(w, false)),
    row("replace-value", &["X-Forwarded-For ^192\\.168\\.(.*)$ 172.16.\\1"], |w| parse(w, true)),
];

const fn row(name: &'static str, ok: &'static [&'static str], parse: super::Parser) -> Row {
    Row {
        name,
        rulesets: &[HttpRequest, HttpResponse, HttpAfterResponse],
        glued: false,
        args: "<name> <match-regex> <replace-fmt>",
        parse,
        ok,
        bad: &["", "X-A", "X-A a", "X-A ( b"],
        support: Support::Full,
    }
}

fn parse(words: &mut Words<'_, '_, '_>, each: bool) -> Option<Box<dyn Action>> {
    let missing = "expects exactly 3 arguments";
    let name = words.required(missing)?.text.to_ascii_lowercase();
    let replacement = Replacement::parse(words, missing)?;
    Some(Box::new(ReplaceHeader { side: Side::of(words.ruleset), name, replacement, each }))
}

#[derive(Debug)]
struct ReplaceHeader {
    side: Side,
    /// In lower case.
    name: Vec<u8>,
    replacement: Replacement,
    /// Whether each element of a list is replaced on its own.
    each: bool,
}

impl Action for ReplaceHeader {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let mut from = 0;
        while let Some(at) = self.side.head(stream).position(&self.name, from) {
            from = at + 1;
            let head = self.side.head(stream);
            let Some(value) = head.fields().get(at).map(|field| head.get(field.value)) else { break };
            if !self.each && !self.replacement.matches(value) {
                continue;
            }
            let value = value.to_vec();
            let text = self.replacement.text(stream, env, place);
            let new = match self.each {
                true => elements(&value, &self.replacement, &text),
                false => self.replacement.apply(&value, &text),
            };
            let Some(new) = new else { continue };
            let head = self.side.head(stream);
            if head.len() + new.len() > env.head_limit() + value.len() {
                return Flow::Failed;
            }
            head.set_value_at(at, &new);
        }
        Flow::Continue
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.replacement.names(visit);
    }
}

/// The list with each element that matches replaced. The blanks between a comma and a replaced element go with it.
fn elements(list: &[u8], replacement: &Replacement, text: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut changed) = (Vec::with_capacity(list.len()), false);
    for (number, element) in split(list).enumerate() {
        if number > 0 {
            out.push(b',');
        }
        match replacement.apply(element.trim_ascii(), text) {
            Some(new) => {
                out.extend_from_slice(&new);
                changed = true;
            }
            None => out.extend_from_slice(element),
        }
    }
    changed.then_some(out)
}

/// The elements between commas that are not quoted, blanks included.
fn split(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    list.split(move |b| {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' => return !quoted,
            _ => {}
        }
        false
    })
}
