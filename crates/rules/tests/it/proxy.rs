//! A proxy without sockets: configuration text becomes rules.

use rules::{Acls, Captures, Outside, ParseRules, Rule, Ruleset, Userlist, userlist};
use sample::{
    Env, Places, Stream, Value, VarNames,
    env::{ErrorPage, ProcessFact, ProxyFact, ServerFact},
    map::{Map, Match},
    row::{ArgKind, Name},
    stream::VarId,
    table::{Data, KeyType, ServerKey, Spec, Stored, Table},
};
use source::{Diagnostics, Files, Word};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::Arc,
};

/// Files by name, and the one host name that tests know.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Outside for World {
    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String> {
        self.files.get(&*String::from_utf8_lossy(path)).cloned().ok_or_else(|| "no such file".into())
    }

    fn resolve(&self, name: &[u8]) -> Option<IpAddr> {
        (name == b"localhost").then_some(IpAddr::from([127, 0, 0, 1]))
    }
}

/// Frontend `fe` (number 0) and backend `be` with its server `s1` (number 1).
#[derive(Debug, Default)]
pub(crate) struct Proxy {
    pub(crate) rules: [HashMap<Ruleset, Vec<Arc<Rule>>>; 2],
    /// `redirect` lines, which run behind `http-request`.
    pub(crate) redirects: [Vec<Arc<Rule>>; 2],
    pub(crate) captures: Captures,
    pub(crate) userlists: Vec<Userlist>,
    maps: Vec<Map>,
    /// The stick table `t`.
    tables: Vec<Arc<Table>>,
    pages: Vec<(u16, Page)>,
    proc_vars: RefCell<HashMap<VarId, Value<'static>>>,
}

#[derive(Debug)]
enum Page {
    File(Vec<u8>),
    Location(u16, Vec<u8>),
}

/// Why a text did not become a proxy.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A line that is no rule and that these tests do not understand.
    Beyond(String),
    Refused(String),
    Unsupported(String),
}

impl Env for Proxy {
    fn proxy_name(&self, proxy: usize) -> &str {
        ["fe", "be"].get(proxy).copied().unwrap_or_default()
    }

    fn map(&self, map: usize) -> Option<&Map> {
        self.maps.get(map)
    }

    fn table(&self, table: usize) -> Option<&Arc<Table>> {
        self.tables.get(table)
    }

    fn server_name(&self, _: usize, _: usize) -> &str {
        "s1"
    }

    fn proxy(&self, proxy: usize, what: ProxyFact) -> Option<i64> {
        Some(match what {
            ProxyFact::UsableServers => proxy as i64,
            _ => 1 - proxy as i64,
        })
    }

    fn server(&self, _: usize, _: usize, _: ServerFact) -> Option<i64> {
        Some(1)
    }

    fn process(&self, _: ProcessFact) -> i64 {
        1
    }

    fn proc_var(&self, id: VarId) -> Option<Value<'static>> {
        self.proc_vars.borrow().get(&id).cloned()
    }

    fn set_proc_var(&self, id: VarId, value: Option<Value<'static>>) {
        match value {
            Some(value) => self.proc_vars.borrow_mut().insert(id, value),
            None => self.proc_vars.borrow_mut().remove(&id),
        };
    }

    fn authenticate(&self, list: usize, user: &[u8], password: &[u8]) -> bool {
        self.userlists.get(list).is_some_and(|list| list.check(user, password))
    }

    fn in_group(&self, list: usize, user: &[u8], group: &[u8]) -> bool {
        self.userlists.get(list).is_some_and(|list| list.in_group(user, group))
    }

    fn error_page(&self, _: usize, status: u16) -> Option<ErrorPage<'_>> {
        self.pages.iter().find(|(known, _)| *known == status).map(|(_, page)| match page {
            Page::File(raw) => ErrorPage::File(raw),
            Page::Location(code, url) => ErrorPage::Location(*code, url),
        })
    }
}

impl Proxy {
    /// Reads a configuration of sections; lines behind `frontend` and `backend` are rules.
    pub(crate) fn new(text: &[u8], world: &World) -> Result<Proxy, Refusal> {
        let mut files = Files::default();
        let id = files.add("t.cfg", text);
        let names = ["global", "frontend", "backend", "userlist", "http-errors"];
        let parsed = syntax::parse(&files, &[id], &mut syntax::Env::new(&names));
        if parsed.diagnostics.fatal() {
            return Err(Refusal::Refused(messages(&parsed.diagnostics)));
        }
        let mut builder = Builder { world, ..Builder::new(world) };
        for section in &parsed.sections {
            let name = section.header.args().first().map(|word| word.text.clone()).unwrap_or_default();
            builder.section(&section.header.keyword().text, name, &section.lines)?;
        }
        Ok(builder.proxy)
    }

    /// The flow of a ruleset on one side, from the first rule.
    pub(crate) fn run(&self, side: usize, ruleset: Ruleset, stream: &mut Stream) -> rules::Flow {
        let none = Vec::new();
        let list = self.rules[side].get(&ruleset).unwrap_or(&none);
        self.run_all(list, ruleset.places(side == 0, side == 1), stream)
    }

    pub(crate) fn run_all(&self, list: &[Arc<Rule>], place: Places, stream: &mut Stream) -> rules::Flow {
        let mut from = 0;
        loop {
            match rules::run(list, stream, self, place, from, true) {
                (rules::Flow::Pause(_) | rules::Flow::Hints(_) | rules::Flow::WaitForBody { .. }, next) => from = next,
                (flow, _) => return flow,
            }
        }
    }
}

struct Builder<'w> {
    world: &'w World,
    proxy: Proxy,
    vars: VarNames,
    http_errors: rules::parse::HttpErrors,
    experimental: bool,
}

impl<'w> Builder<'w> {
    fn new(world: &'w World) -> Builder<'w> {
        let proxy = Proxy { tables: vec![Arc::new(table())], ..Proxy::default() };
        let http_errors = HashMap::new();
        Builder { world, proxy, vars: VarNames::default(), http_errors, experimental: false }
    }

    fn section(&mut self, kind: &[u8], name: Vec<u8>, lines: &[syntax::Directive]) -> Result<(), Refusal> {
        match kind {
            b"userlist" => self.userlist(name, lines),
            b"http-errors" => self.http_errors(name, lines),
            b"global" => {
                self.experimental |= lines.iter().any(|line| line.keyword().is("expose-experimental-directives"));
                Ok(())
            }
            _ => self.rules(usize::from(kind == b"backend"), &name, lines),
        }
    }

    fn userlist(&mut self, name: Vec<u8>, lines: &[syntax::Directive]) -> Result<(), Refusal> {
        let mut list = Userlist { name, users: Vec::new(), groups: Vec::new() };
        for line in lines.iter().filter(|line| line.keyword().is("user")) {
            let word = |at: usize| line.words.get(at).map(|word| word.text.clone()).unwrap_or_default();
            let password = match word(2).as_slice() {
                b"password" => userlist::Password::Hashed(word(3)),
                _ => userlist::Password::Plain(word(3)),
            };
            list.users.push(userlist::User { name: word(1), password, groups: Vec::new() });
        }
        for line in lines.iter().filter(|line| line.keyword().is("group")) {
            let [_, group, _, users] = &line.words[..] else { continue };
            list.groups.push(group.text.clone());
            for user in &mut list.users {
                if users.text.split(|b| *b == b',').any(|name| name == user.name) {
                    user.groups.push(group.text.clone());
                }
            }
        }
        self.proxy.userlists.push(list);
        Ok(())
    }

    fn http_errors(&mut self, name: Vec<u8>, lines: &[syntax::Directive]) -> Result<(), Refusal> {
        let mut pages = Vec::new();
        for line in lines {
            let [_, status, file] = &line.words[..] else { continue };
            pages.push((number(status), self.world.read(&file.text).map_err(Refusal::Refused)?));
        }
        self.http_errors.insert(name, pages);
        Ok(())
    }

    fn rules(&mut self, side: usize, name: &[u8], lines: &[syntax::Directive]) -> Result<(), Refusal> {
        let (mut diagnostics, mut acls) = (Diagnostics::default(), Acls::default());
        let mut parsed: Vec<(Option<Ruleset>, Rule)> = Vec::new();
        for line in lines {
            let mut parse = ParseRules {
                diagnostics: &mut diagnostics,
                vars: &mut self.vars,
                acls: &mut acls,
                outside: self.world,
                http_errors: &self.http_errors,
                captures: &mut self.proxy.captures,
                proxy: name,
                frontend: side == 0,
                backend: side == 1,
                experimental: self.experimental,
                stick_counters: 3,
            };
            let span = line.keyword().span;
            if line.keyword().is("acl") {
                rules::parse_acl(span, line.args(), &mut parse);
            } else if line.keyword().is("redirect") {
                parsed.extend(rules::parse_redirect(span, line.args(), &mut parse).map(|rule| (None, rule)));
            } else if let Some((ruleset, rest)) = ruleset(&line.words) {
                parsed.extend(rules::parse_rule(ruleset, span, rest, &mut parse).map(|rule| (Some(ruleset), rule)));
            } else {
                self.other(side, &line.words)?;
            }
        }
        let lists: Vec<Vec<u8>> = self.proxy.userlists.iter().map(|list| list.name.clone()).collect();
        let mut unknown = None;
        let mut resolve = |name: &mut Name| {
            name.id = match name.kind {
                // A set that no ACL of these tests shares.
                ArgKind::AclSet => Some((0, 0)),
                ArgKind::AnyMap => map(name, None, &mut self.proxy.maps, self.world),
                ArgKind::Map(how) => map(name, Some(how), &mut self.proxy.maps, self.world),
                _ => id(name, &lists),
            };
            if name.id.is_none() {
                unknown = Some(format!("unknown name {}", String::from_utf8_lossy(&name.text)));
            }
        };
        acls.names(&mut resolve);
        parsed.iter_mut().for_each(|(_, rule)| rule.action.names(&mut resolve));
        acls.finish(&self.proxy.userlists, &mut diagnostics);
        if diagnostics.fatal() {
            let refusal = messages(&diagnostics);
            let gap = diagnostics.iter().any(|finding| finding.code == "not-supported");
            return Err(if gap { Refusal::Unsupported(refusal) } else { Refusal::Refused(refusal) });
        }
        if let Some(unknown) = unknown {
            return Err(Refusal::Refused(unknown));
        }
        for (ruleset, rule) in parsed {
            match ruleset {
                Some(ruleset) => self.proxy.rules[side].entry(ruleset).or_default().push(Arc::new(rule)),
                None => self.proxy.redirects[side].push(Arc::new(rule)),
            }
        }
        Ok(())
    }

    /// A line that is not a rule.
    fn other(&mut self, side: usize, words: &[Word]) -> Result<(), Refusal> {
        let text: Vec<_> = words.iter().map(Word::show).collect();
        match text.iter().map(|word| &**word).collect::<Vec<_>>()[..] {
            ["timeout" | "server", ..] => {}
            ["declare", "capture", "request", "len", len] => self.proxy.captures.request.push(len.parse().unwrap_or(0)),
            ["declare", "capture", "response", "len", len] => {
                self.proxy.captures.response.push(len.parse().unwrap_or(0));
            }
            ["errorfile", _, file] => {
                let raw = self.world.read(file.as_bytes()).map_err(Refusal::Refused)?;
                self.proxy.pages.push((number(&words[1]), Page::File(raw)));
            }
            ["errorfiles", name] => {
                let pages = self.http_errors.get(name.as_bytes()).cloned().unwrap_or_default();
                self.proxy.pages.extend(pages.into_iter().map(|(status, raw)| (status, Page::File(raw))));
            }
            ["errorloc302" | "errorloc303", _, url] => {
                let code = if words[0].is("errorloc303") { 303 } else { 302 };
                self.proxy.pages.push((number(&words[1]), Page::Location(code, url.as_bytes().to_vec())));
            }
            _ => return Err(Refusal::Beyond(format!("{} in {side}", text.join(" ")))),
        }
        Ok(())
    }
}

/// The number of a map, read on its first use; one that is virtual, or of examples, has nothing in it.
fn map(name: &Name, how: Option<Match>, maps: &mut Vec<Map>, world: &World) -> Option<(usize, usize)> {
    let at = maps.iter().position(|map| map.name == name.text).or_else(|| {
        let virtual_one = name.text.starts_with(b"virt@") || name.text == b"f";
        let text = if virtual_one { Vec::new() } else { world.read(&name.text).ok()? };
        maps.push(Map::of_text(&name.text, &text));
        Some(maps.len() - 1)
    })?;
    let fits = how.is_none_or(|how| maps[at].use_as(how, false).is_ok());
    fits.then_some((at, 0))
}

/// A table of strings with a little of everything.
fn table() -> Table {
    let store = [Data::ConnCnt, Data::ConnCur, Data::HttpReqCnt, Data::HttpErrCnt, Data::HttpFailCnt];
    let single = store.into_iter().map(|data| Stored { data, count: 1, period: 0 });
    let arrays = [Data::Gpt, Data::Gpc].into_iter().map(|data| Stored { data, count: 2, period: 0 });
    Table::new(Spec {
        name: b"t".to_vec(),
        key: KeyType::String(32),
        size: 10,
        expire: None,
        nopurge: false,
        server_key: ServerKey::Name,
        bytes_factor: 1,
        store: single.chain(arrays).collect(),
    })
}

fn ruleset(words: &[Word]) -> Option<(Ruleset, &[Word])> {
    Ruleset::ALL.into_iter().find_map(|ruleset| {
        let name: Vec<&str> = ruleset.name().split(' ').collect();
        let (start, rest) = words.split_at_checked(name.len())?;
        start.iter().zip(&name).all(|(word, name)| word.is(name)).then_some((ruleset, rest))
    })
}

fn id(name: &Name, userlists: &[Vec<u8>]) -> Option<(usize, usize)> {
    if name.kind == ArgKind::Userlist {
        return userlists.iter().position(|list| *list == name.text).map(|list| (list, 0));
    }
    match &name.text[..] {
        b"t" => Some((0, 0)),
        b"fe" => Some((0, 0)),
        b"be" | b"be/s1" | b"s1" => Some((1, 0)),
        _ => None,
    }
}

fn number(word: &Word) -> u16 {
    word.str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn messages(diagnostics: &Diagnostics) -> String {
    let alerts = diagnostics.iter().filter(|finding| finding.severity == source::Severity::Alert);
    alerts.map(|finding| finding.message.as_str()).collect::<Vec<_>>().join("; ")
}
