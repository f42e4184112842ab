//! `-m reg`: a regular expression found anywhere in the text.

use super::{Match, Method, Patterns, patterns::text};
use crate::parse::{Fault, Outside};
use regex::bytes::Regex;
use sample::{Type, Value};

pub(super) const METHOD: Method = Method {
    name: "reg",
    input: Type::Str,
    operators: false,
    build,
    ok: &["path_reg ^/[a-z]+$", "path -m reg -i ^/A"],
    bad: &["path_reg ("],
};

/// What maps call a `reg` whose groups are used.
pub(super) const METHOD_M: Method = Method {
    name: "regm",
    input: Type::Str,
    operators: false,
    build,
    ok: &["path -m regm ^/a"],
    bad: &["path -m regm ("],
};

fn build(patterns: &Patterns, _: &dyn Outside) -> Result<Box<dyn Match>, Fault> {
    let compile = |p: &super::Pattern| crate::parse::regex(&p.text, p.ignore_case, p.span);
    let list = patterns.list.iter().map(compile).collect::<Result<_, _>>()?;
    Ok(Box::new(Regexes { list }))
}

#[derive(Debug)]
struct Regexes {
    list: Vec<Regex>,
}

impl Match for Regexes {
    fn matches(&self, value: Value<'_>) -> bool {
        text(value).is_some_and(|text| self.list.iter().any(|regex| regex.is_match(&text)))
    }
}
