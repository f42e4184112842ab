//! `del-header` (manual, section 4.4).

use super::{Row, message::Side, words::Words};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpAfterResponse, HttpRequest, HttpResponse},
};
use message::Head;
use regex::bytes::Regex;
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROW: Row = Row {
    name: "del-header",
    rulesets: &[HttpRequest, HttpResponse, HttpAfterResponse],
    glued: false,
    args: "<name> [-m str|beg|end|sub|reg]",
    parse,
    ok: &["X-A", "X- -m beg", "^x-[ab] -m reg"],
    bad: &["", "X-A -m", "X-A -m len", "-m beg X-", "( -m reg"],
    support: Support::Full,
};

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let name = words.required("expects at least 1 argument")?;
    let lower = name.text.to_ascii_lowercase();
    let names = if words.take("-m") {
        let method = words.required("-m flag expects exactly 1 argument")?;
        match method.text.as_slice() {
            b"str" => Names::Is(lower),
            b"beg" => Names::Begins(lower),
            b"end" => Names::Ends(lower),
            b"sub" => Names::Has(lower),
            b"reg" => Names::Matches(words.regex(name)?),
            _ => {
                let message = format!("-m with unsupported matching method '{}'", method.show());
                return words.fault_at(method, message, "the methods are str, beg, end, sub and reg");
            }
        }
    } else {
        Names::Is(lower)
    };
    Some(Box::new(DelHeader { side: Side::of(words.ruleset), names }))
}

#[derive(Debug)]
struct DelHeader {
    side: Side,
    names: Names,
}

/// Names of fields, compared in lower case.
#[derive(Debug)]
enum Names {
    Begins(Vec<u8>),
    Ends(Vec<u8>),
    Has(Vec<u8>),
    Is(Vec<u8>),
    Matches(Regex),
}

impl Names {
    fn has(&self, name: &[u8]) -> bool {
        match self {
            Names::Begins(start) => name.starts_with(start),
            Names::Ends(end) => name.ends_with(end),
            Names::Has(part) => memchr::memmem::find(name, part).is_some(),
            Names::Is(other) => name == other,
            Names::Matches(regex) => regex.is_match(name),
        }
    }
}

impl Action for DelHeader {
    fn run(&self, stream: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        let head = self.side.head(stream);
        match &self.names {
            Names::Is(name) => drop(head.remove(name)),
            names => remove(head, names),
        }
        Flow::Continue
    }
}

fn remove(head: &mut Head, names: &Names) {
    for at in (0..head.fields().len()).rev() {
        if head.fields().get(at).is_some_and(|field| names.has(head.get(field.name))) {
            head.remove_at(at);
        }
    }
}
