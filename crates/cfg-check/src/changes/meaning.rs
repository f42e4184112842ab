//! A configuration without what layout decides.

use super::{
    Side, Topic,
    normal::{self, params},
};
use crate::{
    Offline,
    view::{Line, Proxy, View},
};
use config::{
    Kind, Mode, Options,
    facts::{self, Fact, Place, Verdict},
    keyword::balance::Balance,
};
use source::{FileId, Files, Span, Word};
use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

/// What a configuration means, by section.
#[derive(Debug)]
pub struct Meaning {
    pub files: Files,
    pub things: BTreeMap<String, Thing>,
}

/// A section that has an effect.
#[derive(Debug)]
pub struct Thing {
    pub header: String,
    pub span: Span,
    pub(super) parts: BTreeMap<String, Part>,
}

/// The lines of one keyword, or one server.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) topic: Topic,
    /// Whether their order means something.
    pub(super) ordered: bool,
    pub(super) entries: Vec<Entry>,
}

/// A line.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// What it means: equal for lines that mean the same. The parameters are not in it.
    pub(super) key: Vec<u8>,
    /// Parameters with their values, whose order means nothing.
    pub(super) params: BTreeMap<String, String>,
    /// The ACLs that its condition names, with what they test.
    pub(super) acls: BTreeMap<String, String>,
    pub(super) text: String,
    pub(super) span: Span,
}

impl Entry {
    pub(super) fn same(&self, other: &Entry) -> bool {
        self.key == other.key && self.params == other.params
    }

    pub(super) fn side(&self) -> Side {
        Side { text: self.text.clone(), span: self.span }
    }
}

/// How often a keyword counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    /// Every line, in any order.
    Each,
    /// Every line, in this order.
    InOrder,
    /// The last one.
    Last,
}

/// The keywords of proxies of which more than the last line counts, by their first words, and what others are about.
#[rustfmt::skip]
const KEYWORDS: &[(&str, Counts, Topic)] = &[
    ("balance", Counts::Last, Topic::Servers),
    ("capture", Counts::InOrder, Topic::Logs),
    ("cookie", Counts::Last, Topic::Servers),
    ("declare capture", Counts::InOrder, Topic::Logs),
    ("errorfile", Counts::Each, Topic::Settings),
    ("errorfiles", Counts::Each, Topic::Settings),
    ("errorloc", Counts::Each, Topic::Settings),
    ("errorloc302", Counts::Each, Topic::Settings),
    ("errorloc303", Counts::Each, Topic::Settings),
    ("filter", Counts::InOrder, Topic::Rules),
    ("force-persist", Counts::Each, Topic::Routes),
    ("http-after-response", Counts::InOrder, Topic::Rules),
    ("http-check", Counts::InOrder, Topic::Checks),
    ("http-error", Counts::Each, Topic::Settings),
    ("http-request", Counts::InOrder, Topic::Rules),
    ("http-response", Counts::InOrder, Topic::Rules),
    ("ignore-persist", Counts::Each, Topic::Routes),
    ("log", Counts::Each, Topic::Logs),
    ("log-format", Counts::Last, Topic::Logs),
    ("monitor fail", Counts::Each, Topic::Rules),
    ("option forwardfor", Counts::Last, Topic::Headers),
    ("option forwarded", Counts::Last, Topic::Headers),
    ("option httpchk", Counts::Last, Topic::Checks),
    ("option httplog", Counts::Last, Topic::Logs),
    ("option tcplog", Counts::Last, Topic::Logs),
    ("quic-initial", Counts::InOrder, Topic::Rules),
    ("redirect", Counts::InOrder, Topic::Rules),
    ("server-template", Counts::Each, Topic::Servers),
    ("stats admin", Counts::Each, Topic::Settings),
    ("stats auth", Counts::Each, Topic::Settings),
    ("stats http-request", Counts::InOrder, Topic::Rules),
    ("stats scope", Counts::Each, Topic::Settings),
    ("stick", Counts::InOrder, Topic::Routes),
    ("tcp-check", Counts::InOrder, Topic::Checks),
    ("tcp-request connection", Counts::InOrder, Topic::Rules),
    ("tcp-request content", Counts::InOrder, Topic::Rules),
    ("tcp-request inspect-delay", Counts::Last, Topic::Timeouts),
    ("tcp-request session", Counts::InOrder, Topic::Rules),
    ("tcp-response content", Counts::InOrder, Topic::Rules),
    ("timeout", Counts::Last, Topic::Timeouts),
    ("use-server", Counts::InOrder, Topic::Routes),
    ("use_backend", Counts::InOrder, Topic::Routes),
];

/// Lines that are told otherwise, or are put into others.
const ELSEWHERE: &[&str] =
    &["acl", "bind", "default-server", "default_backend", "disabled", "enabled", "mode", "server"];

/// The full keywords by their first words.
static FULL: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut by_first: HashMap<_, Vec<_>> = HashMap::new();
    for fact in facts::KEYWORDS.iter().chain(facts::GLOBAL.iter()) {
        by_first.entry(fact.words.split(' ').next().unwrap_or("")).or_default().push(fact.words);
    }
    by_first
});

static VERDICTS: LazyLock<HashMap<&'static str, &'static Fact>> =
    LazyLock::new(|| facts::KEYWORDS.iter().map(|fact| (fact.words, fact)).collect());

/// What the files mean, read as one configuration.
pub fn meaning(files: Files, ids: &[FileId]) -> Meaning {
    let host = Offline::new(&files, ids);
    let parsed = config::parse(&files, ids, &host);
    let sections = parsed.sections.clone();
    let (config, _) = config::lower(&files, parsed, &host, Options { strict_modes: true });
    let view = View::new(&files, &sections, &config);
    let mut things: BTreeMap<String, Thing> = BTreeMap::new();
    for each in &view.proxies {
        let thing = proxy(each);
        let name = each.show();
        things.entry(name).or_insert(thing);
    }
    for section in view.sections {
        let word = section.header.keyword();
        let is_proxy = ["defaults", "frontend", "backend", "listen"].iter().any(|known| word.is(known));
        if !is_proxy {
            let header = normal::text(&section.header.words);
            let thing = Thing { header: header.clone(), span: section.header.span, parts: BTreeMap::new() };
            let thing = things.entry(header).or_insert(thing);
            section.lines.iter().map(Line::of).for_each(|line| other(thing, &line, word.is("global")));
        }
    }
    Meaning { files, things }
}

fn proxy(proxy: &Proxy<'_>) -> Thing {
    let mut thing = Thing { header: proxy.show(), span: proxy.span(), parts: BTreeMap::new() };
    for line in &proxy.lines {
        let known = ELSEWHERE.iter().any(|word| line.is(word));
        if !known {
            let keyword = keyword(line);
            let row = KEYWORDS.iter().find(|(words, ..)| line.is(words));
            let (counts, topic) = row.map_or((Counts::Last, Topic::Settings), |(_, counts, topic)| (*counts, *topic));
            if ignored(&keyword, proxy.ir.kind) {
                continue;
            }
            let acls = normal::acls(line, proxy);
            let entry = Entry { acls, ..entry(line, normal::line(line, proxy), BTreeMap::new()) };
            thing.say(keyword, counts, topic, line, entry);
        }
    }
    resolved(proxy, &mut thing);
    binds(proxy, &mut thing);
    servers(proxy, &mut thing);
    thing
}

/// Whether HAProxy ignores a keyword in this type of section, where a `defaults` may have said it.
fn ignored(keyword: &str, kind: Kind) -> bool {
    let place = match kind {
        Kind::Backend => Place::Backend,
        Kind::Frontend => Place::Frontend,
        Kind::Listen => Place::Listen,
    };
    VERDICTS.get(keyword).is_some_and(|fact| fact.verdict(place) == Verdict::Warn)
}

/// What takes more than one line to tell.
fn resolved(proxy: &Proxy<'_>, thing: &mut Thing) {
    let mode = if proxy.http || proxy.ir.mode == Mode::Http { "http" } else { "tcp" };
    let at = proxy.last("mode").map_or(proxy.span(), |line| line.span());
    thing.fact("mode", Topic::Settings, format!("mode {mode}"), at);
    if proxy.ir.disabled {
        let at = proxy.last("disabled").map_or(proxy.span(), |line| line.span());
        thing.fact("disabled", Topic::Settings, "disabled".into(), at);
    }
    if let Some(route) = proxy.routes().iter().find(|route| route.is_default) {
        thing.fact("default_backend", Topic::Routes, normal::text(route.line.words), route.line.span());
    }
}

fn binds(proxy: &Proxy<'_>, thing: &mut Thing) {
    for bind in proxy.binds() {
        let subject = format!("bind {}", bind.address.show());
        let params = params(bind.line.from(2), &facts::BIND);
        let entry = entry(&bind.line, bind.address.bytes().to_vec(), params);
        thing.part(subject, Topic::Listeners, false).entries.push(entry);
    }
}

/// The servers, each with what `default-server` gives it. Their order counts where the algorithm goes by it.
fn servers(proxy: &Proxy<'_>, thing: &mut Thing) {
    for server in proxy.servers() {
        let subject = format!("server {}", server.name.show());
        let said: Vec<Word> =
            server.params().iter().flat_map(|(name, value)| [Some(*name), *value]).flatten().cloned().collect();
        let params = params(&said, &facts::SERVER);
        let entry = entry(&server.line, server.address.bytes().to_vec(), params);
        let part = thing.part(subject, Topic::Servers, false);
        part.entries = vec![entry];
    }
    let counts = proxy.ir.balance.is_hash() || matches!(proxy.ir.balance, Balance::First);
    for server in proxy.servers().iter().filter(|_| counts) {
        let text = format!("server {}", server.name.show());
        let at = server.line.span();
        let entry =
            Entry { key: text.clone().into_bytes(), params: BTreeMap::new(), acls: BTreeMap::new(), text, span: at };
        thing.part("order of servers".into(), Topic::Servers, true).entries.push(entry);
    }
}

/// A line of a section that is no proxy: each counts, and the order means nothing, but for what is run in order.
fn other(thing: &mut Thing, line: &Line<'_>, global: bool) {
    let keyword =
        if global { keyword(line) } else { line.word(0).map(|word| word.show().into_owned()).unwrap_or_default() };
    let in_order = keyword.starts_with("lua") || keyword.starts_with("set-var");
    let counts = match global {
        true if in_order => Counts::InOrder,
        true if !EACH_GLOBAL.iter().any(|known| keyword.starts_with(known)) => Counts::Last,
        _ => Counts::Each,
    };
    let entry = entry(line, normal::words(line.words), BTreeMap::new());
    thing.say(keyword, counts, Topic::Settings, line, entry);
}

/// The keywords of `global` of which each line counts.
const EACH_GLOBAL: &[&str] = &[
    "cpu-map",
    "default-path",
    "h1-case-adjust",
    "log",
    "presetenv",
    "resetenv",
    "setenv",
    "ssl-engine",
    "stats socket",
    "unsetenv",
];

/// The longest keyword that the line starts with, or its first word.
fn keyword(line: &Line<'_>) -> String {
    let first = line.word(0).and_then(Word::str).unwrap_or("");
    let known = FULL.get(first).into_iter().flatten().filter(|words| line.is(words));
    known.max_by_key(|words| words.len()).map_or(first, |words| words).to_string()
}

fn entry(line: &Line<'_>, key: Vec<u8>, params: BTreeMap<String, String>) -> Entry {
    Entry { key, params, acls: BTreeMap::new(), text: normal::text(line.words), span: line.span() }
}

impl Thing {
    fn part(&mut self, subject: String, topic: Topic, ordered: bool) -> &mut Part {
        self.parts.entry(subject).or_insert_with(|| Part { topic, ordered, entries: Vec::new() })
    }

    /// A line; a negated one takes back what was said.
    fn say(&mut self, keyword: String, counts: Counts, topic: Topic, line: &Line<'_>, entry: Entry) {
        if line.negated {
            self.parts.remove(&keyword);
            return;
        }
        let part = self.part(keyword, topic, counts == Counts::InOrder);
        if counts == Counts::Last {
            part.entries.clear();
        }
        part.entries.push(entry);
    }

    fn fact(&mut self, subject: &str, topic: Topic, text: String, span: Span) {
        let entry =
            Entry { key: text.clone().into_bytes(), params: BTreeMap::new(), acls: BTreeMap::new(), text, span };
        self.part(subject.into(), topic, false).entries = vec![entry];
    }
}
