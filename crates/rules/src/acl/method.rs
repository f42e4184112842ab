//! What a match method is, and the list of all.

use super::{Patterns, beg, bin, bool, dir, dom, end, found, int, ip, len, meth, reg, str, sub};
use crate::parse::{Fault, Outside};
use sample::{Type, Value};

/// Patterns, ready to be compared with values.
pub trait Match: std::fmt::Debug + Send + Sync {
    /// Whether the value, cast to what the method takes, matches any pattern.
    fn matches(&self, value: Value<'_>) -> bool;
}

/// A row of the match methods (manual, section 7.1).
#[derive(Debug)]
pub struct Method {
    pub name: &'static str,
    /// What a value is cast to before it is compared.
    pub input: Type,
    /// Whether the values may be preceded by `eq`, `ge`, `gt`, `le`, `lt`.
    pub operators: bool,
    pub build: Build,
    /// ACL definitions that must parse, and some that must not.
    pub ok: &'static [&'static str],
    pub bad: &'static [&'static str],
}

/// Makes a matcher of patterns.
pub type Build = fn(&Patterns, &dyn Outside) -> Result<Box<dyn Match>, Fault>;

impl Method {
    /// Whether values of a type can be compared at all. What has a number also has a truth.
    pub fn takes(&self, kind: Type) -> bool {
        kind.casts_to(self.input) || (self.input == Type::Bool && kind.casts_to(Type::Int))
    }
}

/// Every method, by its name behind `-m`. `meth` has no name there: it is what `method` uses.
pub fn methods() -> impl Iterator<Item = &'static Method> {
    const METHODS: [&Method; 15] = [
        &found::METHOD,
        &bool::METHOD,
        &int::METHOD,
        &ip::METHOD,
        &bin::METHOD,
        &len::METHOD,
        &str::METHOD,
        &beg::METHOD,
        &sub::METHOD,
        &dir::METHOD,
        &dom::METHOD,
        &end::METHOD,
        &reg::METHOD,
        &reg::METHOD_M,
        &meth::METHOD,
    ];
    METHODS.into_iter()
}

pub(super) fn find(name: &[u8]) -> Option<&'static Method> {
    methods().find(|m| m.name.as_bytes() == name)
}

/// The method that HAProxy takes for a type when none is named.
pub fn default_for(kind: Type) -> Option<&'static Method> {
    match kind {
        Type::Bool => Some(&bool::METHOD),
        Type::Int => Some(&int::METHOD),
        Type::Addr | Type::Ipv4 | Type::Ipv6 => Some(&ip::METHOD),
        Type::Str => Some(&str::METHOD),
        Type::Any | Type::Bin | Type::Meth | Type::Same => None,
    }
}
