//! The life of a request up to its backend, in HAProxy's order (manual, sections 1.3 and 4.4).

use super::{
    Assumed, End, Path, Request, Seen, Step,
    act::{self, Outcome, Said},
    frontend::Entry,
    judge::{self, Court, Scene},
    known::{self, World},
};
use crate::view::{Condition, Line, Proxy};
use config::{Mode, ir::Target, keyword::cookie::CookieMode};
use rules::Ruleset;
use sample::{Cx, Places};
use source::{Span, Word};
use std::collections::HashMap;

/// Ways that are told at most.
const WAYS: usize = 64;
/// Things that are taken for granted at most only to see what a rule changes by which no way ends.
const ASSUMED: usize = 6;

/// Follows a request on every way that it may take. Answers whether there are more than are told.
pub(super) fn every_way<'v, 'p>(
    court: &Court<'v, 'p>,
    entry: &Entry<'v, 'p>,
    request: &Request,
    out: &mut Vec<Path>,
) -> bool {
    let (mut script, mut paths) = (Vec::new(), Vec::new());
    let truncated = loop {
        let path = Walk::new(court, entry, request, &script).path();
        script = path.assumed.iter().map(|assumed| assumed.holds).collect();
        paths.push(path);
        // The last thing that was taken to hold is taken not to hold the next time.
        while script.last() == Some(&false) {
            script.pop();
        }
        match script.last_mut() {
            None => break false,
            Some(last) => *last = false,
        }
        if paths.len() == WAYS {
            break true;
        }
    };
    merge(&mut paths);
    out.extend(paths);
    truncated
}

/// Two ways that end alike whatever the last thing is that they assume are one.
fn merge(paths: &mut Vec<Path>) {
    let alike = |pair: &[Path]| match (pair[0].assumed.split_last(), pair[1].assumed.split_last()) {
        (Some((a, before)), Some((b, also))) => before == also && a.test == b.test && pair[0].end == pair[1].end,
        _ => false,
    };
    while let Some(at) = paths.windows(2).position(alike) {
        let other = paths.remove(at + 1);
        let Some(path) = paths.get_mut(at) else { return };
        path.assumed.pop();
        for step in &mut path.steps {
            let twin = other.steps.iter().find(|twin| twin.line == step.line && twin.section == step.section);
            if twin.is_none_or(|twin| twin.matches != step.matches) {
                (step.matches, step.effect) = (None, "whether it matches changes nothing of the way".into());
                step.tests.clear();
            }
        }
    }
}

struct Walk<'s, 'v, 'p> {
    court: &'s Court<'v, 'p>,
    frontend: &'v Proxy<'p>,
    request: &'s Request,
    world: World,
    script: &'s [bool],
    assumed: Vec<Assumed>,
    steps: Vec<Step>,
}

impl<'s, 'v, 'p> Walk<'s, 'v, 'p> {
    fn new(court: &'s Court<'v, 'p>, entry: &Entry<'v, 'p>, request: &'s Request, script: &'s [bool]) -> Self {
        let frontend = entry.proxy;
        let mut stream = request.stream(frontend.ir.mode == Mode::Http, entry.bind);
        stream.frontend = court.number(frontend);
        let mut world = World { stream, lost: HashMap::new() };
        capture(frontend, &mut world);
        Walk { court, frontend, request, world, script, assumed: Vec::new(), steps: Vec::new() }
    }

    fn path(mut self) -> Path {
        let end = self.live().unwrap_or_else(|end| end);
        let (frontend, place) = (self.frontend.show(), self.frontend.span());
        Path { frontend, place, assumed: self.assumed, steps: self.steps, end }
    }

    /// Every step of a request that goes well; the error is an early end.
    fn live(&mut self) -> Result<End, End> {
        let fe = self.frontend;
        self.rules(fe, Ruleset::TcpRequestConnection, Places::FE_CONNECTION)?;
        self.rules(fe, Ruleset::TcpRequestSession, Places::FE_SESSION)?;
        self.monitor(fe)?;
        self.rules(fe, Ruleset::TcpRequestContent, Places::FE_REQ_CONTENT)?;
        if self.world.stream.is_http {
            self.rules(fe, Ruleset::HttpRequest, Places::FE_HTTP_REQ)?;
            self.statistics(fe)?;
        }
        let (be, by, why) = self.choose()?;
        if be.ir.disabled {
            let (name, place) = (be.name.show().into_owned(), be.span());
            return Ok(End::Backend { name, place, by, servers: Vec::new(), why: format!("{why}; it is disabled") });
        }
        if be.ir.mode == Mode::Http && !self.world.stream.is_http {
            self.request.speak(&mut self.world.stream);
        }
        if !std::ptr::eq(be.ir, fe.ir) {
            self.rules(be, Ruleset::TcpRequestContent, Places::BE_REQ_CONTENT)?;
            if self.world.stream.is_http {
                self.rules(be, Ruleset::HttpRequest, Places::BE_HTTP_REQ)?;
                self.statistics(be)?;
            }
        }
        let (servers, how) = self.servers(be);
        let why = if how.is_empty() { why } else { format!("{why}; {how}") };
        Ok(End::Backend { name: be.name.show().into_owned(), place: be.span(), by, servers, why })
    }

    /// The lines of a ruleset, one after the other.
    fn rules(&mut self, proxy: &'v Proxy<'p>, set: Ruleset, place: Places) -> Result<(), End> {
        let mut lines: Vec<Line<'p>> = proxy.lines.iter().filter(|line| line.is(set.name())).copied().collect();
        if set == Ruleset::HttpRequest {
            // These run behind the others, wherever they stand.
            lines.extend(proxy.lines.iter().filter(|line| line.is("redirect")));
        }
        for line in lines.iter().filter(|line| !line.negated) {
            let said = Said::of(line, set);
            let ends = said.as_ref().is_none_or(Said::may_end);
            let Some(holds) = self.holds(proxy, line, place, ends) else {
                let why = "it depends on a rule of which nobody knows whether it matches";
                said.into_iter().for_each(|said| said.lose(&mut self.world, self.court, why));
                continue;
            };
            if !holds {
                continue;
            }
            match act::obey(line, set, place, proxy, &mut self.world, self.court) {
                Outcome::On(effect) => {
                    if let Some(step) = self.steps.last_mut() {
                        step.effect = effect;
                    }
                }
                Outcome::Stop => break,
                Outcome::End(end) => return Err(end),
                Outcome::Http => self.request.speak(&mut self.world.stream),
            }
        }
        Ok(())
    }

    /// Whether a line's condition holds, which becomes a step. What is not known is assumed; `None` where that is
    /// not worth it, because no way ends by it.
    fn holds(&mut self, proxy: &'v Proxy<'p>, line: &Line<'p>, place: Places, ends: bool) -> Option<bool> {
        let condition = line.condition();
        let holds = self.decide(proxy, condition.as_ref(), place, ends);
        let (matches, tests) = match holds {
            Some((holds, tests)) => (Some(holds), tests),
            None => (None, Vec::new()),
        };
        self.step(proxy, line, matches, tests);
        matches
    }

    fn decide(
        &mut self,
        proxy: &'v Proxy<'p>,
        condition: Option<&Condition<'p>>,
        place: Places,
        ends: bool,
    ) -> Option<(bool, Vec<Seen>)> {
        loop {
            let scene = Scene { proxy, world: &self.world, place, assumed: &self.assumed };
            match self.court.holds(condition, scene) {
                Ok(ruling) => return Some(ruling),
                Err(_) if !ends && self.assumed.len() >= ASSUMED => return None,
                Err(open) => {
                    let holds = self.script.get(self.assumed.len()).copied().unwrap_or(true);
                    self.assumed.push(Assumed { test: open.test, holds, why: open.why });
                }
            }
        }
    }

    fn step(&mut self, proxy: &Proxy<'p>, line: &Line<'p>, matches: Option<bool>, tests: Vec<Seen>) {
        let (section, text) = (proxy.show(), judge::text(line.words));
        self.steps.push(Step { section, line: line.span(), text, matches, tests, effect: String::new() });
    }

    /// `monitor-uri`, answered before any rule.
    fn monitor(&mut self, fe: &'v Proxy<'p>) -> Result<(), End> {
        let asked = self.world.stream.is_http && fe.ir.monitor_uri.as_deref() == Some(self.world.stream.req.target());
        let Some(uri) = fe.last("monitor-uri").filter(|_| asked) else { return Ok(()) };
        self.step(fe, &uri, Some(true), Vec::new());
        let lines: Vec<Line<'p>> = fe.said("monitor fail").collect();
        for line in lines {
            if self.holds(fe, &line, Places::FE_HTTP_REQ, true) == Some(true) {
                return Err(End::Answer { status: 503, location: None, by: Some(line.span()) });
            }
        }
        Err(End::Answer { status: 200, location: None, by: Some(uri.span()) })
    }

    /// The statistics page, where the proxy has one and the request asks for it.
    fn statistics(&mut self, proxy: &'v Proxy<'p>) -> Result<(), End> {
        let Some(stats) = &proxy.ir.stats else { return Ok(()) };
        let req = &self.world.stream.req;
        if !matches!(req.method(), b"GET" | b"HEAD" | b"POST") || !req.target().starts_with(&stats.uri) {
            return Ok(());
        }
        let line = ["stats uri", "stats enable", "stats"].iter().find_map(|words| proxy.last(words));
        let by = line.map_or(proxy.span(), |line| line.span());
        if let Some(line) = line {
            self.step(proxy, &line, Some(true), Vec::new());
        }
        Err(End::Service { name: "statistics page".into(), by })
    }

    /// `use_backend` in order, then `default_backend`; a `listen` section is its own. With the line, and why.
    fn choose(&mut self) -> Result<(&'v Proxy<'p>, Span, String), End> {
        let fe = self.frontend;
        let mut missed = None;
        for route in fe.routes().iter().filter(|route| !route.is_default) {
            if self.holds(fe, &route.line, Places::FE_SET_BACKEND, true) != Some(true) {
                continue;
            }
            let by = route.line.span();
            let name = match route.is_dynamic() {
                true => self.computed(route.line.span(), route.target)?,
                false => route.target.bytes().to_vec(),
            };
            let shown = String::from_utf8_lossy(&name).into_owned();
            match self.court.view.backend(&name) {
                Some(be) => return Ok((be, by, route_text(&route.line, &shown))),
                None if route.is_dynamic() => missed = Some(shown),
                None => return Err(End::Nobody),
            }
            // A name that is no backend ends the search: `default_backend` takes the request.
            break;
        }
        let default = fe.routes().iter().find(|route| route.is_default);
        let missed = missed.map(|name| format!(", since '{name}' is no backend")).unwrap_or_default();
        if let Some(route) = default {
            self.step(fe, &route.line, Some(true), Vec::new());
            let be = self.court.view.backend(route.target.bytes()).ok_or(End::Nobody)?;
            return Ok((be, route.line.span(), format!("{}{missed}", judge::text(route.line.words))));
        }
        if fe.is_backend() {
            return Ok((fe, fe.span(), "a listen section is its own backend".into()));
        }
        Err(End::Nobody)
    }

    /// The name that a `use_backend` with a format makes.
    fn computed(&self, by: Span, word: &Word) -> Result<Vec<u8>, End> {
        let inside = |span: Span| by.file == span.file && (by.start..=by.end).contains(&span.start);
        let rule = self.frontend.ir.switching.iter().find(|rule| inside(rule.span));
        let made = self.court.format(word);
        let format = match rule.map(|rule| &rule.target) {
            Some(Target::Named(format)) => Some(format),
            _ => made.as_ref(),
        };
        let Some(format) = format else {
            let why = format!("'{}' is not something that a file tells", word.show());
            return Err(End::Unknown { why, by });
        };
        known::format(format, &self.world, self.court).map_err(|why| End::Unknown { why, by })?;
        let (env, mut name) = (self.court.env(), Vec::new());
        format.render(&Cx { stream: &self.world.stream, env: &env, place: Places::FE_SET_BACKEND }, &mut name);
        Ok(name)
    }

    /// The servers that may get the request, and why these.
    fn servers(&mut self, be: &'v Proxy<'p>) -> (Vec<String>, String) {
        if let Some((server, why)) = self.cookie(be) {
            return (vec![server], why);
        }
        let lines: Vec<Line<'p>> = be.said("use-server").collect();
        for line in lines {
            let Some(name) = line.word(1).filter(|name| !name.bytes().contains(&b'%')) else { continue };
            let known = be.servers().iter().any(|server| server.name.bytes() == name.bytes());
            if self.holds(be, &line, Places::BE_SET_SERVER, true) == Some(true) && known {
                return (vec![name.show().into_owned()], judge::text(line.words));
            }
        }
        let usable = be.ir.servers.iter().filter(|server| !server.disabled && server.weight > 0);
        let (backups, servers): (Vec<_>, Vec<_>) = usable.partition(|server| server.backup);
        let servers = if servers.is_empty() { backups } else { servers };
        (servers.iter().map(|server| String::from_utf8_lossy(&server.name).into_owned()).collect(), String::new())
    }

    /// The server that the client's cookie names, if it is up.
    fn cookie(&self, be: &Proxy<'p>) -> Option<(String, String)> {
        let cookie = be.ir.cookie.as_ref()?;
        self.world.header(b"cookie").ok()?;
        let pairs = self.world.stream.req.all(b"cookie").flat_map(|value| value.split(|b| *b == b';'));
        let mut values = pairs.filter_map(|pair| {
            let at = pair.iter().position(|b| *b == b'=')?;
            let (name, value) = (pair.get(..at)?.trim_ascii(), pair.get(at + 1..)?.trim_ascii());
            (name == cookie.name).then_some(value)
        });
        let value = values.next()?;
        let cut = if cookie.mode == CookieMode::Prefix { b'~' } else { b'|' };
        let value = value.split(|b| *b == cut).next()?;
        let found = be.ir.servers.iter().find(|server| server.cookie.as_deref() == Some(value) && !server.disabled)?;
        let name = String::from_utf8_lossy(&found.name).into_owned();
        Some((name, format!("cookie {} names its server", String::from_utf8_lossy(&cookie.name))))
    }
}

/// The line of a route; with the name that it made, if it made one.
fn route_text(line: &Line<'_>, name: &str) -> String {
    let text = judge::text(line.words);
    if line.word(1).is_some_and(|word| word.is(name)) { text } else { format!("{text} (which is '{name}')") }
}

/// `capture request header`, which comes before all rules on HTTP.
fn capture(frontend: &Proxy<'_>, world: &mut World) {
    let value = |name: &[u8], len: usize| {
        let value = world.stream.req.all(name).next_back().filter(|_| !name.is_empty())?;
        Some(value.get(..len).unwrap_or(value).to_vec())
    };
    let captures = frontend.ir.req_captures.iter().map(|slot| value(&slot.name, slot.len)).collect();
    world.stream.req_captures = captures;
    world.stream.res_captures = vec![None; frontend.ir.res_captures.len()];
}
