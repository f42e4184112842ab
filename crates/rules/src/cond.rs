//! Conditions: ACLs joined by and, or and not (manual, section 7.2).

use crate::{
    acl::{self, Acl},
    parse::{Fault, ParseRules},
};
use sample::{Cx, Places};
use source::{Span, Word};
use std::sync::Arc;

/// A condition: ACL terms in disjunctive form.
#[derive(Debug, Clone, Default)]
pub struct Cond {
    /// True when all terms of any of these are true.
    pub any: Vec<Vec<Term>>,
    /// `unless`.
    pub negated: bool,
}

/// A reference to an ACL, possibly negated.
#[derive(Debug, Clone)]
pub struct Term {
    pub negated: bool,
    pub acl: Arc<Acl>,
}

/// More data has to arrive before one can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotYet;

impl Cond {
    /// Whether the condition holds. With `last`, what is not there yet counts as missing, and the answer is never
    /// [`NotYet`].
    pub fn eval(&self, cx: &Cx<'_>, last: bool) -> Result<bool, NotYet> {
        let holds = acl::any(self.any.iter(), |terms| all(terms, cx, last))?;
        Ok(holds != self.negated)
    }
}

/// Whether all terms hold. One that fails decides, even behind one that cannot tell yet.
pub(crate) fn all(terms: &[Term], cx: &Cx<'_>, last: bool) -> Result<bool, NotYet> {
    let failed = acl::any(terms.iter(), |term| term.acl.eval(cx, last).map(|found| found == term.negated))?;
    Ok(!failed)
}

/// Parses a condition that starts with its `if` or `unless`. `what` is the line it belongs to, such as
/// `'http-request deny'`, for messages; `places` are those at which the condition will be evaluated.
///
/// Nothing behind the word is a condition that never holds (`if`) or always does (`unless`).
pub fn parse_cond(words: &[Word], what: &str, places: Places, parse: &mut ParseRules<'_>) -> Option<Cond> {
    let (first, rest) = words.split_first()?;
    let prefix = format!("error detected while parsing {} {what} condition : ", article(what));
    let any = parse.within(&prefix, |parse| terms(rest, places, parse))?;
    Some(Cond { any, negated: first.is("unless") })
}

/// HAProxy's own article: `a` before a word of its, `an` before an apostrophe and a vowel or `h`.
fn article(what: &str) -> &'static str {
    match what.trim_start_matches('\'').as_bytes().first() {
        Some(b'a' | b'e' | b'h' | b'i' | b'o' | b'u') => "an",
        _ => "a",
    }
}

fn terms(words: &[Word], places: Places, parse: &mut ParseRules<'_>) -> Option<Vec<Vec<Term>>> {
    let (mut any, mut negated, mut at, mut fresh) = (Vec::new(), false, 0, true);
    while let Some(word) = words.get(at) {
        at += 1;
        if word.text.eq_ignore_ascii_case(b"or") || word.is("||") {
            (negated, fresh) = (false, true);
            continue;
        }
        let marks = word.text.iter().take_while(|b| **b == b'!').count();
        negated ^= marks % 2 == 1;
        let acl = match word.text.get(marks..).unwrap_or(&[]) {
            b"" => continue,
            b"{" => {
                let Some(end) = closing(words, at) else { return parse.fault(unclosed(word.span)) };
                let body = words.get(at..end).unwrap_or(&[]);
                at = end + 1;
                acl::anonymous(body, word.span, places, parse)?
            }
            name => acl::named(name, word.span, places, parse)?,
        };
        if std::mem::take(&mut fresh) {
            any.push(Vec::new());
        }
        if let Some(terms) = any.last_mut() {
            terms.push(Term { negated: std::mem::take(&mut negated), acl });
        }
    }
    Some(any)
}

fn closing(words: &[Word], from: usize) -> Option<usize> {
    words.get(from..)?.iter().position(|w| w.is("}")).map(|i| i + from)
}

fn unclosed(span: Span) -> Fault {
    Fault::new(span, "missing closing '}' in condition")
        .help("close the anonymous ACL with a '}' that stands alone, with blanks around it")
}
