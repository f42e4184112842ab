//! The match of `method`: an HTTP method, compared as text.

use super::{Method, str::Set};
use sample::Type;

pub(super) const METHOD: Method = Method {
    name: "meth",
    input: Type::Str,
    operators: false,
    build: |patterns, _| Ok(Box::new(Set::new(patterns))),
    ok: &["method GET HEAD", "method -i get"],
    bad: &["method -z GET"],
};
