//! `-m end`: the text's end.

use super::{Method, patterns::Texts};
use sample::Type;

pub(super) const METHOD: Method = Method {
    name: "end",
    input: Type::Str,
    operators: false,
    build: |patterns, _| {
        Ok(Texts::build(patterns, |text, pattern, equal| {
            text.len().checked_sub(pattern.len()).and_then(|at| text.get(at..)).is_some_and(|end| equal(end, pattern))
        }))
    },
    ok: &["path_end .png .gif"],
    bad: &["path_ends .png"],
};
