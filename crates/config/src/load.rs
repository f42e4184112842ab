//! From files to a configuration.

use crate::{
    draft::{Draft, ProxyDraft},
    facts::Place,
    host::Host,
    ir::{Config, Kind},
    line::Cx,
    resolve,
    section::{global, other, proxy, userlist},
    world::Outer,
};
use sample::VarNames;
use source::{Diagnostic, Diagnostics, FileId, Files, Form, Severity, Span, Word};
use std::collections::HashMap;
use syntax::{Directive, Parsed, Section};

/// How strictly a configuration is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// A proxy that never says `mode` is in TCP mode, as for HAProxy, even when an HTTP frontend routes to it: an alert
    /// instead of a warning.
    pub strict_modes: bool,
}

/// Reads the files as one configuration. It never fails: with an alert among the findings, the configuration is what
/// could be understood and must not be run.
pub fn load(files: &Files, ids: &[FileId], host: &dyn Host, options: Options) -> (Config, Diagnostics) {
    lower(files, parse(files, ids, host), host, options)
}

/// The sections of the files, in the environment that their own `setenv` lines make.
pub fn parse(files: &Files, ids: &[FileId], host: &dyn Host) -> Parsed {
    syntax::parse(files, ids, &mut Outer::new(host))
}

/// Lowers what the files say.
pub fn lower(files: &Files, parsed: Parsed, host: &dyn Host, options: Options) -> (Config, Diagnostics) {
    let mut cx = Cx::new(host, parsed.diagnostics);
    let draft = read(files, &mut cx, &parsed.sections);
    resolve::resolve(files, draft, cx, options)
}

/// What the files say, with what is wrong with single lines; nothing is resolved.
pub fn draft(files: &Files, parsed: Parsed, host: &dyn Host) -> (Draft, Diagnostics) {
    let mut cx = Cx::new(host, parsed.diagnostics);
    let draft = read(files, &mut cx, &parsed.sections);
    (draft, cx.diagnostics)
}

fn read(files: &Files, cx: &mut Cx<'_>, sections: &[Section]) -> Draft {
    for section in sections.iter().filter(|section| section.header.keyword().is("http-errors")) {
        other::http_errors(cx, section);
    }
    Reader::new(files, cx).read(sections)
}

/// A `defaults` section, with the lines of the one it is `from` in front.
struct Defaults<'s> {
    /// Empty for an anonymous one.
    name: Vec<u8>,
    span: Span,
    lines: Vec<&'s Directive>,
    /// Whether it has rules, which belong to one side of a proxy.
    has_rules: bool,
    /// The type of section that inherited from it first.
    heir: Option<Kind>,
}

/// The lines of `defaults` that are rules: frontends and backends meet them at different places.
const RULES: &[&[&str]] = &[
    &["http-after-response"],
    &["http-request"],
    &["http-response"],
    &["tcp-request", "connection"],
    &["tcp-request", "content"],
    &["tcp-request", "session"],
    &["tcp-response", "content"],
];

fn is_rule(line: &Directive) -> bool {
    let starts =
        |words: &&[&str]| words.iter().zip(&line.words).filter(|(word, said)| said.is(word)).count() == words.len();
    RULES.iter().any(starts)
}

struct Reader<'r, 'c, 's> {
    files: &'r Files,
    cx: &'r mut Cx<'c>,
    draft: Draft,
    defaults: Vec<Defaults<'s>>,
}

impl<'r, 'c, 's> Reader<'r, 'c, 's> {
    fn new(files: &'r Files, cx: &'r mut Cx<'c>) -> Reader<'r, 'c, 's> {
        Reader { files, cx, draft: Draft::default(), defaults: Vec::new() }
    }

    fn read(mut self, sections: &'s [Section]) -> Draft {
        for section in sections {
            match section.header.keyword().bytes() {
                b"global" => self.global(section),
                b"defaults" => self.defaults(section),
                b"frontend" => self.proxy(section, Kind::Frontend, Place::Frontend),
                b"listen" => self.proxy(section, Kind::Listen, Place::Listen),
                b"backend" => self.proxy(section, Kind::Backend, Place::Backend),
                b"userlist" => self.userlist(section),
                b"http-errors" => {}
                b"peers" => self.draft.tables.extend(other::peers(self.cx, section)),
                _ => other::read(self.cx, section),
            }
        }
        self.draft
    }

    fn global(&mut self, section: &'s Section) {
        for line in &section.lines {
            global::line(self.cx, line, &mut self.draft.global);
        }
    }

    fn userlist(&mut self, section: &'s Section) {
        let Some(list) = userlist::read(self.cx, section) else { return };
        if self.draft.userlists.iter().any(|known| known.name == list.name) {
            let message = format!("ignoring duplicated userlist '{}'.", String::from_utf8_lossy(&list.name));
            let finding = Diagnostic::warning("duplicate-userlist", section.header.span, message);
            return self.cx.diagnostics.push(finding.help("give each userlist its own name").form(Form::Line));
        }
        self.draft.userlists.push(list);
    }

    fn defaults(&mut self, section: &'s Section) {
        let (name, from) = self.header(section, false);
        let name = name.map(|word| word.bytes().to_vec()).unwrap_or_default();
        self.inherit(from, section, None);
        let mut lines = from.map(|at| self.defaults[at].lines.clone()).unwrap_or_default();
        self.cx.place = if name.is_empty() { Place::AnonymousDefaults } else { Place::NamedDefaults };
        self.cx.proxy.clone_from(&name);
        let mut scratch = ProxyDraft { name: name.clone(), span: section.header.span, ..ProxyDraft::default() };
        self.replay(&lines, &mut scratch);
        for line in &section.lines {
            proxy::line(self.cx, line, &mut scratch, false);
        }
        lines.extend(&section.lines);
        let has_rules = section.lines.iter().any(is_rule);
        self.defaults.push(Defaults { name, span: section.header.span, lines, has_rules, heir: None });
    }

    fn proxy(&mut self, section: &'s Section, kind: Kind, place: Place) {
        let (name, from) = self.header(section, true);
        let Some(name) = name else { return };
        if let Some(defaults) = self.defaults.iter().find(|defaults| defaults.name == name.bytes()) {
            let (kind, shown, first) = (place.word(), name.show(), defaults.span);
            let message = format!("{kind} '{shown}' has the same name as a 'defaults' section.");
            let finding = Diagnostic::alert("duplicate-proxy", name.span, message).form(Form::Section);
            self.cx
                .diagnostics
                .push(finding.help("give one of them another name").related(first, "the defaults section"));
        }
        self.cx.place = place;
        self.cx.proxy = name.bytes().to_vec();
        let span = section.header.span;
        let mut draft = ProxyDraft { name: name.bytes().to_vec(), span, kind: Some(kind), ..ProxyDraft::default() };
        let from = from.or(self.defaults.len().checked_sub(1));
        self.inherit(from, section, Some(kind));
        let lines = from.map(|at| self.defaults[at].lines.clone()).unwrap_or_default();
        self.replay(&lines, &mut draft);
        for line in &section.lines {
            proxy::line(self.cx, line, &mut draft, false);
        }
        self.draft.proxies.push(draft);
    }

    /// Rules of `defaults` are for frontends or for backends; `None` is another `defaults` section.
    fn inherit(&mut self, from: Option<usize>, section: &Section, kind: Option<Kind>) {
        let Some(defaults) = from.and_then(|at| self.defaults.get_mut(at)).filter(|defaults| defaults.has_rules) else {
            return;
        };
        let heir = kind.map(|kind| *defaults.heir.get_or_insert(kind)).filter(|heir| Some(*heir) != kind);
        let place = self.files.place(defaults.span);
        let place = format!("(defaults section at {}:{})", place.file, place.line);
        let message = match kind {
            None => {
                format!("a defaults section cannot inherit from a defaults section defining TCP/HTTP rules {place}.")
            }
            Some(Kind::Listen) => {
                "a listen section cannot inherit from a defaults section defining TCP/HTTP rules.".into()
            }
            Some(_) if heir.is_some() => format!(
                "frontends and backends cannot inherit from the same defaults section if it defines TCP/HTTP rules {place}."
            ),
            Some(_) => return,
        };
        let finding = Diagnostic::alert("inherited-rules", section.header.span, message).form(Form::Line);
        let help = "give frontends and backends defaults sections of their own, and listen sections one without rules";
        self.cx.diagnostics.push(finding.help(help).related(defaults.span, "the defaults section"));
    }

    /// Says inherited lines to a section. What is wrong with them has been reported where they stand.
    fn replay(&mut self, lines: &[&Directive], draft: &mut ProxyDraft) {
        let findings = std::mem::take(&mut self.cx.diagnostics);
        for line in lines {
            proxy::line(self.cx, line, draft, true);
        }
        self.cx.diagnostics = findings;
    }

    /// `[NAME] [from DEFAULTS]` behind the word that opens a section.
    fn header(&mut self, section: &'s Section, needs_name: bool) -> (Option<&'s Word>, Option<usize>) {
        let (keyword, args) = (section.header.keyword().show(), section.header.args());
        let (name, rest) = match args {
            [first, rest @ ..] if needs_name || !first.is("from") => (Some(first), rest),
            rest => (None, rest),
        };
        match name {
            Some(name) => self.check_name(&keyword, name),
            None if needs_name => {
                let message = format!("'{keyword}' expects an <id> argument");
                self.alert("missing-argument", section.header.keyword(), message, "name the section");
            }
            None => {}
        }
        let from = match rest {
            [] => None,
            [word, parent] if word.is("from") => self.find_defaults(parent),
            [word] if word.is("from") => {
                self.alert("missing-argument", word, "'from' expects the name of a defaults section".into(), "name it");
                None
            }
            [word, ..] => {
                let extra = rest.get(2).filter(|_| word.is("from")).unwrap_or(word);
                let message = format!("'{keyword}' cannot handle unexpected argument '{}'.", extra.show());
                self.alert("unexpected-argument", extra, message, "the form is: SECTION NAME from DEFAULTS");
                None
            }
        };
        (name, from)
    }

    fn find_defaults(&mut self, parent: &Word) -> Option<usize> {
        let found: Vec<_> = (0..self.defaults.len()).filter(|at| self.defaults[*at].name == parent.bytes()).collect();
        match found.as_slice() {
            [at] => Some(*at),
            [] => {
                let message = format!("defaults section '{}' not found for the 'from' keyword", parent.show());
                self.alert("unknown-defaults", parent, message, "declare the defaults section above");
                None
            }
            [.., _] => {
                let message = format!("ambiguous defaults section name '{}'", parent.show());
                self.alert("ambiguous-defaults", parent, message, "give each defaults section its own name");
                None
            }
        }
    }

    /// HAProxy points a bad character out and goes on.
    fn check_name(&mut self, keyword: &str, name: &Word) {
        let bad = name.bytes().iter().find(|b| !b.is_ascii_alphanumeric() && !b"_-.:".contains(b));
        if let Some(bad) = bad {
            let message =
                format!("character '{}' is not permitted in '{keyword}' name '{}'.", char::from(*bad), name.show());
            let finding = Diagnostic::new(Severity::Warning, "bad-name", name.span, message);
            self.cx.diagnostics.push(finding.help("use letters, digits, '-', '_', '.' and ':'"));
        }
    }

    fn alert(&mut self, code: &'static str, word: &Word, message: String, help: &str) {
        self.cx.diagnostics.push(Diagnostic::alert(code, word.span, message).help(help));
    }
}

impl<'c> Cx<'c> {
    pub fn new(host: &'c dyn Host, diagnostics: Diagnostics) -> Cx<'c> {
        Cx {
            host,
            diagnostics,
            vars: VarNames::default(),
            place: Place::AnonymousDefaults,
            proxy: Vec::new(),
            experimental: false,
            stick_counters: 3,
            http_errors: HashMap::new(),
            unix_bind: Default::default(),
            unix_prefix: Vec::new(),
        }
    }
}
