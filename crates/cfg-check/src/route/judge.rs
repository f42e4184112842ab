//! Whether conditions hold: yes, no, or nobody knows.

use super::{
    Assumed, Seen,
    env::Process,
    host::{self, Machine},
    known::{self, World},
};
use crate::view::{Condition, Proxy, Term, Test, View};
use config::Config;
use rules::{
    Acl, Acls, Captures, ParseRules, Rule, Ruleset,
    acl::{PREDEFINED, Test as Compiled},
    parse::HttpErrors,
};
use sample::{Cx, Format, Parse, Places, VarNames, format::Usage, row::ArgKind, row::Name};
use source::{Diagnostics, Severity, Word};
use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// The configuration, in a form in which its tests can be tried.
pub(super) struct Court<'v, 'p> {
    pub(super) view: &'v View<'p>,
    pub(super) config: &'v Config,
    host: &'v Machine,
    vars: RefCell<VarNames>,
    /// By proxy and words. `None` for those that evenkeel cannot try.
    tried: RefCell<Tried>,
    /// Names of the lists that rules change while HAProxy runs.
    changed: HashSet<Vec<u8>>,
}

type Tried = HashMap<(usize, Vec<u8>), Option<Arc<Acl>>>;

/// A test that nobody knows the result of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) test: String,
    pub(super) why: String,
}

/// The result of a condition: whether it holds, and the tests that it asked for.
pub(super) type Ruling = Result<(bool, Vec<Seen>), Open>;

/// Where and when a condition is looked at.
#[derive(Clone, Copy)]
pub(super) struct Scene<'s, 'v, 'p> {
    pub(super) proxy: &'v Proxy<'p>,
    pub(super) world: &'s World,
    pub(super) place: Places,
    pub(super) assumed: &'s [Assumed],
}

impl<'v, 'p> Court<'v, 'p> {
    pub(super) fn new(view: &'v View<'p>, config: &'v Config, host: &'v Machine, vars: VarNames) -> Court<'v, 'p> {
        let changed = view.words().filter_map(|word| changes(word.bytes())).map(<[u8]>::to_vec).collect();
        Court { view, config, host, vars: RefCell::new(vars), tried: RefCell::default(), changed }
    }

    pub(super) fn env(&self) -> Process<'v> {
        Process(self.config)
    }

    /// The number of a proxy in the configuration.
    pub(super) fn number(&self, proxy: &Proxy<'p>) -> usize {
        self.view.proxies.iter().position(|other| std::ptr::eq(other.ir, proxy.ir)).unwrap_or(0)
    }

    /// Whether the entries of a map or list are known.
    pub(super) fn list(&self, name: &[u8]) -> Result<(), String> {
        let shown = String::from_utf8_lossy(name);
        if self.host.misses(name) {
            return Err(format!("'{shown}' cannot be read here"));
        }
        let changed = name.starts_with(b"virt@") || self.changed.contains(host::bare(name));
        if changed { Err(format!("'{shown}' is filled while HAProxy runs")) } else { Ok(()) }
    }

    /// Whether a condition holds. No condition always does.
    pub(super) fn holds(&self, condition: Option<&Condition<'p>>, scene: Scene<'_, 'v, 'p>) -> Ruling {
        let Some(condition) = condition else { return Ok((true, Vec::new())) };
        let (mut seen, mut open) = (Vec::new(), None);
        for terms in condition.any.iter().filter(|terms| !terms.is_empty()) {
            match self.all(terms, scene, &mut seen) {
                Ok(true) => return Ok((!condition.unless, seen)),
                Ok(false) => {}
                Err(unknown) => open = open.or(Some(unknown)),
            }
        }
        open.map_or(Ok((condition.unless, seen)), Err)
    }

    /// Whether all terms hold. One that fails decides, even behind one that is not known.
    fn all(&self, terms: &[Term<'p>], scene: Scene<'_, 'v, 'p>, seen: &mut Vec<Seen>) -> Result<bool, Open> {
        let mut open = None;
        for term in terms {
            match self.term(term, scene) {
                Ok(one) => {
                    let fails = one.holds == term.is_negated();
                    seen.push(one);
                    if fails {
                        return Ok(false);
                    }
                }
                Err(unknown) => open = open.or(Some(unknown)),
            }
        }
        open.map_or(Ok(true), Err)
    }

    fn term(&self, term: &Term<'p>, scene: Scene<'_, 'v, 'p>) -> Result<Seen, Open> {
        match term {
            Term::Anonymous { test, .. } => self.any(b"", &[self.words(test)], scene),
            Term::Named { .. } => self.named(&term.key(), scene),
        }
    }

    /// The ACL of a name: any of its lines, or what it is without one.
    fn named(&self, name: &[u8], scene: Scene<'_, 'v, 'p>) -> Result<Seen, Open> {
        let lines = scene.proxy.acls().filter(|test| test.name.is_some_and(|known| known.bytes() == name));
        let mut lines: Vec<Vec<Word>> = lines.map(|test| self.words(&test)).collect();
        if let Some((_, text)) = PREDEFINED.iter().find(|(known, _)| lines.is_empty() && known.as_bytes() == name) {
            lines.push(text.split(' ').map(|word| Word::new(word, Default::default())).collect());
        }
        self.any(name, &lines, scene)
    }

    fn words(&self, test: &Test<'p>) -> Vec<Word> {
        [test.criterion].into_iter().chain(test.flags).chain(test.patterns).cloned().collect()
    }

    fn any(&self, name: &[u8], lines: &[Vec<Word>], scene: Scene<'_, 'v, 'p>) -> Result<Seen, Open> {
        let name = String::from_utf8_lossy(name).into_owned();
        let texts: Vec<String> = lines.iter().map(|words| text(words)).collect();
        let mut seen = Seen { name, test: texts.join(" or "), holds: false, assumed: false };
        let mut open = None;
        for (words, text) in lines.iter().zip(texts) {
            let (holds, assumed) = match self.test(words, scene) {
                Ok(holds) => (holds, false),
                Err(why) => match scene.assumed.iter().find(|other| other.test == text && other.why == why) {
                    Some(other) => (other.holds, true),
                    None => {
                        open = open.or(Some(Open { test: text, why }));
                        continue;
                    }
                },
            };
            seen.assumed |= assumed;
            if holds {
                return Ok(Seen { holds, assumed, ..seen });
            }
        }
        open.map_or(Ok(seen), Err)
    }

    /// Whether one test holds; the error says why nobody knows.
    fn test(&self, words: &[Word], scene: Scene<'_, 'v, 'p>) -> Result<bool, String> {
        let criterion = words.first().map_or(&b""[..], Word::bytes);
        if let Some(names) = criterion.strip_prefix(b"acl(").and_then(|rest| rest.strip_suffix(b")")) {
            return self.group(names, scene);
        }
        let Some(acl) = self.compiled(words, scene.proxy) else {
            let end = criterion.iter().position(|b| b"(,".contains(b)).unwrap_or(criterion.len());
            let name = String::from_utf8_lossy(criterion.get(..end).unwrap_or(criterion));
            return Err(format!("'{name}' is not something that a file tells"));
        };
        let cx = Cx { stream: &scene.world.stream, env: &self.env(), place: scene.place };
        for expr in acl.tests().iter().filter_map(Compiled::expr) {
            if expr.fetch.places.meets(scene.place) {
                known::expr(expr, scene.world, self)?;
            }
        }
        let files = words.windows(2).filter(|pair| pair[0].is("-f"));
        files.map(|pair| &pair[1]).try_for_each(|name| self.list(name.bytes()))?;
        Ok(acl.eval(&cx, true) == Ok(true))
    }

    /// `acl(name,!name)`: whether all of these hold.
    fn group(&self, names: &[u8], scene: Scene<'_, 'v, 'p>) -> Result<bool, String> {
        for name in names.split(|b| *b == b',').map(<[u8]>::trim_ascii) {
            let bare = name.strip_prefix(b"!").unwrap_or(name);
            let seen = self.named(bare, scene).map_err(|open| open.why)?;
            if seen.holds != (bare.len() == name.len()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn compiled(&self, words: &[Word], proxy: &Proxy<'p>) -> Option<Arc<Acl>> {
        let here = self.number(proxy);
        let key = (here, words.iter().map(Word::bytes).collect::<Vec<_>>().join(&b'\0'));
        if let Some(known) = self.tried.borrow().get(&key) {
            return known.clone();
        }
        let span = words.first().map(|word| word.span).unwrap_or_default();
        let named: Vec<Word> = [Word::new("test", span)].into_iter().chain(words.iter().cloned()).collect();
        let mut acls = Acls::default();
        let fine = self.parse(proxy, &mut acls, |parse| rules::parse_acl(span, &named, parse)).is_some();
        acls.names(&mut |name| name.id = self.find(name, here));
        acls.finish(&self.config.userlists, &mut Diagnostics::default());
        let acl = acls.get(b"test").filter(|_| fine);
        self.tried.borrow_mut().insert(key, acl.clone());
        acl
    }

    /// The rule of a line without its condition, for lines that are not in the IR because of their conditions.
    pub(super) fn rule(&self, set: Ruleset, words: &[Word], proxy: &Proxy<'p>) -> Option<Rule> {
        let (here, at) = (self.number(proxy), words.first()?.span);
        let parse = |parse: &mut ParseRules<'_>| rules::parse_rule(set, at, words, parse);
        let mut rule = self.parse(proxy, &mut Acls::default(), parse).flatten()?;
        rule.action.names(&mut |name| name.id = self.find(name, here));
        Some(rule)
    }

    /// What parsing makes, unless something is wrong.
    fn parse<T>(&self, proxy: &Proxy<'p>, acls: &mut Acls, work: impl FnOnce(&mut ParseRules<'_>) -> T) -> Option<T> {
        let mut diagnostics = Diagnostics::default();
        let made = work(&mut ParseRules {
            diagnostics: &mut diagnostics,
            vars: &mut self.vars.borrow_mut(),
            acls,
            outside: self.host,
            http_errors: &HttpErrors::default(),
            captures: &mut Captures::default(),
            proxy: proxy.name.bytes(),
            frontend: proxy.is_frontend(),
            backend: proxy.is_backend(),
            experimental: true,
            stick_counters: usize::from(u8::MAX),
        });
        let wrong = diagnostics.iter().any(|said| said.severity == Severity::Alert);
        (!wrong).then_some(made)
    }

    /// The format in a word.
    pub(super) fn format(&self, word: &Word) -> Option<Format> {
        self.samples(|parse| Format::parse_as(Usage::Header, word.bytes(), word.span, parse))
    }

    /// The expression in a word.
    pub(super) fn expr(&self, word: &Word) -> Option<sample::Expr> {
        self.samples(|parse| sample::Expr::parse(word.bytes(), word.span, parse))
    }

    fn samples<T>(&self, work: impl FnOnce(&mut Parse<'_>) -> T) -> T {
        let (mut diagnostics, mut vars) = (Diagnostics::default(), self.vars.borrow_mut());
        work(&mut Parse { diagnostics: &mut diagnostics, vars: &mut vars, places: Places::ALL })
    }

    /// A variable by its name with its scope: `txn.a`.
    pub(super) fn var(&self, name: &[u8]) -> Option<sample::stream::VarId> {
        let expr = self.expr(&Word::new([b"var(", name, b")"].concat(), Default::default()))?;
        expr.args.var(0)
    }

    /// What a name stands for, said in proxy number `here`.
    fn find(&self, name: &Name, here: usize) -> Option<(usize, usize)> {
        let proxy = |name: &[u8], fits: fn(config::Kind) -> bool| {
            let mut proxies = self.config.proxies.iter();
            proxies.position(|proxy| fits(proxy.kind) && proxy.name == name)
        };
        let text = name.text.as_slice();
        match name.kind {
            ArgKind::AnyMap | ArgKind::Map(_) => {
                let at = self.config.maps.iter().position(|map| map.name == host::bare(text))?;
                if let (ArgKind::Map(how), Some(map)) = (name.kind, self.config.maps.get(at)) {
                    map.use_as(how, false).ok()?;
                }
                Some((at, 0))
            }
            ArgKind::Backend | ArgKind::Frontend if text.is_empty() => Some((here, 0)),
            ArgKind::Backend => proxy(text, config::Kind::is_backend).map(|at| (at, 0)),
            ArgKind::Frontend => proxy(text, config::Kind::is_frontend).map(|at| (at, 0)),
            ArgKind::Userlist => self.config.userlists.iter().position(|list| list.name == text).map(|at| (at, 0)),
            _ => None,
        }
    }
}

/// Words as one text; those with blanks stand in quotes.
pub(super) fn text(words: &[Word]) -> String {
    let show = |word: &Word| {
        let text = word.show();
        if text.is_empty() || text.contains(' ') { format!("\"{text}\"") } else { text.into_owned() }
    };
    words.iter().map(show).collect::<Vec<_>>().join(" ")
}

/// The list that an action changes: `set-map(/a.map)`.
fn changes(word: &[u8]) -> Option<&[u8]> {
    const CHANGES: &[&[u8]] = &[b"add-acl(", b"del-acl(", b"del-map(", b"set-map("];
    let rest = CHANGES.iter().find_map(|name| word.strip_prefix(*name))?;
    rest.strip_suffix(b")").map(host::bare)
}
