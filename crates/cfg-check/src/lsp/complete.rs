//! What may stand at the cursor: keywords, names, values.

use super::{
    document::Document,
    hover,
    names::{self, Kind},
    position,
};
use config::facts::{self, Fact, Place, Verdict};
use rules::{Ruleset, acl, action};
use serde_json::{Value, json};
use source::Span;
use std::collections::BTreeMap;

/// The protocol's kinds of items.
const KEYWORD: u32 = 14;
const FUNCTION: u32 = 3;
const REFERENCE: u32 = 18;
const VALUE: u32 = 12;

/// Something that may be written: kind, and what is said of it.
type Items = BTreeMap<String, (u32, String)>;

/// The line up to the cursor.
struct Before<'d> {
    document: &'d Document,
    /// Where the line starts, and the cursor.
    start: u32,
    offset: u32,
    words: Vec<&'d str>,
    /// What of the last word stands before the cursor.
    typed: &'d str,
}

pub(super) fn complete(document: &Document, params: &Value) -> Value {
    let offset = document.offset(params);
    let place = document.files.place(Span { file: document.id, start: offset, end: offset });
    let start = offset - (place.column as u32 - 1);
    let text = document.files.slice(Span { file: document.id, start, end: offset });
    let Ok(text) = std::str::from_utf8(text) else { return list([]) };
    if text.contains('#') {
        return list([]);
    }
    let at = text.rfind([' ', '\t']).map_or(0, |at| at + 1);
    let (before, typed) = text.split_at(at);
    let before = Before { document, start, offset, words: before.split_ascii_whitespace().collect(), typed };
    let (items, from) = before.items();
    let range = position::range(&document.files, Span { file: document.id, start: from, end: offset });
    let item = |(label, (kind, detail)): (String, (u32, String))| {
        json!({
            "label": label,
            "kind": kind,
            "detail": detail,
            "textEdit": { "range": range, "newText": label },
        })
    };
    list(items.into_iter().map(item))
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    json!({ "isIncomplete": false, "items": items.into_iter().collect::<Vec<_>>() })
}

impl Before<'_> {
    /// What may stand here, and from where on it replaces what is typed.
    fn items(&self) -> (Items, u32) {
        let here = self.offset - self.typed.len() as u32;
        if let Some(at) = self.typed.rfind("%[") {
            return self.expression(at + 2);
        }
        if self.words.is_empty() {
            return (self.keywords(), here);
        }
        if let Some((last, open)) = self.words.last().zip(self.condition()) {
            return match (open, *last) {
                (true, "{" | "!{") => self.expression(0),
                (true, _) if self.typed.contains(['(', ',']) => self.expression(0),
                (true, "-m") => (methods(), here),
                (true, _) => (flags(), here),
                (false, _) => (self.acls(), here),
            };
        }
        let mut items = self.arguments();
        let (longer, from) = self.longer();
        if items.is_empty() {
            return (longer, from);
        }
        items.extend(["if", "unless"].map(|word| (word.to_string(), (KEYWORD, String::new()))));
        (items, here)
    }

    fn first(&self) -> &str {
        match self.words.as_slice() {
            ["no" | "default", second, ..] => second,
            [first, ..] => first,
            [] => "",
        }
    }

    fn section(&self) -> &str {
        let section = self.document.section(self.start.saturating_sub(1));
        section.and_then(|section| section.header.keyword().str()).unwrap_or("")
    }

    /// Whether the cursor is in a condition, and then whether in one of its braces.
    fn condition(&self) -> Option<bool> {
        let at = self.words.iter().position(|word| *word == "if" || *word == "unless")?;
        let conditional = Ruleset::ALL.iter().any(|set| set.name().starts_with(self.first()))
            || ["use_backend", "use-server", "redirect", "stick", "monitor", "force-persist", "ignore-persist"]
                .contains(&self.first());
        let words = self.words.get(at..)?;
        let count = |wanted: &[&str]| words.iter().filter(|word| wanted.contains(word)).count();
        conditional.then(|| count(&["{", "!{"]) > count(&["}"]))
    }

    /// The keywords of the section, and the words that open another.
    fn keywords(&self) -> Items {
        let mut items = Items::new();
        for row in facts::SECTIONS.iter().filter(|row| row.status != "removed") {
            if row.word == "(section)" {
                items.insert(row.section.into(), (KEYWORD, format!("section {}", row.args.trim_matches('-'))));
            } else if row.section == self.section() {
                items.insert(row.word.into(), (KEYWORD, row.args.into()));
            }
        }
        items.extend(self.facts().map(|fact| (fact.words.to_string(), (KEYWORD, fact.args.to_string()))));
        items
    }

    /// The rows that the section takes.
    fn facts(&self) -> impl Iterator<Item = &'static Fact> + use<> {
        let place = match self.section() {
            "backend" => Some(Place::Backend),
            "defaults" => Some(Place::NamedDefaults),
            "frontend" => Some(Place::Frontend),
            "listen" => Some(Place::Listen),
            _ => None,
        };
        let global = self.section() == "global";
        let own =
            facts::KEYWORDS.iter().filter(move |fact| place.is_some_and(|place| fact.verdict(place) == Verdict::Ok));
        own.chain(facts::GLOBAL.iter().filter(move |_| global)).filter(|fact| fact.status != "removed")
    }

    /// The keywords of several words that the line begins.
    fn longer(&self) -> (Items, u32) {
        let said = format!("{} ", self.words.join(" "));
        let text = self.document.files.slice(Span { file: self.document.id, start: self.start, end: self.offset });
        let blanks = text.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let rows = self.facts().filter(|fact| fact.words.starts_with(&said));
        let items = rows.map(|fact| (fact.words.to_string(), (KEYWORD, fact.args.to_string())));
        (items.collect(), self.start + blanks as u32)
    }

    /// What may follow the words of the line.
    fn arguments(&self) -> Items {
        let last = self.words.last().copied().unwrap_or("");
        let named = match (self.first(), self.words.len(), last) {
            ("use_backend" | "default_backend", 1, _) | (_, _, "table") => Some(Kind::Backend),
            ("use-server", 1, _) => Some(Kind::Server),
            (_, _, "from") => Some(Kind::Defaults),
            (_, _, "resolvers") => Some(Kind::Resolvers),
            (_, _, "cache-use" | "cache-store") => Some(Kind::Cache),
            ("errorfiles", 1, _) => Some(Kind::Errors),
            _ => None,
        };
        if let Some(kind) = named {
            return self.names(kind);
        }
        if let Some(set) = Ruleset::ALL.into_iter().find(|set| set.name() == self.words.join(" ")) {
            return actions(set);
        }
        match (self.first(), self.words.len()) {
            ("acl", 1) => Items::new(),
            ("acl", 2) => expressions(),
            ("acl", _) => flags(),
            ("bind", 2..) => parameters(&facts::BIND, last),
            ("server", 3..) | ("default-server", _) => parameters(&facts::SERVER, last),
            _ => self.values(),
        }
    }

    /// The words that a keyword takes, where its row lists them.
    fn values(&self) -> Items {
        let said = self.words.join(" ");
        let rows = facts::KEYWORDS.iter().chain(facts::GLOBAL.iter());
        rows.filter(|fact| fact.words == said)
            .flat_map(|fact| words(fact.args))
            .map(|word| (word, (VALUE, said.clone())))
            .collect()
    }

    fn names(&self, kind: Kind) -> Items {
        let uses = names::uses(&self.document.view());
        let scope = self.document.section(self.start).map(|section| section.header.span.start);
        let here =
            |use_: &names::Use| use_.kind == kind && use_.declares && (kind != Kind::Server || use_.scope == scope);
        let found = uses.into_iter().filter(here).map(|use_| String::from_utf8_lossy(&use_.name).into_owned());
        found.map(|name| (name, (REFERENCE, format!("{kind:?}").to_lowercase()))).collect()
    }

    /// The ACLs of the section, and those that need no line.
    fn acls(&self) -> Items {
        let mut items: Items =
            acl::PREDEFINED.iter().map(|(name, text)| (name.to_string(), (REFERENCE, text.to_string()))).collect();
        let view = self.document.view();
        let section = self.document.section(self.start).map(|section| section.header.span);
        let proxy = view.proxies.iter().find(|proxy| Some(proxy.header.span) == section);
        for test in proxy.into_iter().flat_map(|proxy| proxy.acls().collect::<Vec<_>>()) {
            let Some(name) = test.name else { continue };
            items.insert(
                name.show().into_owned(),
                (REFERENCE, String::from_utf8_lossy(self.document.files.slice(test.span())).into_owned()),
            );
        }
        items.insert("{".into(), (KEYWORD, "a test without a name".into()));
        items
    }

    /// A sample, or behind a comma a converter; `at` is where the expression starts in what is typed.
    fn expression(&self, at: usize) -> (Items, u32) {
        let text = self.typed.get(at..).unwrap_or("");
        let (mut depth, mut from, mut converter) = (0_i32, 0, false);
        for (at, each) in text.char_indices() {
            match each {
                '(' => depth += 1,
                ')' => depth -= 1,
                ',' if depth == 0 => (from, converter) = (at + 1, true),
                _ => {}
            }
        }
        if depth > 0 {
            return (Items::new(), self.offset);
        }
        let start = self.offset - (text.len() - from) as u32;
        (if converter { converters() } else { expressions() }, start)
    }
}

/// The words in an inventory's notation of arguments: `http|tcp`.
fn words(args: &str) -> Vec<String> {
    let outer = args.trim_start_matches('{').split(['}', ' ']).next().unwrap_or("");
    let parts = outer.split('|').map(|part| part.split(['(', '[']).next().unwrap_or(part));
    let lower = |part: &&str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b))
    };
    let all: Vec<&str> = parts.collect();
    if all.len() < 2 {
        Vec::new()
    } else {
        all.iter().filter(|part| lower(part) && **part != "-").map(|part| part.to_string()).collect()
    }
}

/// Parameters, or the values of the last one if it has some.
fn parameters(table: &'static [Fact], last: &str) -> Items {
    let valued = table.iter().find(|fact| fact.words == last && fact.args != "-");
    if let Some(fact) = valued {
        return words(fact.args).into_iter().map(|word| (word, (VALUE, last.to_string()))).collect();
    }
    table.iter().map(|fact| (fact.words.to_string(), (KEYWORD, fact.args.trim_matches('-').to_string()))).collect()
}

fn actions(set: Ruleset) -> Items {
    let rows = action::rows().filter(|row| row.rulesets.contains(&set));
    rows.map(|row| (row.name.to_string(), (FUNCTION, row.form(set)))).collect()
}

fn expressions() -> Items {
    let shown = |row: &sample::row::Fetch| {
        format!("{}{} : {}", row.name, hover::arguments(row.args, row.required), row.out.name())
    };
    let derived = acl::DERIVATIVES.iter();
    let derived = derived.map(|row| (row.name.to_string(), (FUNCTION, format!("{} -m {}", row.fetch, row.method))));
    sample::fetch::rows().map(|row| (row.name.to_string(), (FUNCTION, shown(row)))).chain(derived).collect()
}

fn converters() -> Items {
    let shown = |row: &sample::row::Convert| {
        format!("{}{} : {}", row.name, hover::arguments(row.args, row.required), row.out.name())
    };
    sample::convert::rows().map(|row| (row.name.to_string(), (FUNCTION, shown(row)))).collect()
}

fn methods() -> Items {
    acl::methods().map(|method| (method.name.to_string(), (VALUE, "match method".into()))).collect()
}

fn flags() -> Items {
    let mut items: Items =
        acl::FLAGS.iter().map(|(name, _, text)| (name.to_string(), (KEYWORD, text.to_string()))).collect();
    items.insert("}".into(), (KEYWORD, String::new()));
    items
}
