//! `-m dom`: whole labels of a domain name or of a URL.

use super::{
    Method,
    patterns::{Texts, has_word},
};
use sample::Type;

pub(super) const METHOD: Method = Method {
    name: "dom",
    input: Type::Str,
    operators: false,
    build: |patterns, _| Ok(Texts::build(patterns, |text, pattern, equal| has_word(text, pattern, equal, b"/?.:"))),
    ok: &["hdr_dom(host) example.com"],
    bad: &["hdr_domain(host) example.com"],
};
