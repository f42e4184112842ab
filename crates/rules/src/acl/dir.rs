//! `-m dir`: whole parts of a path, between slashes or question marks.

use super::{
    Method,
    patterns::{Texts, has_word},
};
use sample::Type;

pub(super) const METHOD: Method = Method {
    name: "dir",
    input: Type::Str,
    operators: false,
    build: |patterns, _| Ok(Texts::build(patterns, |text, pattern, equal| has_word(text, pattern, equal, b"/?"))),
    ok: &["path_dir images"],
    bad: &["path_dirs images"],
};
