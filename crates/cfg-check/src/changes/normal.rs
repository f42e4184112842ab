//! Words in one form: values in one unit, conditions with their ACLs put in.

use crate::view::{Condition, Line, Proxy, Term, Test};
use config::facts::Fact;
use source::Word;
use std::collections::{BTreeMap, HashMap};
use syntax::value::{Unit, time};

/// Words as a person reads them; those with blanks stand in quotes.
pub(super) fn text(words: &[Word]) -> String {
    let show = |word: &Word| {
        let text = word.show();
        if text.is_empty() || text.contains(' ') { format!("\"{text}\"") } else { text.into_owned() }
    };
    words.iter().map(show).collect::<Vec<_>>().join(" ")
}

/// What a line means: its words, then its condition.
pub(super) fn line(line: &Line<'_>, proxy: &Proxy<'_>) -> Vec<u8> {
    let timeout = line.is("timeout") || line.is("tcp-request inspect-delay");
    let body = line.body().iter().map(|word| value(word.bytes(), timeout));
    let mut key = body.collect::<Vec<_>>().join(&b'\0');
    if let Some(said) = line.condition() {
        key.push(b'\n');
        key.extend(condition(&said, proxy));
    }
    key
}

pub(super) fn words(words: &[Word]) -> Vec<u8> {
    words.iter().map(|word| value(word.bytes(), false)).collect::<Vec<_>>().join(&b'\0')
}

/// A time in microseconds where it is one for sure: with a unit, or where nothing else can stand.
fn value(text: &[u8], is_time: bool) -> Vec<u8> {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let unit = text.get(digits..).unwrap_or(&[]);
    let is_unit = [&b"us"[..], b"ms", b"s", b"m", b"h", b"d"].contains(&unit) || (is_time && unit.is_empty());
    match time(text, Unit::Millis).ok().filter(|_| digits > 0 && is_unit) {
        Some(time) => format!("{}us", time.duration().as_micros()).into_bytes(),
        None => text.to_vec(),
    }
}

/// Any of its parts in any order, each of all its terms in any order.
fn condition(condition: &Condition<'_>, proxy: &Proxy<'_>) -> Vec<u8> {
    let parts = condition.any.iter().filter(|terms| !terms.is_empty());
    let mut parts: Vec<Vec<u8>> = parts.map(|terms| all(terms, proxy)).collect();
    parts.sort();
    parts.dedup();
    let word: &[u8] = if condition.unless { b"unless\0" } else { b"if\0" };
    [word, &parts.join(&b"\0or\0"[..])].concat()
}

fn all(terms: &[Term<'_>], proxy: &Proxy<'_>) -> Vec<u8> {
    let mut keys: Vec<Vec<u8>> = terms.iter().map(|each| term(each, proxy)).collect();
    keys.sort();
    keys.dedup();
    keys.join(&b"\0and\0"[..])
}

/// What an ACL stands for is put in place of its name.
fn term(term: &Term<'_>, proxy: &Proxy<'_>) -> Vec<u8> {
    let tests = proxy.tests_of(term);
    let mut keys: Vec<Vec<u8>> = tests.iter().flat_map(test).collect();
    if keys.is_empty() {
        keys.push(term.key());
    }
    keys.sort();
    keys.dedup();
    let sign: &[u8] = if term.is_negated() { b"!{" } else { b"{" };
    [sign, &keys.join(&b"\0|\0"[..]), b"}"].concat()
}

/// The ACLs that a line names, with what they test.
pub(super) fn acls(line: &Line<'_>, proxy: &Proxy<'_>) -> BTreeMap<String, String> {
    let terms = line.condition().map(|condition| condition.any).into_iter().flatten().flatten();
    let named = terms.filter(|term| matches!(term, Term::Named { .. }));
    let shown = named.map(|term| {
        let said = |test: &Test<'_>| {
            let words = [test.criterion].into_iter().chain(test.flags).chain(test.patterns);
            text(&words.cloned().collect::<Vec<_>>())
        };
        let tests: Vec<_> = proxy.tests_of(&term).iter().map(said).collect();
        (String::from_utf8_lossy(&term.key()).into_owned(), tests.join(" or "))
    });
    shown.collect()
}

/// Patterns are alternatives, as lines of one name are, unless there are operators between them.
fn test(test: &Test<'_>) -> Vec<Vec<u8>> {
    const OPERATORS: &[&str] = &["eq", "ge", "gt", "le", "lt"];
    let head = [test.criterion.bytes()].into_iter().chain(test.flags.iter().map(Word::bytes));
    let head = head.collect::<Vec<_>>().join(&b'\0');
    let patterns: Vec<&[u8]> = test.patterns.iter().map(Word::bytes).collect();
    let together = test.has_flag("-f") || test.patterns.iter().any(|word| OPERATORS.iter().any(|known| word.is(known)));
    if together || patterns.is_empty() {
        return vec![[head, patterns.join(&b'\0')].join(&b'\0')];
    }
    patterns.into_iter().map(|pattern| [&head, pattern].join(&b'\0')).collect()
}

/// Parameters with their values. What a `no-` takes back is gone.
pub(super) fn params(words: &[Word], facts: &[Fact]) -> BTreeMap<String, String> {
    let known: HashMap<&str, &str> = facts.iter().map(|fact| (fact.words, fact.args)).collect();
    let (mut out, mut words) = (BTreeMap::new(), words.iter().peekable());
    while let Some(word) = words.next() {
        let name = word.show().into_owned();
        let args = known.get(name.as_str()).copied().unwrap_or("-");
        let values = if args == "-" { None } else { words.next() };
        let values =
            values.map(|value| String::from_utf8_lossy(&self::value(value.bytes(), args == "TIME")).into_owned());
        let value = values.unwrap_or_default();
        if let Some(bare) = name.strip_prefix("no-").filter(|bare| known.contains_key(bare)) {
            out.remove(bare);
            continue;
        }
        // A second certificate does not take the place of the first.
        let before = out.remove(&name).filter(|_| word.is("crt"));
        out.insert(name, before.map_or_else(|| value.clone(), |before: String| format!("{before} {value}")));
    }
    out
}
