//! ACLs: a sample, a way to match it, and patterns (manual, section 7.1).
//!
//! The methods are one file each; [`methods`] lists them.

mod beg;
mod bin;
mod bool;
mod derivatives;
mod dir;
mod dom;
mod end;
mod found;
mod group;
mod int;
mod ip;
mod len;
mod list;
mod live;
mod meth;
mod method;
mod parse;
mod patterns;
mod predefined;
mod reg;
mod str;
mod sub;

pub use derivatives::{DERIVATIVES, Derivative};
pub use list::{Acls, parse_acl};
pub(crate) use list::{anonymous, named};
pub use live::Live;
pub use method::{Build, Match, Method, default_for, methods};
pub use parse::FLAGS;
pub use patterns::{Pattern, Patterns};
pub use predefined::PREDEFINED;

use crate::cond::{self, NotYet, Term};
use sample::{Absent, Cx, Expr, Value, row::Name};
use std::{ops::ControlFlow, sync::OnceLock};

/// A named or anonymous ACL. Several lines of one name are alternatives.
#[derive(Debug)]
pub struct Acl {
    pub name: Vec<u8>,
    /// Set when the section ends: a condition counts the lines behind it, too.
    tests: OnceLock<Vec<Test>>,
}

/// One `acl` line.
#[derive(Debug)]
pub enum Test {
    /// `acl(name,!name)`: whether all these hold.
    Acls(Vec<Term>),
    /// `http_auth_group(list) group…`: whether the user is a member of one of them.
    Groups {
        expr: Expr,
        groups: Vec<Pattern>,
    },
    Sample {
        expr: Expr,
        matcher: Box<dyn Match>,
        live: Box<Live>,
    },
}

impl Acl {
    /// The lines; none before the section's end.
    pub fn tests(&self) -> &[Test] {
        self.tests.get().map_or(&[], Vec::as_slice)
    }

    /// Whether any line matches.
    pub fn eval(&self, cx: &Cx<'_>, last: bool) -> Result<bool, NotYet> {
        any(self.tests().iter(), |test| test.eval(cx, last))
    }
}

impl Test {
    /// The expression that is matched, if it is one.
    pub fn expr(&self) -> Option<&Expr> {
        match self {
            Test::Acls(_) => None,
            Test::Groups { expr, .. } | Test::Sample { expr, .. } => Some(expr),
        }
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        if let Test::Groups { expr, .. } | Test::Sample { expr, .. } = self {
            expr.names_mut().for_each(visit);
        }
    }

    fn eval(&self, cx: &Cx<'_>, last: bool) -> Result<bool, NotYet> {
        match self {
            Test::Acls(terms) => cond::all(terms, cx, last),
            Test::Groups { expr, groups } => eval(expr, cx, last, |user| group::any(expr, groups, &user, cx)),
            Test::Sample { expr, matcher, live } => eval(expr, cx, last, |value| live.matches(&**matcher, value)),
        }
    }
}

/// Whether any occurrence of a sample matches.
fn eval<'a>(expr: &'a Expr, cx: &Cx<'a>, last: bool, matches: impl Fn(Value<'a>) -> bool) -> Result<bool, NotYet> {
    // What belongs to another phase may still be there, but HAProxy does not see it.
    if !expr.fetch.places.meets(cx.place) {
        return Ok(false);
    }
    let mut found = false;
    let end = expr.each(cx, &mut |value| {
        found = matches(value);
        if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    match end {
        _ if found => Ok(true),
        Err(Absent::NotYet) if !last => Err(NotYet),
        Ok(()) if !last && expr.fetch.grows => Err(NotYet),
        _ => Ok(false),
    }
}

/// Whether any holds. One that does decides, even behind one that cannot tell yet.
pub(crate) fn any<T>(
    items: impl Iterator<Item = T>,
    mut holds: impl FnMut(T) -> Result<bool, NotYet>,
) -> Result<bool, NotYet> {
    let mut early = false;
    for item in items {
        match holds(item) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(NotYet) => early = true,
        }
    }
    if early { Err(NotYet) } else { Ok(false) }
}
