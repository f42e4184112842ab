//! The patterns of an ACL that may change while it is used (manual, section 7.1; management guide, `add acl`).
//!
//! What a line says itself is compiled. That counts as long as nobody has changed it; from then on its set is asked.
//! The patterns of files live in sets alone, which the ACLs that name the same file share.

use super::{Match, Method, Pattern, patterns::text};
use sample::{
    Type, Value,
    map::{self, Map},
};
use source::Span;
use std::sync::Arc;

/// The sets of one `acl` line.
#[derive(Debug)]
pub struct Live {
    /// How their patterns are compared; `None` where that can only be compiled.
    how: Option<map::Match>,
    fold: bool,
    /// What the criterion is called.
    pub keyword: Vec<u8>,
    pub span: Span,
    /// `-u`: the number of the line's own set.
    pub number: Option<u32>,
    own: Arc<Map>,
    /// Each with whether its case is ignored.
    files: Vec<(Arc<Map>, bool)>,
}

/// The way of a map that compares as a method does.
pub(super) fn way(method: &Method) -> Option<map::Match> {
    Some(match method.name {
        "beg" => map::Match::Beg,
        "dir" => map::Match::Dir,
        "dom" => map::Match::Dom,
        "end" => map::Match::End,
        "int" => map::Match::Int,
        "ip" => map::Match::Ip,
        "len" => map::Match::Len,
        "reg" => map::Match::Reg,
        "meth" | "str" => map::Match::Str,
        "sub" => map::Match::Sub,
        _ => return None,
    })
}

impl Live {
    /// The sets of a line: its own patterns, and those of its files.
    pub(super) fn new(
        how: Option<map::Match>,
        fold: bool,
        own: &[Pattern],
        files: Vec<(Arc<Map>, bool)>,
        (keyword, span): (&[u8], Span),
    ) -> Live {
        let keys = normal(how, own);
        let set = Map::of_keys(b"", keys.iter().map(Vec::as_slice)).at(span);
        if let Some(how) = how {
            // A pattern that only its method understands, such as a host's name, is left out.
            let _ = set.use_as(how, fold);
        }
        Live { how, fold, keyword: keyword.to_vec(), span, number: None, own: Arc::new(set), files }
    }

    /// Whether a value matches. `compiled` is what the line says itself.
    pub(super) fn matches(&self, compiled: &dyn Match, value: Value<'_>) -> bool {
        let Some(how) = self.how else { return compiled.matches(value) };
        let changed = self.own.has_changed();
        if self.files.is_empty() && !changed {
            return compiled.matches(value);
        }
        if !changed && compiled.matches(value.borrow()) {
            return true;
        }
        let value = match how {
            map::Match::Int => value.cast(Type::Int),
            map::Match::Ip => value.cast(Type::Addr),
            _ => text(value).map(Value::Str),
        };
        let Some(value) = value else { return false };
        (changed && self.own.matches(how, self.fold, &value))
            || self.files.iter().any(|(set, fold)| set.matches(how, *fold, &value))
    }

    /// Visits the sets of files, which others may share, and then the line's own, which has no name.
    pub fn sets(&mut self, visit: &mut dyn FnMut(&mut Arc<Map>)) -> Result<(), String> {
        for (file, fold) in &mut self.files {
            visit(file);
            if let Some(how) = self.how {
                file.use_as(how, *fold)?;
            }
        }
        visit(&mut self.own);
        Ok(())
    }

    /// Whether commands may change its patterns.
    pub fn is_changeable(&self) -> bool {
        self.how.is_some()
    }
}

/// Patterns as a set writes them: an operator and its number are a range.
fn normal(how: Option<map::Match>, patterns: &[Pattern]) -> Vec<Vec<u8>> {
    let texts = patterns.iter().map(|pattern| pattern.text.clone());
    if !matches!(how, Some(map::Match::Int | map::Match::Len)) {
        return texts.collect();
    }
    let (mut operator, mut out) = (Vec::new(), Vec::new());
    for text in texts {
        let number = std::str::from_utf8(&text).ok().and_then(|text| text.parse::<i64>().ok());
        match (text.as_slice(), number) {
            (b"eq" | b"ge" | b"gt" | b"le" | b"lt" | b"ne", _) => operator = text,
            (_, Some(number)) => out.push(match operator.as_slice() {
                b"ge" => format!("{number}:").into_bytes(),
                b"gt" => format!("{}:", number.saturating_add(1)).into_bytes(),
                b"le" => format!(":{number}").into_bytes(),
                b"lt" => format!(":{}", number.saturating_sub(1)).into_bytes(),
                _ => text,
            }),
            _ => out.push(text),
        }
    }
    out
}
