//! A frontend, backend or listen section.

use super::{Bind, Condition, Line, Server, Term, Test};
use config::Kind;
use source::{Span, Word};
use std::collections::HashMap;
use syntax::{Directive, Section};

#[derive(Debug)]
pub struct Proxy<'p> {
    pub name: &'p Word,
    pub header: &'p Directive,
    /// Those of its `defaults` first.
    pub lines: Vec<Line<'p>>,
    /// What it means.
    pub ir: &'p config::Proxy,
    /// Whether it speaks HTTP, see [`View`](super::View).
    pub http: bool,
    // What nearly every rule asks for is made once.
    tests: Vec<Test<'p>>,
    /// The ACLs by their names.
    named: HashMap<&'p [u8], Vec<Test<'p>>>,
    servers: Vec<Server<'p>>,
    routes: Vec<Route<'p>>,
}

/// A line that names a backend.
#[derive(Debug, Clone)]
pub struct Route<'p> {
    pub line: Line<'p>,
    pub target: &'p Word,
    /// `None` for `default_backend` and for a `use_backend` that is always obeyed.
    pub condition: Option<Condition<'p>>,
    pub is_default: bool,
}

impl Route<'_> {
    /// Whether the name is computed for each stream.
    pub fn is_dynamic(&self) -> bool {
        !self.is_default && self.target.bytes().contains(&b'%')
    }
}

impl<'p> Proxy<'p> {
    pub(super) fn new(
        name: &'p Word,
        section: &'p Section,
        inherited: &[&'p Directive],
        ir: &'p config::Proxy,
    ) -> Proxy<'p> {
        let before = inherited.iter().map(|line| Line::new(line, true));
        let lines: Vec<Line<'p>> = before.chain(section.lines.iter().map(|line| Line::new(line, false))).collect();
        let (tests, servers, routes) = (tests(&lines), Server::all(&lines), routes(&lines));
        let http = ir.mode == config::Mode::Http;
        let mut named: HashMap<&'p [u8], Vec<Test<'p>>> = HashMap::new();
        for test in lines.iter().filter_map(acl) {
            named.entry(test.name.map_or(&[], |name| name.bytes())).or_default().push(test);
        }
        Proxy { name, header: &section.header, lines, ir, http, tests, named, servers, routes }
    }

    pub fn is_frontend(&self) -> bool {
        self.ir.kind.is_frontend()
    }

    pub fn is_backend(&self) -> bool {
        self.ir.kind.is_backend()
    }

    /// The section as messages name it: `backend 'b'`.
    pub fn show(&self) -> String {
        let kind = match self.ir.kind {
            Kind::Backend => "backend",
            Kind::Frontend => "frontend",
            Kind::Listen => "listen section",
        };
        format!("{kind} '{}'", self.name.show())
    }

    /// The opening line's word and name.
    pub fn span(&self) -> Span {
        self.header.keyword().span.to(self.name.span)
    }

    /// The lines that start with these words, inherited ones first.
    pub fn said(&self, words: &'static str) -> impl Iterator<Item = Line<'p>> {
        self.lines.iter().filter(move |line| !line.negated && line.is(words)).copied()
    }

    /// The last line that starts with these words, unless it is negated.
    pub fn last(&self, words: &str) -> Option<Line<'p>> {
        self.lines.iter().rfind(|line| line.is(words)).filter(|line| !line.negated).copied()
    }

    /// Whether any line of the section itself starts with these words.
    pub fn says(&self, words: &'static str) -> bool {
        self.said(words).any(|line| !line.inherited)
    }

    /// The ACLs that it declares or inherits.
    pub fn acls(&self) -> impl Iterator<Item = Test<'p>> {
        self.lines.iter().filter_map(acl)
    }

    /// The ACLs and the tests in braces of the section itself.
    pub fn tests(&self) -> &[Test<'p>] {
        &self.tests
    }

    /// The tests that a term stands for: those in its braces, or all of its name.
    pub fn tests_of(&self, term: &Term<'p>) -> Vec<Test<'p>> {
        match term {
            Term::Anonymous { test, .. } => vec![test.clone()],
            Term::Named { .. } => self.named.get(term.key().as_slice()).cloned().unwrap_or_default(),
        }
    }

    /// `use_backend` lines in order, then `default_backend`.
    pub fn routes(&self) -> &[Route<'p>] {
        &self.routes
    }

    /// Its `bind` lines.
    pub fn binds(&self) -> Vec<Bind<'p>> {
        self.said("bind").filter_map(Bind::new).collect()
    }

    /// The lines of the section itself.
    pub fn own(&self) -> impl Iterator<Item = Line<'p>> {
        self.lines.iter().filter(|line| !line.inherited).copied()
    }

    /// Its servers, with what `default-server` gives them.
    pub fn servers(&self) -> &[Server<'p>] {
        &self.servers
    }
}

/// The ACL that a line declares.
fn acl<'p>(line: &Line<'p>) -> Option<Test<'p>> {
    let line = Some(line).filter(|line| !line.negated && line.is("acl"))?;
    Test::new(line.word(1), line.from(2))
}

fn tests<'p>(lines: &[Line<'p>]) -> Vec<Test<'p>> {
    let mut tests = Vec::new();
    for line in lines.iter().filter(|line| !line.inherited) {
        if line.is("acl") {
            tests.extend(Test::new(line.word(1), line.from(2)));
        }
        for term in line.condition().map(|condition| condition.any).into_iter().flatten().flatten() {
            if let Term::Anonymous { test, .. } = term {
                tests.push(test);
            }
        }
    }
    tests
}

fn routes<'p>(lines: &[Line<'p>]) -> Vec<Route<'p>> {
    let rule =
        |line: Line<'p>| Some(Route { line, target: line.word(1)?, condition: line.condition(), is_default: false });
    let said = lines.iter().filter(|line| !line.negated && line.is("use_backend"));
    let mut routes: Vec<_> = said.copied().filter_map(rule).collect();
    let default = lines.iter().rfind(|line| line.is("default_backend")).filter(|line| !line.negated).copied();
    routes.extend(
        default.and_then(|line| Some(Route { line, target: line.word(1)?, condition: None, is_default: true })),
    );
    routes
}
