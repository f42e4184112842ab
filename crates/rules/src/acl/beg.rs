//! `-m beg`: the text's beginning.

use super::{Method, patterns::Texts};
use sample::Type;

pub(super) const METHOD: Method = Method {
    name: "beg",
    input: Type::Str,
    operators: false,
    build: |patterns, _| {
        Ok(Texts::build(patterns, |text, pattern, equal| {
            text.get(..pattern.len()).is_some_and(|start| equal(start, pattern))
        }))
    },
    ok: &["path_beg /api", "path -m beg -i /A"],
    bad: &["path_begin /api"],
};
