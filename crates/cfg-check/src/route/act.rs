//! What a rule does: it is carried out, and what becomes unknown by it is remembered.

use super::{
    End,
    judge::Court,
    known::{self, Fact, World},
    unread::{self, Unread},
};
use crate::view::{Line, Proxy};
use rules::{Flow, Rule, Ruleset};
use sample::Places;
use source::Word;
use std::sync::Arc;

/// What follows from a rule.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// On to the next one; with what it did, if that is worth a word.
    On(String),
    /// The rest of the ruleset is skipped.
    Stop,
    End(End),
    /// HTTP is spoken from here on.
    Http,
}

/// What kind of thing an action changes.
#[derive(Debug, Clone, Copy)]
enum Change {
    Captures,
    Dst,
    /// The header that the first word names.
    Header,
    Headers,
    Method,
    Src,
    Url,
    Var,
}

/// The actions that change something, what, and whether it is wholly new afterwards.
const CHANGES: &[(&str, Change, bool)] = &[
    ("add-header", Change::Header, false),
    ("add-headers-bin", Change::Headers, false),
    ("capture", Change::Captures, false),
    ("del-header", Change::Header, true),
    ("del-headers-bin", Change::Headers, false),
    ("normalize-uri", Change::Url, false),
    ("replace-header", Change::Header, false),
    ("replace-path", Change::Url, false),
    ("replace-pathq", Change::Url, false),
    ("replace-uri", Change::Url, false),
    ("replace-value", Change::Header, false),
    ("set-dst", Change::Dst, false),
    ("set-dst-port", Change::Dst, true),
    ("set-header", Change::Header, true),
    ("set-headers-bin", Change::Headers, false),
    ("set-method", Change::Method, true),
    ("set-path", Change::Url, false),
    ("set-pathq", Change::Url, true),
    ("set-query", Change::Url, false),
    ("set-src", Change::Src, true),
    ("set-uri", Change::Url, true),
    ("set-var", Change::Var, true),
    ("set-var-fmt", Change::Var, true),
    ("unset-var", Change::Var, true),
];

/// The actions whose first word is an expression, not a format.
const EXPRESSIONS: &[&str] = &["capture", "set-dst", "set-dst-port", "set-src", "set-src-port", "set-var"];

/// Methods that samples go on to tell when `set-method` has put another in their place.
const KEPT: &[&[u8]] = &[b"CONNECT", b"DELETE", b"GET", b"HEAD", b"OPTIONS", b"POST", b"PUT", b"TRACE"];

/// An action as written: its name, what is glued to it, and its words.
pub(super) struct Said<'p> {
    pub(super) name: &'p [u8],
    glued: &'p [u8],
    words: &'p [Word],
}

impl<'p> Said<'p> {
    /// The action of a line whose ruleset has so many words; a `redirect` line is its own.
    pub(super) fn of(line: &Line<'p>, set: Ruleset) -> Option<Said<'p>> {
        let at = if line.is("redirect") { 0 } else { set.name().split(' ').count() };
        let (first, words) = line.body().get(at..)?.split_first()?;
        let text = first.bytes();
        let end = text.iter().position(|b| *b == b'(').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let glued = rest.strip_prefix(b"(").and_then(|rest| rest.strip_suffix(b")")).unwrap_or(&[]);
        Some(Said { name, glued, words })
    }

    fn change(&self) -> Option<(Change, bool)> {
        let found = CHANGES.iter().find(|(name, ..)| name.as_bytes() == self.name);
        found.map(|(_, change, whole)| (*change, *whole))
    }

    /// What it changes.
    fn fact(&self, court: &Court<'_, '_>) -> Option<Fact> {
        let (change, _) = self.change()?;
        Some(match change {
            Change::Captures => Fact::Captures,
            Change::Dst => Fact::Dst,
            // A pattern of names stands for any.
            Change::Header if self.words.iter().any(|word| word.is("-m")) => Fact::Headers,
            Change::Header => Fact::Header(self.words.first()?.bytes().to_ascii_lowercase()),
            Change::Headers => Fact::Headers,
            Change::Method => Fact::Method,
            Change::Src => Fact::Src,
            Change::Url => Fact::Url,
            Change::Var => Fact::Var(court.var(self.glued.split(|b| *b == b',').next()?)?),
        })
    }

    /// Whether all that it is made of is known.
    fn inputs(&self, world: &World, court: &Court<'_, '_>) -> Result<(), String> {
        let is_expression = EXPRESSIONS.iter().any(|name| name.as_bytes() == self.name);
        if let Some(word) = self.words.first().filter(|_| is_expression) {
            return match court.expr(word) {
                Some(expr) => known::expr(&expr, world, court),
                None => Err(format!("'{}' is not something that a file tells", word.show())),
            };
        }
        for word in self.words.iter().filter(|word| word.bytes().contains(&b'%')) {
            match court.format(word) {
                Some(format) => known::format(&format, world, court)?,
                None => return Err(format!("'{}' is not something that a file tells", word.show())),
            }
        }
        if self.name == b"redirect" {
            world.header(b"host")?;
            world.is_known(&Fact::Url)?;
        }
        Ok(())
    }

    /// Remembers that what it changes is not known afterwards.
    pub(super) fn lose(&self, world: &mut World, court: &Court<'_, '_>, why: &str) {
        if let Some(fact) = self.fact(court) {
            world.lost.insert(fact, why.into());
        }
    }

    /// Whether it may end a request's way.
    pub(super) fn may_end(&self) -> bool {
        self.change().is_none()
    }
}

/// Carries out the rule of a line.
pub(super) fn obey<'p>(
    line: &Line<'p>,
    set: Ruleset,
    place: Places,
    proxy: &Proxy<'p>,
    world: &mut World,
    court: &Court<'_, 'p>,
) -> Outcome {
    let Some(said) = Said::of(line, set) else { return Outcome::On(String::new()) };
    let inputs = said.inputs(world, court);
    let known = of_line(proxy, set, line);
    let made = if known.is_none() { court.rule(set, rule_words(line, set), proxy) } else { None };
    let Some(rule) = known.as_deref().or(made.as_ref()) else { return unread(&said, line, world, court) };
    let method = world.stream.req.method().to_vec();
    let flow = rule.action.run(&mut world.stream, &court.env(), place);
    if said.name == b"set-method" && KEPT.contains(&method.as_slice()) {
        world.stream.req.set_method(&method);
        return Outcome::On(format!("rules still see {}", String::from_utf8_lossy(&method)));
    }
    match flow {
        Flow::Continue | Flow::Wait | Flow::WaitForBody { .. } | Flow::Pause(_) | Flow::ExpectProxy => {
            Outcome::On(note(&said, inputs, world, court))
        }
        Flow::Strict(on) => {
            world.stream.lenient = !on;
            Outcome::On(String::new())
        }
        Flow::Stop => Outcome::Stop,
        Flow::SwitchMode(_) => Outcome::Http,
        Flow::Failed if world.stream.lenient => Outcome::On(String::new()),
        flow => Outcome::End(end(flow, line, inputs.is_ok())),
    }
}

/// Takes note of what is known now, and tells what a rule has made of the request.
fn note(said: &Said<'_>, inputs: Result<(), String>, world: &mut World, court: &Court<'_, '_>) -> String {
    let (Some(fact), Some((_, whole))) = (said.fact(court), said.change()) else { return String::new() };
    if let Err(why) = inputs {
        world.lost.insert(fact, why.clone());
        return format!("to what is not known: {why}");
    }
    // `ifnotexists` and its like may leave a variable as it is.
    if whole && !said.glued.contains(&b',') {
        world.lost.remove(&fact);
    }
    let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match &fact {
        Fact::Url if world.is_known(&fact).is_ok() => format!("the target is {}", show(world.stream.req.target())),
        Fact::Method => format!("the method is {}", show(world.stream.req.method())),
        _ => String::new(),
    }
}

fn end(flow: Flow, line: &Line<'_>, known: bool) -> End {
    let by = line.span();
    match flow {
        Flow::Answer(reply) | Flow::Tarpit(reply) if !reply.silent => {
            let location = reply.head.field(b"location").map(|text| String::from_utf8_lossy(text).into_owned());
            let status = reply.status.unwrap_or(reply.head.status());
            End::Answer { status, location: location.filter(|_| known), by: Some(by) }
        }
        Flow::Service(name) => End::Service { name: name.into(), by },
        Flow::Failed => End::Answer { status: 500, location: None, by: Some(by) },
        _ => End::Closed { by },
    }
}

fn unread(said: &Said<'_>, line: &Line<'_>, world: &mut World, court: &Court<'_, '_>) -> Outcome {
    let name = String::from_utf8_lossy(said.name).into_owned();
    let why = format!("'{name}' depends on what happens while HAProxy runs");
    let mut lose = |fact: Fact| {
        world.lost.insert(fact, why.clone());
    };
    match unread::find(said.name) {
        Unread::Answers => {
            let name = said.words.first().map(|word| word.show().into_owned()).unwrap_or_default();
            return Outcome::End(End::Service { name, by: line.span() });
        }
        Unread::Anything => {
            [Fact::Headers, Fact::Method, Fact::Url, Fact::Vars].into_iter().for_each(&mut lose);
            return Outcome::On("may change the request, or answer it".into());
        }
        Unread::Nothing => {}
        Unread::SetsVar => {
            let var = said.glued.split(|b| *b == b',').next().and_then(|name| court.var(name));
            lose(var.map_or(Fact::Vars, Fact::Var));
        }
        Unread::SetsVars => lose(Fact::Vars),
    }
    Outcome::On(String::new())
}

/// The words of a line behind those of its ruleset, without its condition.
fn rule_words<'p>(line: &Line<'p>, set: Ruleset) -> &'p [Word] {
    let at = if line.is("redirect") { 0 } else { set.name().split(' ').count() };
    line.body().get(at..).unwrap_or(&[])
}

/// The rule that a line became.
fn of_line(proxy: &Proxy<'_>, set: Ruleset, line: &Line<'_>) -> Option<Arc<Rule>> {
    let rules = &proxy.ir.rules;
    let list = match set {
        Ruleset::TcpRequestConnection => &rules.tcp_request_connection,
        Ruleset::TcpRequestSession => &rules.tcp_request_session,
        Ruleset::TcpRequestContent => &rules.tcp_request_content,
        Ruleset::HttpRequest => &rules.http_request,
        _ => return None,
    };
    let at = line.span();
    list.iter().find(|rule| rule.span.file == at.file && (at.start..at.end).contains(&rule.span.start)).cloned()
}
