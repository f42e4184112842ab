//! The ACLs of a section, and how conditions find them.

use super::{Acl, Live, Test, group, parse::parse_test, predefined};
use crate::{
    Userlist,
    parse::{Captures, Outside, ParseRules},
};
use sample::{Places, VarNames, row::Name};
use source::{Diagnostic, Diagnostics, Span, Word};
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

/// The ACLs of one section, in the order of their first lines, the anonymous ones included.
///
/// Conditions hold on to their ACLs while the section is read. When it is whole, [`names`](Acls::names) resolves what
/// they refer to and [`finish`](Acls::finish) puts them in force: before that, no ACL is true. This holds for `defaults`
/// sections, too, whose rules other sections inherit.
#[derive(Debug, Default)]
pub struct Acls {
    list: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    acl: Arc<Acl>,
    tests: Vec<Test>,
}

impl Acls {
    /// The ACL of this name, if there has been a line for it.
    pub fn get(&self, name: &[u8]) -> Option<Arc<Acl>> {
        self.list.iter().find(|entry| entry.acl.name == name && !name.is_empty()).map(|entry| entry.acl.clone())
    }

    /// The ACL that exists without a line, such as `METH_GET` (manual, section 7.4).
    pub fn predefined(name: &[u8]) -> Option<Arc<Acl>> {
        predefined::definition(name)?;
        let (mut acls, http_errors, mut captures) = (Acls::default(), HashMap::new(), Captures::default());
        let mut parse = ParseRules {
            diagnostics: &mut Diagnostics::default(),
            vars: &mut VarNames::default(),
            acls: &mut acls,
            outside: &Nowhere,
            http_errors: &http_errors,
            captures: &mut captures,
            proxy: b"",
            frontend: true,
            backend: true,
            experimental: false,
            stick_counters: 0,
        };
        let acl = predefined(name, Span::default(), &mut parse)?;
        acls.finish(&[], &mut Diagnostics::default());
        Some(acl)
    }

    /// Every ACL that has a name.
    pub fn known(&self) -> impl Iterator<Item = &Arc<Acl>> {
        self.list.iter().map(|entry| &entry.acl).filter(|acl| !acl.name.is_empty())
    }

    /// Visits the names that ACLs refer to.
    pub fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.list.iter_mut().flat_map(|entry| &mut entry.tests).for_each(|test| test.names(visit));
    }

    /// The sets of patterns, line by line.
    pub fn live(&mut self) -> impl Iterator<Item = &mut Live> {
        self.list.iter_mut().flat_map(|entry| &mut entry.tests).filter_map(|test| match test {
            Test::Sample { live, .. } => Some(&mut **live),
            _ => None,
        })
    }

    /// Puts the lines in force. Called once, when every name is resolved. The groups that ACLs name must exist in their
    /// `userlists`.
    pub fn finish(&mut self, userlists: &[Userlist], diagnostics: &mut Diagnostics) {
        for entry in &mut self.list {
            for test in &entry.tests {
                check_groups(&entry.acl.name, test, userlists, diagnostics);
            }
            let _ = entry.acl.tests.set(std::mem::take(&mut entry.tests));
        }
    }

    /// The ACL of a name, made if there is none. Each anonymous one is its own.
    fn declare(&mut self, name: &[u8]) -> Arc<Acl> {
        self.get(name).unwrap_or_else(|| {
            let acl = Arc::new(Acl { name: name.to_vec(), tests: OnceLock::new() });
            self.list.push(Entry { acl: acl.clone(), tests: Vec::new() });
            acl
        })
    }

    fn add(&mut self, acl: &Arc<Acl>, test: Test) {
        if let Some(entry) = self.list.iter_mut().find(|entry| Arc::ptr_eq(&entry.acl, acl)) {
            entry.tests.push(test);
        }
    }

    fn tests(&self, acl: &Arc<Acl>) -> &[Test] {
        self.list.iter().find(|entry| Arc::ptr_eq(&entry.acl, acl)).map_or(&[], |entry| &entry.tests)
    }
}

/// Predefined ACLs name no files.
#[derive(Debug)]
struct Nowhere;

impl Outside for Nowhere {
    fn read(&self, _path: &[u8]) -> Result<Vec<u8>, String> {
        Err(String::from("there are no files"))
    }
}

/// Parses the words behind `acl`: a name and what it tests. `at` is the place of the word `acl`.
pub fn parse_acl(at: Span, words: &[Word], parse: &mut ParseRules<'_>) {
    let Some((name, criterion)) = words.split_first() else {
        let help = "the form is: acl NAME CRITERION [flags] [operator] values...";
        parse.diagnostics.push(Diagnostic::alert("acl-syntax", at, "'acl' expects a name and a criterion").help(help));
        return;
    };
    if !name_is_fine(name, parse) {
        return;
    }
    let prefix = format!("error detected while parsing ACL '{}' : ", name.show());
    let test = parse.within(&prefix, |parse| parse_test(criterion, name.span, Places::ALL, parse));
    // An ACL that could not be read is known by name, so that the lines which use it are not faults of their own.
    let acl = parse.acls.declare(&name.text);
    if let Some(test) = test {
        parse.acls.add(&acl, test);
    }
}

fn name_is_fine(name: &Word, parse: &mut ParseRules<'_>) -> bool {
    let shown = name.show();
    let bad = name.text.iter().find(|b| !b.is_ascii_alphanumeric() && !b"_-.:".contains(b));
    let message = match bad {
        Some(bad) => format!("character '{}' is not permitted in acl name '{shown}'", bad.escape_ascii()),
        None if name.text.eq_ignore_ascii_case(b"or") => format!(
            "acl name '{shown}' will never match. 'or' is used to express a logical disjunction within a condition"
        ),
        None => return true,
    };
    let help = "use letters, digits, '_', '-', '.' and ':' for the name, and not the word 'or'";
    parse.diagnostics.push(Diagnostic::alert("acl-name", name.span, message).help(help));
    false
}

/// The ACL between braces in a condition.
pub(crate) fn anonymous(words: &[Word], at: Span, places: Places, parse: &mut ParseRules<'_>) -> Option<Arc<Acl>> {
    let test = parse_test(words, at, Places::ALL, parse)?;
    let acl = parse.acls.declare(b"");
    parse.acls.add(&acl, test);
    warn_of_places(&acl, at, places, parse);
    Some(acl)
}

/// The ACL of a name, declared or predefined.
pub(crate) fn named(name: &[u8], at: Span, places: Places, parse: &mut ParseRules<'_>) -> Option<Arc<Acl>> {
    let acl = match parse.acls.get(name) {
        Some(acl) => acl,
        None => predefined(name, at, parse)?,
    };
    warn_of_places(&acl, at, places, parse);
    Some(acl)
}

fn predefined(name: &[u8], at: Span, parse: &mut ParseRules<'_>) -> Option<Arc<Acl>> {
    let Some(definition) = predefined::definition(name) else {
        parse.diagnostics.push(unknown(name, at, parse.acls));
        return None;
    };
    let words: Vec<Word> = definition.split(' ').map(|word| Word::new(word, at)).collect();
    let test = parse_test(&words, at, Places::ALL, parse)?;
    let acl = parse.acls.declare(name);
    parse.acls.add(&acl, test);
    Some(acl)
}

fn unknown(name: &[u8], at: Span, acls: &Acls) -> Diagnostic {
    let shown = String::from_utf8_lossy(name);
    let declared = acls.list.iter().filter_map(|entry| std::str::from_utf8(&entry.acl.name).ok());
    let known = declared.chain(super::PREDEFINED.iter().map(|(name, _)| *name));
    let help = match sample::names::nearest(name, known.filter(|name| !name.is_empty())) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("declare it above with 'acl {shown} ...', or write the test itself between braces: {{ ... }}"),
    };
    Diagnostic::alert("unknown-acl", at, format!("no such ACL : '{shown}'")).help(help)
}

/// What is tested must exist where the condition is evaluated; HAProxy only warns of it, and so do we.
fn warn_of_places(acl: &Arc<Acl>, at: Span, places: Places, parse: &mut ParseRules<'_>) {
    let mut exprs = parse.acls.tests(acl).iter().filter_map(Test::expr);
    let Some(expr) = exprs.find(|expr| !expr.fetch.places.meets(places)) else { return };
    let name = match acl.name.as_slice() {
        b"" => String::from("anonymous acl"),
        name => format!("acl '{}'", String::from_utf8_lossy(name)),
    };
    let message =
        format!("{name} will never match here because it uses keyword '{}' which is incompatible", expr.fetch.name);
    let help =
        "what it tests does not exist when this line is evaluated; move the test, or keep the value in a variable";
    parse.diagnostics.push(Diagnostic::warning("acl-never-matches", at, message).help(help));
}

fn check_groups(name: &[u8], test: &Test, userlists: &[Userlist], diagnostics: &mut Diagnostics) {
    let Test::Groups { expr, groups } = test else { return };
    let prefix = format!("acl {} {}()", String::from_utf8_lossy(name), group::FETCH);
    let Some(list) = expr.args.id(0).and_then(|(list, _)| userlists.get(list)) else { return };
    if groups.is_empty() {
        let help = "name the groups of which the user has to be a member of one";
        let finding = Diagnostic::alert("no-groups", expr.span, format!("{prefix}: no groups specified"));
        diagnostics.push(finding.help(help));
    }
    for group in groups.iter().filter(|group| !list.has_group(&group.text)) {
        let shown = String::from_utf8_lossy(&group.text);
        let help = format!("declare it in 'userlist {}'", String::from_utf8_lossy(&list.name));
        let finding = Diagnostic::alert("unknown-group", group.span, format!("{prefix}: invalid group '{shown}'"));
        diagnostics.push(finding.help(help));
    }
}
