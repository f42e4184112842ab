//! From the words of a line to a rule.

use crate::{
    acl::Acls,
    action::{self, Words},
    cond::parse_cond,
    flow::{Rule, Ruleset},
};
use regex::bytes::Regex;
use sample::{Expr, Format, Parse, Places, VarNames, format::Usage};
use source::{Diagnostic, Diagnostics, Span, Word};
use std::{borrow::Cow, collections::HashMap, net::IpAddr};

/// What parsing may ask of the world.
pub trait Outside {
    /// The bytes of a file that the configuration names; an error is a few words.
    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String>;

    /// The first address of a host name, as `getaddrinfo` gives it.
    fn resolve(&self, _name: &[u8]) -> Option<IpAddr> {
        None
    }
}

/// What parsing rules, conditions and ACLs of one section needs and leaves behind.
pub struct ParseRules<'p> {
    pub diagnostics: &'p mut Diagnostics,
    pub vars: &'p mut VarNames,
    /// The ACLs named so far in the section.
    pub acls: &'p mut Acls,
    pub outside: &'p dyn Outside,
    /// `http-errors` sections by name: raw messages by status.
    pub http_errors: &'p HttpErrors,
    /// The capture slots of the section, which `capture … len` adds to.
    pub captures: &'p mut Captures,
    /// Name of the section, and what it is: `listen` is both.
    pub proxy: &'p [u8],
    pub frontend: bool,
    pub backend: bool,
    /// `expose-experimental-directives`.
    pub experimental: bool,
    /// Counters that a stream may track at a time: `tune.stick-counters`.
    pub stick_counters: usize,
}

/// `http-errors` sections by name: raw HTTP/1 messages by status.
pub type HttpErrors = HashMap<Vec<u8>, Vec<(u16, Vec<u8>)>>;

/// Slots for `capture`, each with the length it is cut to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captures {
    pub request: Vec<usize>,
    pub response: Vec<usize>,
}

impl std::fmt::Debug for ParseRules<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParseRules").field("proxy", &self.proxy.escape_ascii()).finish_non_exhaustive()
    }
}

/// Parses what follows the words of a ruleset: `deny if { … }` of `http-request deny if { … }`.
///
/// `at` is the place of the ruleset's words, for a line that says nothing else. What is wrong goes to the diagnostics,
/// and then there is no rule.
pub fn parse_rule(ruleset: Ruleset, at: Span, words: &[Word], parse: &mut ParseRules<'_>) -> Option<Rule> {
    let row = action::find(ruleset, at, words, parse)?;
    let (name, rest) = words.split_first()?;
    let what = format!("'{} {}'", ruleset.name(), name.show());
    let prefix = format!("error detected in {} while parsing {what} rule : ", parse.section());
    let (action, rest) = parse.within(&prefix, |parse| {
        let mut words = Words { ruleset, name, rest, parse };
        let action = (row.parse)(&mut words);
        (action, words.rest)
    });
    let action = action?;
    let cond = match rest.first() {
        None => None,
        Some(word) if word.is("if") || word.is("unless") => {
            Some(parse_cond(rest, &what, parse.places(ruleset), parse)?)
        }
        Some(word) => {
            let found = word.show();
            let message = format!("{what} expects either 'if' or 'unless' followed by a condition but found '{found}'");
            let help = format!("the form is: {}", row.form(ruleset));
            return parse.fault(Fault::new(word.span, message).help(help));
        }
    };
    let span = words.last().map_or(at, |last| at.to(last.span));
    Some(Rule { action, cond, span })
}

/// Parses what follows `redirect` as a line of its own (manual, section 4.2): an action whose texts are taken as they
/// are, to be run behind those of `http-request`.
pub fn parse_redirect(at: Span, words: &[Word], parse: &mut ParseRules<'_>) -> Option<Rule> {
    let prefix = format!("error detected in {} while parsing redirect rule : ", parse.section());
    let name = Word::new("redirect", at);
    let (action, rest) = parse.within(&prefix, |parse| {
        let mut words = Words { ruleset: Ruleset::HttpRequest, name: &name, rest: words, parse };
        let action = action::literal_redirect(&mut words);
        (action, words.rest)
    });
    let (action, what) = (action?, "'redirect'");
    let places = parse.places(Ruleset::HttpRequest);
    let cond = if rest.is_empty() { None } else { Some(parse_cond(rest, what, places, parse)?) };
    Some(Rule { action, cond, span: words.last().map_or(at, |last| at.to(last.span)) })
}

impl ParseRules<'_> {
    /// Where what is parsed for a ruleset of this section is evaluated.
    pub fn places(&self, ruleset: Ruleset) -> Places {
        ruleset.places(self.frontend, self.backend)
    }

    /// The section as HAProxy's messages call it.
    fn section(&self) -> String {
        let kind = match (self.frontend, self.backend) {
            (true, true) => "proxy",
            (true, false) => "frontend",
            (false, _) => "backend",
        };
        format!("{kind} '{}'", String::from_utf8_lossy(self.proxy))
    }

    pub(crate) fn expr(&mut self, word: &Word, places: Places) -> Option<Expr> {
        Expr::parse(&word.text, word.span, &mut self.samples(places))
    }

    pub(crate) fn format(&mut self, usage: Usage, word: &Word, places: Places) -> Option<Format> {
        Format::parse_as(usage, &word.text, word.span, &mut self.samples(places))
    }

    pub(crate) fn samples(&mut self, places: Places) -> Parse<'_> {
        Parse { diagnostics: self.diagnostics, vars: self.vars, places }
    }

    /// Parses something whose findings begin with `prefix`.
    pub(crate) fn within<T>(&mut self, prefix: &str, parse: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::take(self.diagnostics);
        let value = parse(self);
        let found = std::mem::replace(self.diagnostics, before);
        for mut finding in found.into_vec() {
            if finding.severity == source::Severity::Alert && finding.code != "not-supported" {
                finding.message.insert_str(0, prefix);
            }
            self.diagnostics.push(finding);
        }
        value
    }

    /// Reports what is wrong; there is no value then.
    pub(crate) fn fault<T>(&mut self, fault: Fault) -> Option<T> {
        let finding = Diagnostic::alert(fault.code, fault.span, fault.message);
        self.diagnostics.push(if fault.help.is_empty() { finding } else { finding.help(fault.help) });
        None
    }
}

/// What is wrong with a rule or an ACL.
#[derive(Debug)]
pub struct Fault {
    code: &'static str,
    span: Span,
    message: String,
    help: String,
}

impl Fault {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Fault {
        Fault { code: "rule-syntax", span, message: message.into(), help: String::new() }
    }

    pub(crate) fn code(self, code: &'static str) -> Fault {
        Fault { code, ..self }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Fault {
        Fault { help: help.into(), ..self }
    }
}

/// Compiles a regular expression.
pub(crate) fn regex(text: &[u8], ignore_case: bool, span: Span) -> Result<Regex, Fault> {
    sample::regexes::compile(&ascii(text), ignore_case).map_err(|message| {
        if message.contains("look-around") || message.contains("backreferences") {
            let shown = String::from_utf8_lossy(text);
            let message = format!("regex '{shown}' uses look-around or back-references: not supported by evenkeel yet");
            return Fault::new(span, message)
                .code("not-supported")
                .help("write it without (?=, (?!, (?<=, (?<! and \\1");
        }
        Fault::new(span, message)
            .code("regex")
            .help("see https://docs.rs/regex/latest/regex/#syntax for what is understood")
    })
}

/// Bytes above ASCII as escapes: the expressions of a configuration are about bytes, not about characters.
fn ascii(text: &[u8]) -> Cow<'_, [u8]> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let escape = |byte: &u8| match byte.is_ascii() {
        true => vec![*byte],
        false => format!("\\x{byte:02x}").into_bytes(),
    };
    Cow::Owned(text.iter().flat_map(escape).collect())
}
