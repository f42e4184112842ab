//! `del-header` (manual, section 4.4).

use super::{
    Row,
    message::{Names, Side, remove_if},
    words::Words,
};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpAfterResponse, HttpRequest, HttpResponse},
};
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
    let side = Side::of(words.ruleset);
    let lower = name.text.to_ascii_lowercase();
    if !words.take("-m") {
        return Some(Box::new(DelHeader { side, how: Names::Str, name: lower }));
    }
    let method = words.required("-m flag expects exactly 1 argument")?;
    if method.is("reg") {
        return Some(Box::new(DelMatching { side, regex: words.regex(name)? }));
    }
    match Names::parse(&method.text) {
        Some(how) => Some(Box::new(DelHeader { side, how, name: lower })),
        None => {
            let message = format!("-m with unsupported matching method '{}'", method.show());
            words.fault_at(method, message, "the methods are str, beg, end, sub and reg")
        }
    }
}

#[derive(Debug)]
struct DelHeader {
    side: Side,
    how: Names,
    /// In lower case.
    name: Vec<u8>,
}

impl Action for DelHeader {
    fn run(&self, stream: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        self.how.remove(self.side.head(stream), &self.name);
        Flow::Continue
    }
}

/// The expression sees names in lower case.
#[derive(Debug)]
struct DelMatching {
    side: Side,
    regex: Regex,
}

impl Action for DelMatching {
    fn run(&self, stream: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        remove_if(self.side.head(stream), |name| self.regex.is_match(name));
        Flow::Continue
    }
}
