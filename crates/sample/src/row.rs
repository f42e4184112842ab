//! The rows of the tables of fetches and converters.

use crate::{
    map::Match,
    stream::{Cx, VarId},
    value::{Type, Value},
};
use source::Span;
use std::{
    net::{Ipv4Addr, Ipv6Addr},
    ops::{BitOr, ControlFlow},
    sync::Arc,
};

/// Why a sample has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// There is none, and none will come.
    Missing,
    /// More data has to arrive before one can tell.
    NotYet,
}

pub type Fetched<'a> = Result<Value<'a>, Absent>;

/// A fetch: a source of samples (manual, section 7.3).
#[derive(Debug)]
pub struct Fetch {
    pub name: &'static str,
    /// What goes between the parentheses.
    pub args: &'static [ArgKind],
    /// How many of `args` must be there.
    pub required: usize,
    /// Looks at the parsed arguments once more; an error is what HAProxy says of them.
    pub check: Check,
    pub out: Type,
    /// Where the data exists.
    pub places: Places,
    /// The value grows with what is received: as long as more may come, a match that fails tells nothing.
    pub grows: bool,
    pub run: FetchFn,
    /// Expressions that must parse, and expressions that must not.
    pub ok: &'static [&'static str],
    pub bad: &'static [&'static str],
    pub support: Support,
}

/// A last look at arguments whose shape is right; it may replace them by something handier.
pub type Check = fn(&mut Args) -> Result<(), String>;

/// Finds a value; what it borrows lives in the stream or in the arguments.
pub type Run = for<'a> fn(&'a Args, &Cx<'a>) -> Fetched<'a>;

/// Visits every occurrence.
pub type RunEach = for<'a> fn(&'a Args, &Cx<'a>, &mut Visitor<'_, 'a>) -> Result<(), Absent>;

/// How a fetch gives its values.
#[derive(Debug, Clone, Copy)]
pub enum FetchFn {
    One(Run),
    /// Several occurrences, each in turn, until the visitor breaks: ACLs try them all, an expression takes
    /// the one that `one` gives.
    Each {
        one: Run,
        each: RunEach,
    },
}

pub type Visitor<'v, 'a> = dyn FnMut(Value<'a>) -> ControlFlow<()> + 'v;

impl Fetch {
    /// A row without arguments.
    pub const fn new(name: &'static str, out: Type, places: Places, run: Run) -> Fetch {
        Fetch {
            name,
            args: &[],
            required: 0,
            check: accept,
            out,
            places,
            grows: false,
            run: FetchFn::One(run),
            ok: &[],
            bad: &[],
            support: Support::Full,
        }
    }

    /// A row that is known by name, but cannot be used.
    pub const fn refused(name: &'static str, out: Type, places: Places) -> Fetch {
        Fetch { support: Support::Refused, ..Fetch::new(name, out, places, |_, _| Err(Absent::Missing)) }
    }

    pub const fn each(self, one: Run, each: RunEach) -> Fetch {
        Fetch { run: FetchFn::Each { one, each }, ..self }
    }

    pub const fn args(self, required: usize, args: &'static [ArgKind]) -> Fetch {
        Fetch { required, args, ..self }
    }

    pub const fn check(self, check: Check) -> Fetch {
        Fetch { check, ..self }
    }

    pub const fn grows(self) -> Fetch {
        Fetch { grows: true, ..self }
    }

    pub const fn ok(self, ok: &'static [&'static str]) -> Fetch {
        Fetch { ok, ..self }
    }

    pub const fn bad(self, bad: &'static [&'static str]) -> Fetch {
        Fetch { bad, ..self }
    }
}

/// A converter: a function from value to value (manual, section 7.3.1).
#[derive(Debug)]
pub struct Convert {
    pub name: &'static str,
    pub args: &'static [ArgKind],
    pub required: usize,
    pub check: Check,
    pub input: Type,
    pub out: Type,
    pub run: RunConvert,
    pub ok: &'static [&'static str],
    pub bad: &'static [&'static str],
    pub support: Support,
}

/// Makes a value of another. The input has the type that the row declares, see [`Convert::accept`].
pub type RunConvert = for<'a> fn(&'a Args, &Cx<'a>, Value<'a>) -> Fetched<'a>;

impl Convert {
    /// A row without arguments.
    pub const fn new(name: &'static str, input: Type, out: Type, run: RunConvert) -> Convert {
        Convert {
            name,
            args: &[],
            required: 0,
            check: accept,
            input,
            out,
            run,
            ok: &[],
            bad: &[],
            support: Support::Full,
        }
    }

    /// A row that is known by name, but cannot be used.
    pub const fn refused(name: &'static str, input: Type, out: Type) -> Convert {
        Convert { support: Support::Refused, ..Convert::new(name, input, out, |_, _, _| Err(Absent::Missing)) }
    }

    pub const fn args(self, required: usize, args: &'static [ArgKind]) -> Convert {
        Convert { required, args, ..self }
    }

    pub const fn check(self, check: Check) -> Convert {
        Convert { check, ..self }
    }

    /// Casts an input. As in HAProxy a string that is taken as binary stays a string, and a boolean that is taken as
    /// a number stays a boolean: converters that keep the type show it.
    pub fn accept<'a>(&self, value: Value<'a>) -> Option<Value<'a>> {
        match (value, self.input) {
            (value @ Value::Str(_), Type::Bin) | (value @ Value::Bool(_), Type::Int) => Some(value),
            (value, input) => value.cast(input),
        }
    }

    pub const fn ok(self, ok: &'static [&'static str]) -> Convert {
        Convert { ok, ..self }
    }

    pub const fn bad(self, bad: &'static [&'static str]) -> Convert {
        Convert { bad, ..self }
    }
}

const fn accept(_: &mut Args) -> Result<(), String> {
    Ok(())
}

/// How far a row of the language is obeyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    Full,
    /// Understood, but not obeyed: reported at start-up as a warning.
    Parsed,
    /// Known by name; a configuration that says it does not start.
    Refused,
}

/// The shape of one argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgKind {
    /// The name of an ACL of the same section, behind a `!` where it must not hold.
    Acl,
    /// The name of a set of patterns, by what only changes it.
    AclSet,
    /// The name of a map, by what only changes it.
    AnyMap,
    Backend,
    Frontend,
    Int,
    Ipv4,
    Ipv6,
    /// The name of a file with a public key, or the name of a variable.
    Key,
    /// The name of a map, and how it is asked.
    Map(Match),
    Mask4,
    Mask6,
    /// A name that may be that of a file with a public key, or a secret.
    MaybeKey,
    /// One of these words; the argument is its number.
    OneOf(&'static [&'static str]),
    /// An integer or the name of a variable that holds one.
    Operand,
    Regex,
    /// `[backend/]server`.
    Server,
    Size,
    Str,
    /// The name of a stick table; where it is left out, there is none.
    Table,
    /// The name of a stick table; where it is left out, that of the section.
    OwnTable,
    /// The same, where keys are made of values of this type.
    TableOf(Type),
    /// A text, or the name of a variable that holds one.
    Text,
    Time,
    Userlist,
    Var,
}

/// One argument, parsed. Names are resolved once every section is known.
#[derive(Debug, Clone)]
pub enum Arg {
    /// Left out, with another argument behind it.
    Empty,
    Int(i64),
    Ipv4(Ipv4Addr),
    Ipv6(Ipv6Addr),
    /// A proxy, server, table or userlist by name.
    Name(Name),
    /// A regular expression, or whatever else a row's check made of its argument.
    Regex(Arc<regex::bytes::Regex>),
    Str(Vec<u8>),
    Var(VarId),
}

/// A reference by name: `id` is filled in by `config::resolve`.
#[derive(Debug, Clone)]
pub struct Name {
    pub kind: ArgKind,
    pub text: Vec<u8>,
    pub span: Span,
    /// Number of the ACL, proxy, map or userlist, and server number for `ArgKind::Server`.
    pub id: Option<(usize, usize)>,
}

/// The arguments of one call; those left out at the end are absent.
#[derive(Debug, Clone, Default)]
pub struct Args(pub Vec<Arg>);

impl Args {
    pub fn int(&self, at: usize) -> Option<i64> {
        match self.0.get(at) {
            Some(Arg::Int(i)) => Some(*i),
            _ => None,
        }
    }

    pub fn str(&self, at: usize) -> Option<&[u8]> {
        match self.0.get(at) {
            Some(Arg::Str(s)) => Some(s),
            _ => None,
        }
    }

    pub fn var(&self, at: usize) -> Option<VarId> {
        match self.0.get(at) {
            Some(Arg::Var(v)) => Some(*v),
            _ => None,
        }
    }

    pub fn ipv4(&self, at: usize) -> Option<Ipv4Addr> {
        match self.0.get(at) {
            Some(Arg::Ipv4(a)) => Some(*a),
            _ => None,
        }
    }

    pub fn ipv6(&self, at: usize) -> Option<Ipv6Addr> {
        match self.0.get(at) {
            Some(Arg::Ipv6(a)) => Some(*a),
            _ => None,
        }
    }

    pub fn regex(&self, at: usize) -> Option<&regex::bytes::Regex> {
        match self.0.get(at) {
            Some(Arg::Regex(r)) => Some(r),
            _ => None,
        }
    }

    /// The resolved number of a name.
    pub fn id(&self, at: usize) -> Option<(usize, usize)> {
        match self.0.get(at) {
            Some(Arg::Name(n)) => n.id,
            _ => None,
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.0.iter().filter_map(|arg| match arg {
            Arg::Name(name) => Some(name),
            _ => None,
        })
    }

    pub fn names_mut(&mut self) -> impl Iterator<Item = &mut Name> {
        self.0.iter_mut().filter_map(|arg| match arg {
            Arg::Name(name) => Some(name),
            _ => None,
        })
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A set of places of the processing, one bit each, in the order of the manual's "where" positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Places(pub u32);

impl Places {
    pub const FE_CONNECTION: Places = Places(1);
    pub const FE_SESSION: Places = Places(1 << 1);
    pub const FE_REQ_CONTENT: Places = Places(1 << 2);
    pub const FE_HTTP_REQ: Places = Places(1 << 3);
    pub const FE_HTTP_REQ_BODY: Places = Places(1 << 4);
    pub const FE_SET_BACKEND: Places = Places(1 << 5);
    pub const BE_REQ_CONTENT: Places = Places(1 << 6);
    pub const BE_HTTP_REQ: Places = Places(1 << 7);
    pub const BE_HTTP_REQ_BODY: Places = Places(1 << 8);
    pub const BE_SET_SERVER: Places = Places(1 << 9);
    pub const BE_CONNECT: Places = Places(1 << 10);
    pub const BE_RES_CONTENT: Places = Places(1 << 11);
    pub const BE_HTTP_RES: Places = Places(1 << 12);
    pub const BE_HTTP_RES_BODY: Places = Places(1 << 13);
    pub const BE_STORE: Places = Places(1 << 14);
    pub const FE_RES_CONTENT: Places = Places(1 << 15);
    pub const FE_HTTP_RES: Places = Places(1 << 16);
    pub const FE_HTTP_RES_BODY: Places = Places(1 << 17);
    pub const LOG: Places = Places(1 << 18);
    pub const CHECK: Places = Places(1 << 19);
    pub const CONFIG: Places = Places(1 << 20);
    pub const CLI: Places = Places(1 << 21);
    pub const ALL: Places = Places::span(1, 22);

    /// Places by what a fetch reads, as the binary's `-dK` groups them.
    pub const NONE: Places = Places(0);
    pub const CONST: Places = Places::ALL;
    pub const INTERNAL: Places = Places::span(1, 20).and(Places::CLI);
    pub const CLIENT: Places = Places::span(1, 20);
    pub const CLIENT_SESSION: Places = Places::span(2, 19);
    pub const FRONTEND: Places = Places::span(1, 19);
    pub const BACKEND: Places = Places::span(7, 20);
    pub const SERVER: Places = Places::span(12, 20);
    pub const REQUEST: Places = Places::span(3, 11);
    pub const REQUEST_KEPT: Places = Places::span(3, 19);
    pub const SERVER_KNOWN: Places = Places::span(11, 20);
    /// The rulesets of HTTP.
    pub const HTTP_RULES: Places =
        Places::FE_HTTP_REQ.and(Places::BE_HTTP_REQ).and(Places::BE_HTTP_RES).and(Places::FE_HTTP_RES);
    /// The rulesets of frontends.
    pub const FRONT_RULES: Places = Places::span(1, 6).and(Places::span(16, 18));
    pub const RESPONSE: Places = Places::span(12, 18).and(Places::CHECK);
    pub const RESPONSE_KEPT: Places = Places::span(12, 20);
    pub const RESPONSE_END: Places = Places::span(10, 19);
    pub const MESSAGE: Places = Places::REQUEST.and(Places::RESPONSE);

    /// The places from one number to another, both counted from 1 and included.
    pub const fn span(from: u32, to: u32) -> Places {
        Places((1 << to) - (1 << (from - 1)))
    }

    pub const fn and(self, other: Places) -> Places {
        Places(self.0 | other.0)
    }

    pub const fn meets(self, other: Places) -> bool {
        self.0 & other.0 != 0
    }

    pub const fn holds(self, other: Places) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Places {
    type Output = Places;

    fn bitor(self, other: Places) -> Places {
        self.and(other)
    }
}
