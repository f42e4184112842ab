//! `set-map` and `del-map`: entries of a map come and go with traffic (manual, section 4.4).

use super::{
    Row,
    words::{Text, Words},
};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpAfterResponse, HttpRequest, HttpResponse},
};
use sample::{
    Env, Places, Stream,
    format::Usage,
    map::Which,
    row::{ArgKind, Name, Support},
};

pub(super) const ROWS: &[Row] = &[
    row("del-map", "(<map-name>) <key fmt>", |words| parse(words, false), &["(f) %[src]", "(virt@f) a if TRUE"]),
    row("set-map", "(<map-name>) <key fmt> <value fmt>", |words| parse(words, true), &["(f) %[src] x", "(virt@f) a b"]),
];

const fn row(name: &'static str, args: &'static str, parse: super::Parser, ok: &'static [&'static str]) -> Row {
    let rulesets = &[HttpRequest, HttpResponse, HttpAfterResponse];
    Row { name, rulesets, glued: true, args, parse, ok, bad: &["", "(f)", "() a b", "(f a b"], support: Support::Full }
}

fn parse(words: &mut Words<'_, '_, '_>, set: bool) -> Option<Box<dyn Action>> {
    let missing = "expects a map name between parentheses, and formats of its entry";
    let text = words.parens(missing)?.to_vec();
    if text.is_empty() {
        return words.fault(missing);
    }
    let map = Name { kind: ArgKind::AnyMap, text, span: words.name.span, id: None };
    let mut format = || {
        let word = words.required("missing format of the key or the value")?;
        words.text(Usage::Text, word)
    };
    let key = format()?;
    let value = if set { Some(format()?) } else { None };
    Some(Box::new(Change { map, key, value }))
}

/// A change of one entry; without a value it goes.
#[derive(Debug)]
struct Change {
    map: Name,
    key: Text,
    value: Option<Text>,
}

impl Action for Change {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let Some(map) = self.map.id.and_then(|(at, _)| env.map(at)) else { return Flow::Continue };
        let key = self.key.render(stream, env, place);
        match &self.value {
            // A key that is no pattern of this map's kind is left out, as in HAProxy.
            Some(value) => drop(map.put(&key, &value.render(stream, env, place))),
            None => drop(map.remove(Which::Key(&key))),
        }
        Flow::Continue
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        visit(&mut self.map);
        self.key.names(visit);
        if let Some(value) = &mut self.value {
            value.names(visit);
        }
    }
}
