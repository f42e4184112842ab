//! `-m sub`: a part of the text.

use super::{Match, Method, Patterns, patterns::text};
use memchr::memmem::Finder;
use sample::{Type, Value};

pub(super) const METHOD: Method = Method {
    name: "sub",
    input: Type::Str,
    operators: false,
    build: |patterns, _| Ok(Box::new(Parts::new(patterns))),
    ok: &["path_sub admin", "url -m sub -i ADMIN"],
    bad: &["path_sub -z x"],
};

#[derive(Debug)]
struct Parts {
    exact: Vec<Finder<'static>>,
    folded: Vec<Vec<u8>>,
}

impl Parts {
    fn new(patterns: &Patterns) -> Parts {
        let of = |fold| patterns.list.iter().filter(move |p| p.ignore_case == fold).map(|p| &p.text);
        Parts {
            exact: of(false).map(|text| Finder::new(text).into_owned()).collect(),
            folded: of(true).cloned().collect(),
        }
    }
}

impl Match for Parts {
    fn matches(&self, value: Value<'_>) -> bool {
        let Some(text) = text(value) else { return false };
        let folded = |part: &Vec<u8>| {
            part.is_empty() || text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
        };
        self.exact.iter().any(|part| part.find(&text).is_some()) || self.folded.iter().any(folded)
    }
}
