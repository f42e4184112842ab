//! Names of ACLs, sections and servers: where they are declared, where they are used, and other names for them.

use super::{actions::text_edit, document::Document};
use crate::view::{Call, Line, Proxy, Term, View};
use anyhow::{Context, Result, ensure};
use sample::row::ArgKind;
use serde_json::{Value, json};
use source::{Files, Span, Word};
use std::collections::HashMap;

/// What a name is a name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Acl,
    Backend,
    Cache,
    Defaults,
    Errors,
    Frontend,
    Peers,
    Resolvers,
    Server,
    Userlist,
}

/// A place at which a name stands.
#[derive(Debug, Clone)]
pub(super) struct Use {
    pub(super) kind: Kind,
    /// The section in which the name is known, by its first byte; `None` where it is known everywhere.
    pub(super) scope: Option<u32>,
    pub(super) name: Vec<u8>,
    /// The bytes of the name; `None` where quotes or variables make it.
    pub(super) span: Option<Span>,
    pub(super) declares: bool,
}

impl Use {
    fn means(&self, other: &Use) -> bool {
        (self.kind, self.scope, &self.name) == (other.kind, other.scope, &other.name)
    }
}

/// The sections that have names, by their words.
const SECTIONS: &[(&str, &[Kind])] = &[
    ("backend", &[Kind::Backend]),
    ("cache", &[Kind::Cache]),
    ("defaults", &[Kind::Defaults]),
    ("frontend", &[Kind::Frontend]),
    ("http-errors", &[Kind::Errors]),
    ("listen", &[Kind::Backend, Kind::Frontend]),
    ("peers", &[Kind::Peers]),
    ("resolvers", &[Kind::Resolvers]),
    ("userlist", &[Kind::Userlist]),
];

/// The words behind which such a name stands.
const BEHIND: &[(&str, Kind)] = &[
    ("cache-store", Kind::Cache),
    ("cache-use", Kind::Cache),
    ("default_backend", Kind::Backend),
    ("errorfiles", Kind::Errors),
    ("from", Kind::Defaults),
    ("peers", Kind::Peers),
    ("resolvers", Kind::Resolvers),
    ("table", Kind::Backend),
    ("use_backend", Kind::Backend),
];

pub(super) fn definition(document: &Document, params: &Value) -> Value {
    let (uses, found) = found(document, params);
    let Some(found) = found else { return Value::Null };
    uses.iter()
        .filter(|use_| use_.declares && use_.means(&found))
        .filter_map(|use_| use_.span)
        .map(|span| document.location(span))
        .collect()
}

pub(super) fn references(document: &Document, params: &Value) -> Value {
    let (uses, found) = found(document, params);
    let Some(found) = found else { return Value::Null };
    let declared = params["context"]["includeDeclaration"].as_bool().unwrap_or(true);
    let wanted = uses.iter().filter(|use_| use_.means(&found) && (declared || !use_.declares));
    wanted.filter_map(|use_| use_.span).map(|span| document.location(span)).collect()
}

/// Where the name is that would be renamed.
pub(super) fn prepare(document: &Document, params: &Value) -> Result<Value> {
    let (_, found) = found(document, params);
    let span = found.and_then(|found| found.span).context("there is no name to change here")?;
    Ok(super::position::range(&document.files, span))
}

/// The edits that give a name's bearer another.
pub(super) fn rename(document: &Document, params: &Value) -> Result<Value> {
    let (uses, found) = found(document, params);
    let found = found.context("there is no name to change here")?;
    let new = super::text(params, "/newName")?;
    let fine = !new.is_empty() && new.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    ensure!(fine, "'{new}' is no name: letters, digits, '-', '_', '.' and ':' make one");
    let clashes =
        uses.iter().any(|use_| use_.declares && use_.means(&Use { name: new.as_bytes().to_vec(), ..found.clone() }));
    ensure!(!clashes, "'{new}' is taken");
    let alike: Vec<&Use> = uses.iter().filter(|use_| use_.means(&found)).collect();
    ensure!(alike.iter().any(|use_| use_.declares), "it is not declared in this file");
    let spans: Option<Vec<Span>> = alike.iter().map(|use_| use_.span).collect();
    let mut spans =
        spans.context("quotes or variables make this name in places, so that it has to be changed by hand")?;
    spans.sort_unstable();
    spans.dedup();
    let edits: Vec<_> = spans.into_iter().map(|span| text_edit(document, span, new.as_bytes())).collect();
    let mut changes = serde_json::Map::new();
    changes.insert(document.uri.clone(), edits.into());
    Ok(json!({ "changes": changes }))
}

/// Every use, and the one at the position that is asked about.
fn found(document: &Document, params: &Value) -> (Vec<Use>, Option<Use>) {
    let offset = document.offset(params);
    let uses = uses(&document.view());
    let here = |use_: &&Use| use_.span.is_some_and(|span| (span.start..=span.end).contains(&offset));
    let found = uses.iter().find(here).cloned();
    (uses, found)
}

/// Every name in a configuration.
pub(super) fn uses(view: &View<'_>) -> Vec<Use> {
    let mut all = Collector { view, files: view.files, backends: HashMap::new(), uses: Vec::new() };
    for proxy in view.proxies.iter().filter(|proxy| proxy.is_backend()) {
        all.backends.entry(proxy.name.bytes()).or_insert(proxy.header.span.start);
    }
    for section in view.sections {
        all.header(&Line::of(&section.header));
        for line in &section.lines {
            all.line(&Line::of(line), section.header.span.start);
        }
    }
    view.proxies.iter().for_each(|proxy| all.acls(proxy));
    all.uses
}

struct Collector<'v, 'p> {
    view: &'v View<'p>,
    files: &'p Files,
    /// The sections of backends by their names.
    backends: HashMap<&'p [u8], u32>,
    uses: Vec<Use>,
}

impl<'p> Collector<'_, 'p> {
    fn header(&mut self, line: &Line<'p>) {
        let kinds = SECTIONS.iter().find(|(word, _)| line.is(word)).map_or(&[][..], |(_, kinds)| kinds);
        let Some(name) = line.word(1).filter(|name| !name.is("from")) else { return self.behind(line) };
        for kind in kinds {
            self.whole(*kind, None, name, true);
        }
        self.behind(line);
    }

    fn line(&mut self, line: &Line<'p>, section: u32) {
        self.behind(line);
        match line.words {
            [word, name, ..] if word.is("server") => self.whole(Kind::Server, Some(section), name, true),
            [word, name, ..] if word.is("use-server") => self.whole(Kind::Server, Some(section), name, false),
            _ => {}
        }
        if let Some(word) = line.after("track").filter(|_| line.is("server") || line.is("default-server")) {
            self.server(word, 0, word.bytes(), section);
        }
        for word in line.words.iter().skip(1) {
            Call::all(word).into_iter().for_each(|call| self.call(&call, word, section));
        }
    }

    /// Names behind words that have one.
    fn behind(&mut self, line: &Line<'p>) {
        for pair in line.words.windows(2) {
            let kind = BEHIND.iter().find(|(word, _)| pair[0].is(word)).map(|(_, kind)| *kind);
            if let Some(kind) = kind.filter(|_| !pair[1].bytes().contains(&b'%')) {
                self.whole(kind, None, &pair[1], false);
            }
        }
    }

    /// Names in the parentheses of samples and converters.
    fn call(&mut self, call: &Call<'p>, word: &'p Word, section: u32) {
        let Some(args) = call.args else { return };
        let kinds = sample::fetch::find(call.name).map(|row| row.args);
        let kinds = kinds.or_else(|| sample::convert::find(call.name).map(|row| row.args)).unwrap_or(&[]);
        let start = offset_of(call, word);
        let mut at = start + call.name.len() + 1;
        for (number, arg) in args.split(|b| *b == b',').enumerate() {
            let kind = kinds.get(number).copied();
            match kind {
                _ if arg.is_empty() => {}
                Some(ArgKind::Backend | ArgKind::Table) => self.part(Kind::Backend, None, word, at, arg),
                Some(ArgKind::Frontend) => self.part(Kind::Frontend, None, word, at, arg),
                Some(ArgKind::Userlist) => self.part(Kind::Userlist, None, word, at, arg),
                Some(ArgKind::Server) => self.server(word, at, arg, section),
                None if counts(call.name) && self.backends.contains_key(arg) => {
                    self.part(Kind::Backend, None, word, at, arg);
                }
                _ => {}
            }
            at += arg.len() + 1;
        }
    }

    /// `[BACKEND/]SERVER` at a place of a word.
    fn server(&mut self, word: &Word, at: usize, text: &[u8], section: u32) {
        match text.iter().position(|b| *b == b'/') {
            None => self.part(Kind::Server, Some(section), word, at, text),
            Some(slash) => {
                let (backend, server) = (text.get(..slash).unwrap_or(&[]), text.get(slash + 1..).unwrap_or(&[]));
                self.part(Kind::Backend, None, word, at, backend);
                let scope = self.backends.get(backend).copied();
                self.part(Kind::Server, scope, word, at + slash + 1, server);
            }
        }
    }

    fn whole(&mut self, kind: Kind, scope: Option<u32>, word: &Word, declares: bool) {
        let span = exact(self.files, word, 0, word.bytes());
        self.uses.push(Use { kind, scope, name: word.bytes().to_vec(), span, declares });
    }

    fn part(&mut self, kind: Kind, scope: Option<u32>, word: &Word, at: usize, name: &[u8]) {
        let span = exact(self.files, word, at, name);
        self.uses.push(Use { kind, scope, name: name.to_vec(), span, declares: false });
    }

    /// The ACLs of a proxy. One that it inherits belongs to the section that declares it.
    fn acls(&mut self, proxy: &Proxy<'p>) {
        let mut scopes: HashMap<&[u8], u32> = HashMap::new();
        for line in proxy.said("acl").collect::<Vec<_>>() {
            let Some(name) = line.word(1) else { continue };
            let own = self.view.sections.iter().rfind(|section| section.header.span <= name.span);
            let scope = *scopes.entry(name.bytes()).or_insert(own.map_or(0, |section| section.header.span.start));
            self.whole(Kind::Acl, Some(scope), name, true);
        }
        for line in &proxy.lines {
            let terms = line.condition().map(|condition| condition.any).into_iter().flatten().flatten();
            for term in terms {
                let (Term::Named { name: word, .. }, key) = (&term, term.key()) else { continue };
                let scope = scopes.get(key.as_slice()).copied();
                self.part(Kind::Acl, scope, word, word.bytes().len() - key.len(), &key);
            }
        }
    }
}

/// Samples and converters of counters, whose rows have no arguments as long as evenkeel does not obey them.
fn counts(name: &[u8]) -> bool {
    [&b"sc"[..], b"src_", b"table_", b"in_table"].iter().any(|start| name.starts_with(start))
}

/// Where a call stands in the text of its word.
fn offset_of(call: &Call<'_>, word: &Word) -> usize {
    let (text, part) = (word.bytes().as_ptr() as usize, call.name.as_ptr() as usize);
    part.saturating_sub(text)
}

/// The bytes in the file that a part of a word stands for. Where the word is quoted, they are those of the same text, if
/// there is just one.
fn exact(files: &Files, word: &Word, at: usize, name: &[u8]) -> Option<Span> {
    let from = |start: usize| {
        let start = word.span.start + start as u32;
        Span { file: word.span.file, start, end: start + name.len() as u32 }
    };
    if !word.cooked {
        return Some(from(at));
    }
    let text = files.slice(word.span);
    let is_name = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || b"-_.:$".contains(b));
    let mut places = text.windows(name.len().max(1)).enumerate().filter(|(at, window)| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        *window == name && !is_name(before) && !is_name(text.get(at + name.len()))
    });
    let (first, more) = (places.next(), places.next());
    first.filter(|_| more.is_none()).map(|(at, _)| from(at))
}
