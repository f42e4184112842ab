//! The configuration as rules look at it: lines with their places, what is inherited in front, and what it all means.
//!
//! Rules judge the words as written, so that they work on whatever part of the language the IR does not know yet.

mod bind;
mod call;
mod condition;
mod line;
mod proxy;
mod server;
mod test;

pub use bind::Bind;
pub use call::Call;
pub use condition::{Condition, Term};
pub use line::Line;
pub use proxy::{Proxy, Route};
pub use server::Server;
pub use test::Test;

use config::Config;
use source::{Files, Word};
use std::collections::{HashMap, HashSet};
use syntax::{Directive, Section};

/// A configuration.
#[derive(Debug)]
pub struct View<'p> {
    pub files: &'p Files,
    /// Every section, in order.
    pub sections: &'p [Section],
    /// The frontends, backends and listen sections, in order.
    pub proxies: Vec<Proxy<'p>>,
    /// The places of backends in the list of proxies.
    by_name: HashMap<&'p [u8], usize>,
}

impl<'p> View<'p> {
    /// `config` is what the sections mean.
    pub fn new(files: &'p Files, sections: &'p [Section], config: &'p Config) -> View<'p> {
        let proxies = proxies(sections, config);
        let backends = proxies.iter().enumerate().filter(|(_, proxy)| proxy.is_backend());
        // Of two with one name the first is meant.
        let by_name = backends.rev().map(|(at, proxy)| (proxy.name.bytes(), at)).collect();
        let mut view = View { files, sections, proxies, by_name };
        view.agree();
        view
    }

    /// The lines of global sections that start with these words.
    pub fn global(&self, words: &'static str) -> impl Iterator<Item = Line<'p>> {
        let globals = self.sections.iter().filter(|section| section.header.keyword().is("global"));
        globals.flat_map(|section| &section.lines).map(|line| Line::new(line, false)).filter(move |line| line.is(words))
    }

    /// The sections that this word opens, each with its name.
    pub fn named(&self, keyword: &'static str) -> impl Iterator<Item = (&'p Word, &'p Section)> {
        let those = self.sections.iter().filter(move |section| section.header.keyword().is(keyword));
        those.filter_map(|section| Some((section.header.args().first()?, section)))
    }

    /// Every line of every section but its opening line.
    pub fn lines(&self) -> impl Iterator<Item = Line<'p>> {
        self.sections.iter().flat_map(|section| &section.lines).map(|line| Line::new(line, false))
    }

    /// Every word of these lines.
    pub fn words(&self) -> impl Iterator<Item = &'p Word> {
        self.lines().flat_map(|line| line.words)
    }

    /// Whether a name stands behind one of these words, in its parentheses, or as the end of an option that has a value.
    pub fn names(&self, name: &[u8], behind: &[&str]) -> bool {
        let is_one = |word: &[u8]| behind.iter().any(|known| known.as_bytes() == word);
        self.lines().any(|line| {
            let pairs = line.words.windows(2);
            let behind = pairs.filter(|pair| is_one(pair[0].bytes())).any(|pair| pair[1].bytes() == name);
            let calls = line.words.iter().flat_map(Call::all).filter(|call| is_one(call.name));
            behind || calls.filter_map(|call| call.args).any(|args| args.split(|b| *b == b',').any(|arg| arg == name))
        })
    }

    /// Whether code that is not in the file may read and write variables, tables and headers.
    pub fn has_foreign_code(&self) -> bool {
        const FOREIGN: &[&str] = &["filter spoe", "http-request lua", "http-request send-spoe-group"];
        let lua = |line: &Line<'_>| line.word(0).is_some_and(|word| word.bytes().starts_with(b"lua-load"));
        self.lines().any(|line| lua(&line) || FOREIGN.iter().any(|words| line.is(words)))
    }

    pub fn frontends(&self) -> impl Iterator<Item = &Proxy<'p>> {
        self.proxies.iter().filter(|proxy| proxy.is_frontend())
    }

    pub fn backends(&self) -> impl Iterator<Item = &Proxy<'p>> {
        self.proxies.iter().filter(|proxy| proxy.is_backend())
    }

    /// The backend or listen section of this name.
    pub fn backend(&self, name: &[u8]) -> Option<&Proxy<'p>> {
        self.by_name.get(name).and_then(|at| self.proxies.get(*at))
    }

    /// A backend that an HTTP frontend routes to speaks HTTP, unless it says another mode.
    fn agree(&mut self) {
        let http = self.frontends().filter(|proxy| proxy.http).flat_map(|proxy| proxy.routes());
        let targets: HashSet<&[u8]> = http.map(|route| route.target.bytes()).collect();
        for proxy in self.proxies.iter_mut().filter(|proxy| proxy.is_backend()) {
            proxy.http |= proxy.last("mode").is_none() && targets.contains(proxy.name.bytes());
        }
    }
}

fn proxies<'p>(sections: &'p [Section], config: &'p Config) -> Vec<Proxy<'p>> {
    let (mut found, mut defaults) = (Vec::new(), Vec::new());
    let mut named = HashMap::new();
    for section in sections {
        let args = section.header.args();
        let from = args.iter().position(|word| word.is("from")).and_then(|at| args.get(at + 1));
        let parent = from.and_then(|name| named.get(name.bytes()));
        let is_proxy = ["frontend", "backend", "listen"].iter().any(|word| section.header.keyword().is(word));
        if section.header.keyword().is("defaults") {
            let mut lines: Vec<&Directive> = parent.cloned().unwrap_or_default();
            lines.extend(&section.lines);
            if let Some(name) = args.first().filter(|name| !name.is("from")) {
                named.insert(name.bytes(), lines.clone());
            }
            defaults = lines;
        } else if let Some(name) = args.first().filter(|_| is_proxy) {
            // Both lists have a proxy for each section with a name.
            let Some(ir) = config.proxies.get(found.len()) else { break };
            found.push(Proxy::new(name, section, parent.unwrap_or(&defaults), ir));
        }
    }
    found
}
