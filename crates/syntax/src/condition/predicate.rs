//! The predicates of conditions (manual, section 2.4).

use crate::World;
use crate::version::{self, Version};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Args(pub(super) Vec<Vec<u8>>);

impl Args {
    /// An argument; one that is not there is empty.
    pub(super) fn get(&self, n: usize) -> &[u8] {
        self.0.get(n).map_or(&[], Vec::as_slice)
    }
}

/// A predicate: how many arguments it needs, what they must look like, and what it says of them.
pub(super) struct Predicate {
    pub(super) name: &'static str,
    pub(super) args: usize,
    /// Whether the first argument will do.
    pub(super) check: fn(&[u8]) -> bool,
    pub(super) truth: fn(&dyn World, &Args) -> bool,
}

/// In the order of the manual.
pub(super) const PREDICATES: &[Predicate] = &[
    row("awslc_api_atleast", 1, is_openssl, |w, args| {
        awslc(w).is_some_and(|v| Some(v) >= version::openssl(args.get(0)))
    }),
    row("awslc_api_before", 1, is_openssl, |w, args| awslc(w).is_some_and(|v| Some(v) < version::openssl(args.get(0)))),
    row("defined", 1, any, |w, args| text(args.get(0)).is_some_and(|name| w.env(name).is_some())),
    row("enabled", 1, any, |w, args| text(args.get(0)).is_some_and(|name| w.enabled(name))),
    row("feature", 1, any, |w, args| text(args.get(0)).is_some_and(|name| w.feature(name))),
    row("openssl_version_atleast", 1, is_openssl, |w, args| ssl_version(w) >= version::openssl(args.get(0))),
    row("openssl_version_before", 1, is_openssl, |w, args| ssl_version(w) < version::openssl(args.get(0))),
    row("ssllib_name_startswith", 1, any, |w, args| w.ssl_library().as_bytes().starts_with(args.get(0))),
    row("streq", 2, any, |_, args| args.get(0) == args.get(1)),
    row("strneq", 2, any, |_, args| args.get(0) != args.get(1)),
    row("strstr", 2, any, |_, args| contains(args.get(0), args.get(1))),
    row("version_atleast", 1, any, |w, args| version::haproxy(w.version().as_bytes()) >= version::haproxy(args.get(0))),
    row("version_before", 1, any, |w, args| version::haproxy(w.version().as_bytes()) < version::haproxy(args.get(0))),
];

const fn row(
    name: &'static str,
    args: usize,
    check: fn(&[u8]) -> bool,
    truth: fn(&dyn World, &Args) -> bool,
) -> Predicate {
    Predicate { name, args, check, truth }
}

impl std::fmt::Debug for Predicate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Predicate {
    fn eq(&self, other: &Predicate) -> bool {
        self.name == other.name
    }
}

impl Eq for Predicate {}

fn any(_: &[u8]) -> bool {
    true
}

fn is_openssl(arg: &[u8]) -> bool {
    version::openssl(arg).is_some()
}

/// The API number of AWS-LC as a version: 3.4 refuses a bare number, its manual's example included.
fn awslc(world: &dyn World) -> Option<Version> {
    version::openssl(format!("{}.0.0", world.awslc_api()?).as_bytes())
}

fn ssl_version(world: &dyn World) -> Option<Version> {
    world.ssl_library().split_whitespace().find_map(|word| version::openssl(word.as_bytes()))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|window| window == part)
}

fn text(arg: &[u8]) -> Option<&str> {
    std::str::from_utf8(arg).ok()
}
