//! What a word is: its shape, where it is valid, and what it stands for.

use super::{document::Document, names, position};
use crate::{
    rule::name_of,
    view::{Call, Line},
};
use config::facts::{self, Fact, Place, Verdict};
use rules::{Ruleset, action};
use sample::row::{ArgKind, Places};
use serde_json::{Value, json};
use source::{Span, Word};
use syntax::Section;

pub(super) fn hover(document: &Document, params: &Value) -> Value {
    let offset = document.offset(params);
    let Some((section, line, at, word)) = document.word(offset) else { return Value::Null };
    let told = call(&line, at, word, offset)
        .or_else(|| declared(document, offset))
        .or_else(|| parameter(&line, at, word).map(|text| (word.span, text)))
        .or_else(|| ruled(&line, at).map(|text| (word.span, text)))
        .or_else(|| keyword(section, &line, at));
    let Some((span, text)) = told else { return Value::Null };
    let contents = json!({ "kind": "markdown", "value": text });
    json!({ "contents": contents, "range": position::range(&document.files, span) })
}

/// A sample or a converter under the cursor. A bare word is one where a test begins, or where its name shows it.
fn call(line: &Line<'_>, at: usize, word: &Word, offset: u32) -> Option<(Span, String)> {
    let calls = Call::all(word);
    let here = calls.iter().find(|call| (call.span.start..=call.span.end).contains(&offset))?;
    let behind = at.checked_sub(1).and_then(|before| line.word(before));
    let tests = behind.is_some_and(|word| word.is("{") || word.is("!{")) || (line.is("acl") && at == 2);
    let bare = here.args.is_none() && here.name == word.bytes();
    if bare && !tests && !here.name.contains(&b'.') {
        return None;
    }
    let text = match (sample::fetch::find(here.name), sample::convert::find(here.name)) {
        (Some(row), _) => fetch(row),
        (None, Some(row)) => {
            let args = arguments(row.args, row.required);
            format!("```\n{}{args}\n```\nconverter: {} to {}", row.name, row.input.name(), row.out.name())
        }
        (None, None) => derivative(here.name)?,
    };
    Some((here.span, text))
}

pub(super) fn fetch(row: &sample::row::Fetch) -> String {
    let args = arguments(row.args, row.required);
    format!("```\n{}{args}\n```\nsample of type {}, known {}", row.name, row.out.name(), places(row.places))
}

fn derivative(name: &[u8]) -> Option<String> {
    let row = rules::acl::DERIVATIVES.iter().find(|row| row.name.as_bytes() == name)?;
    Some(format!("```\n{}\n```\nin ACLs: `{} -m {}`", row.name, row.fetch, row.method))
}

/// The arguments of a row: those that may be left out stand in brackets.
pub(super) fn arguments(kinds: &[ArgKind], required: usize) -> String {
    if kinds.is_empty() {
        return String::new();
    }
    let shown = kinds.iter().enumerate().map(|(at, kind)| {
        let comma = if at == 0 { "" } else { "," };
        if at < required { format!("{comma}{}", shape(*kind)) } else { format!("[{comma}{}]", shape(*kind)) }
    });
    format!("({})", shown.collect::<String>())
}

fn shape(kind: ArgKind) -> String {
    match kind {
        ArgKind::OneOf(words) => words.join("|"),
        ArgKind::Map(_) | ArgKind::AnyMap => "map".into(),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// Where the data of a sample exists, by the rulesets that may ask for it.
fn places(places: Places) -> String {
    let sets = Ruleset::ALL.into_iter().filter(|set| places.meets(set.places(true, true)));
    let mut names: Vec<&str> = sets.map(Ruleset::name).collect();
    if places.meets(Places::LOG) {
        names.push("log-format");
    }
    format!("in {}", names.join(", "))
}

/// A name: the line that declares it.
fn declared(document: &Document, offset: u32) -> Option<(Span, String)> {
    let uses = names::uses(&document.view());
    let here = uses.iter().find(|use_| use_.span.is_some_and(|span| (span.start..=span.end).contains(&offset)))?;
    let same = |use_: &&names::Use| {
        use_.declares && (use_.kind, use_.scope, &use_.name) == (here.kind, here.scope, &here.name)
    };
    let lines = uses.iter().filter(same).filter_map(|use_| {
        let (section, line) = document.line(use_.span?.start)?;
        let shown = |span: Span| String::from_utf8_lossy(document.files.slice(span)).into_owned();
        let mut text = shown(line.span);
        // A section is shown with its first lines.
        if line.span == section.header.span {
            section.lines.iter().take(12).for_each(|line| text += &format!("\n    {}", shown(line.span)));
        }
        Some(text)
    });
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| (here.span.unwrap_or_default(), format!("```haproxy\n{}\n```", lines.join("\n"))))
}

/// A parameter of `bind` or `server`.
fn parameter(line: &Line<'_>, at: usize, word: &Word) -> Option<String> {
    let (table, first) = match line.words.first()? {
        word if word.is("bind") => (&facts::BIND, 2),
        word if word.is("server") => (&facts::SERVER, 3),
        word if word.is("default-server") => (&facts::SERVER, 1),
        _ => return None,
    };
    let fact = table.iter().find(|fact| word.is(fact.words)).filter(|_| at >= first)?;
    Some(fact_text(fact, &format!("a parameter of `{}`", line.words.first()?.show())))
}

/// An action behind the words of its ruleset.
fn ruled(line: &Line<'_>, at: usize) -> Option<String> {
    let set = Ruleset::ALL.into_iter().find(|set| line.is(set.name()))?;
    let word = line.word(at).filter(|_| at == set.name().split(' ').count())?;
    let name = word.bytes().split(|b| *b == b'(').next().unwrap_or(&[]);
    let named =
        |row: &&action::Row| row.name.as_bytes() == name || (row.glued && name.starts_with(row.name.as_bytes()));
    let rows: Vec<_> = action::rows().filter(named).collect();
    let row = rows.iter().find(|row| row.rulesets.contains(&set))?;
    let sets: Vec<_> = rows.iter().flat_map(|row| row.rulesets).map(|set| format!("`{}`", set.name())).collect();
    Some(format!("```\n{}\n```\naction in {}", row.form(set), sets.join(", ")))
}

/// The keyword of the line, if the cursor is on it.
fn keyword(section: &Section, line: &Line<'_>, at: usize) -> Option<(Span, String)> {
    let keyword = section.header.keyword();
    let tables = [&*facts::GLOBAL, &*facts::KEYWORDS];
    let table = tables.into_iter().nth(usize::from(!keyword.is("global")))?;
    let long = table.iter().filter(|fact| line.is(fact.words)).max_by_key(|fact| fact.words.len());
    if let Some(fact) = long {
        let words = fact.words.split(' ').count();
        let span = line.words.first()?.span.to(line.word(words - 1)?.span);
        let sections = if keyword.is("global") { "valid in `global`".into() } else { sections(fact) };
        return (at < words).then(|| (span, fact_text(fact, &sections)));
    }
    let word = line.words.first().filter(|_| at == 0)?;
    let row = facts::SECTIONS.iter().find(|row| keyword.is(row.section) && word.is(row.word))?;
    Some((word.span, format!("```\n{} {}\n```\nvalid in `{}`", row.word, row.args, row.section)))
}

fn fact_text(fact: &Fact, place: &str) -> String {
    let args = if fact.args == "-" { "" } else { fact.args };
    let status = if fact.status == "stable" { String::new() } else { format!(" ({})", fact.status) };
    let example = if fact.example == "-" { String::new() } else { format!("\n\nexample: `{}`", fact.example) };
    format!("```\n{} {args}\n```\n{place}{status}{example}", fact.words)
}

/// The types of sections that take a keyword.
fn sections(fact: &Fact) -> String {
    const PLACES: &[(&str, Place)] = &[
        ("defaults", Place::NamedDefaults),
        ("frontend", Place::Frontend),
        ("listen", Place::Listen),
        ("backend", Place::Backend),
    ];
    let takes = PLACES.iter().filter(|(_, place)| fact.verdict(*place) == Verdict::Ok);
    let names: Vec<_> = takes.map(|(_, place)| format!("`{}`", name_of(PLACES, place))).collect();
    format!("valid in {}", names.join(", "))
}
