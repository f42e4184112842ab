//! What a configuration needs of the machine that it will run on: files, names, accounts (`--check-files`,
//! `--check-dns`, `--check-accounts`). Otherwise all of them are taken to exist.

use crate::{
    Finding, Offline,
    rule::Confidence,
    view::{Line, View},
};
use config::{Options, facts};
use source::{Diagnostic, FileId, Files, Span, Word};
use std::{
    ffi::OsStr,
    net::ToSocketAddrs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// What is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Environment {
    pub files: bool,
    pub names: bool,
    pub accounts: bool,
}

/// Lines whose second word is a file or folder: keyword, and whether it is a folder.
const PATHS: &[(&str, bool)] = &[
    ("ca-base", true),
    ("chroot", true),
    ("crt-base", true),
    ("lua-load", false),
    ("lua-load-per-thread", false),
    ("ssl-dh-param-file", false),
];

/// What this machine lacks.
pub fn check(files: &Files, ids: &[FileId], what: Environment) -> Vec<Finding> {
    if what == Environment::default() {
        return Vec::new();
    }
    let host = Offline::new(files, ids);
    let parsed = config::parse(files, ids, &host);
    let sections = parsed.sections.clone();
    let (config, _) = config::lower(files, parsed, &host, Options { strict_modes: true });
    let view = View::new(files, &sections, &config);
    let mut asked = Asked { view: &view, found: Vec::new() };
    if what.files {
        asked.files();
    }
    if what.names {
        asked.names();
    }
    if what.accounts {
        asked.accounts();
    }
    asked.found
}

struct Asked<'v, 'p> {
    view: &'v View<'p>,
    found: Vec<Finding>,
}

impl Asked<'_, '_> {
    fn say(&mut self, code: &'static str, span: Span, message: String, help: &str) {
        let diagnostic = Diagnostic::alert(code, span, message).help(help);
        self.found.push(Finding::new(diagnostic, Confidence::High));
    }

    fn files(&mut self) {
        let (crt, ca) = (self.base("crt-base"), self.base("ca-base"));
        for line in self.view.lines().collect::<Vec<_>>() {
            for (word, folder) in PATHS
                .iter()
                .filter(|(keyword, _)| line.is(keyword))
                .filter_map(|(_, folder)| Some((line.word(1)?, folder)))
            {
                self.path(word, Path::new(""), *folder);
            }
            self.params(&line, &crt, &ca);
            // Patterns, and the maps of converters.
            for pair in line.words.windows(2).filter(|pair| pair[0].is("-f")) {
                self.path(&pair[1], Path::new(""), false);
            }
            for pair in line.words.windows(3).filter(|words| words[0].is("errorfile")) {
                self.path(&pair[2], Path::new(""), false);
            }
            for call in line.words.iter().flat_map(crate::view::Call::all).filter(|call| call.name.starts_with(b"map"))
            {
                let name = call.arg(0).unwrap_or(&[]);
                let word = Word::new(name, call.span);
                self.path(&word, Path::new(""), false);
            }
        }
    }

    fn base(&self, keyword: &'static str) -> PathBuf {
        let said = self.view.global(keyword).last().and_then(|line| line.word(1).map(|word| word.bytes().to_vec()));
        PathBuf::from(OsStr::from_bytes(&said.unwrap_or_default()))
    }

    /// The files of `bind` and `server` lines.
    fn params(&mut self, line: &Line<'_>, crt: &Path, ca: &Path) {
        let table = match line.words.first() {
            Some(word) if word.is("bind") => &facts::BIND,
            Some(word) if word.is("server") || word.is("default-server") => &facts::SERVER,
            _ => return,
        };
        for pair in line.words.windows(2) {
            let fact = table.iter().find(|fact| pair[0].is(fact.words) && fact.args.starts_with("PATH"));
            let Some(fact) = fact else { continue };
            let base = if fact.words.starts_with("ca-") || fact.words == "crl-file" { ca } else { crt };
            self.path(&pair[1], base, false);
        }
    }

    fn path(&mut self, word: &Word, base: &Path, folder: bool) {
        let text = word.bytes();
        let optional = text.starts_with(b"opt@") || text.starts_with(b"virt@") || text.starts_with(b"@");
        if optional || text.is_empty() {
            return;
        }
        let path = base.join(OsStr::from_bytes(text.strip_prefix(b"file@").unwrap_or(text)));
        let there = if folder { path.is_dir() } else { path.exists() };
        if !there {
            let what = if folder { "folder" } else { "file" };
            let message = format!("there is no {what} '{}'", path.display());
            self.say("missing-path", word.span, message, "create it, or correct its name");
        }
    }

    /// The host names of servers, which HAProxy looks up at its start unless `init-addr` says otherwise.
    fn names(&mut self) {
        let mut missing = Vec::new();
        for proxy in self.view.backends() {
            for server in proxy.servers().iter().filter(|server| server.is_named() && !server.has("init-addr")) {
                let Ok(name) = std::str::from_utf8(server.host()) else { continue };
                if (name, 0).to_socket_addrs().is_err() {
                    missing.push((server.address.span, name.to_string()));
                }
            }
        }
        for (span, name) in missing {
            let help = "correct the name, or let HAProxy start without it by 'init-addr last,libc,none'";
            self.say("unknown-host", span, format!("'{name}' has no address"), help);
        }
    }

    fn accounts(&mut self) {
        for (keyword, list) in [("user", "/etc/passwd"), ("group", "/etc/group")] {
            let known = std::fs::read(list).unwrap_or_default();
            let lines: Vec<Line<'_>> = self.view.global(keyword).collect();
            for word in lines.iter().filter_map(|line| line.word(1)) {
                let first = |line: &[u8]| line.split(|b| *b == b':').next() == Some(word.bytes());
                if !known.split(|b| *b == b'\n').any(first) {
                    let message = format!("there is no {keyword} '{}'", word.show());
                    self.say("unknown-account", word.span, message, "create the account, or correct its name");
                }
            }
        }
    }
}
