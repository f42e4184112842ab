//! Which counter an action of the `sc-` family is about, and by how much.

use super::words::Words;
use sample::{
    Cx, Env, Expr, Places, Stream, Type, Value,
    row::Name,
    table::{Open, Tracked},
};

/// The number of a counter between the parentheses; the first where there are none.
pub(super) fn number(words: &mut Words<'_, '_, '_>) -> Option<usize> {
    let shown = words.name.show().into_owned();
    let form = format!("invalid stick table track ID. Expects {shown}(<Track ID>)");
    let inner = if words.name.text.contains(&b'(') { words.parens(&form)? } else { &[] };
    match decimal(inner) {
        _ if inner.is_empty() => Some(0),
        Some(number) => within(words, number),
        None => words.fault(form),
    }
}

/// The index of an element and the number of a counter.
pub(super) fn element(words: &mut Words<'_, '_, '_>, array: &str) -> Option<(usize, usize)> {
    let name = words.name.text.split(|b| *b == b'(').next().unwrap_or(&[]);
    let shown = (String::from_utf8_lossy(name), words.name.show().into_owned());
    let upper = array.to_uppercase();
    let form = format!("Missing {array} ID '{}'. Expects {}(<{upper} ID>,<Track ID>)", shown.1, shown.0);
    let inner = words.parens(&form)?;
    let mut parts = inner.split(|b| *b == b',');
    let both = (parts.next().and_then(decimal), parts.next().and_then(decimal), parts.next());
    match both {
        (Some(index), Some(number), None) => Some((index, within(words, number)?)),
        _ => words.fault(form),
    }
}

fn within(words: &mut Words<'_, '_, '_>, number: usize) -> Option<usize> {
    if number < words.parse.stick_counters {
        return Some(number);
    }
    let last = words.parse.stick_counters as i64 - 1;
    words.fault(format!("invalid stick table track ID. The max allowed ID is {last} (tune.stick-counters)"))
}

fn decimal(text: &[u8]) -> Option<usize> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// An integer, as it is written or as it is found.
#[derive(Debug)]
pub(super) enum Amount {
    Computed(Expr),
    Fixed(i64),
}

impl Amount {
    pub(super) fn parse(words: &mut Words<'_, '_, '_>) -> Option<Amount> {
        let word = words.required("expects an integer or an expression that gives one")?;
        match word.str().and_then(|text| text.parse().ok()) {
            Some(number) => Some(Amount::Fixed(number)),
            None => words.expr(word).map(Amount::Computed),
        }
    }

    /// Its 32 bits, if it is a number.
    pub(super) fn get(&self, stream: &Stream, env: &dyn Env, place: Places) -> Option<u32> {
        let number = match self {
            Amount::Fixed(number) => *number,
            Amount::Computed(expr) => match expr.eval(&Cx { stream, env, place }).ok()?.cast(Type::Int)? {
                Value::Int(number) => number,
                _ => return None,
            },
        };
        Some(number as u32)
    }

    pub(super) fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        if let Amount::Computed(expr) = self {
            expr.names_mut().for_each(visit);
        }
    }
}

/// Changes the entry that a counter tracks, if it does; that is a use of it.
pub(super) fn change(stream: &Stream, number: usize, change: impl FnOnce(&mut Open<'_>)) {
    if let Some(Tracked { table, entry }) = stream.counters.get(number) {
        let now = table.now();
        entry.touch(now);
        change(&mut entry.open(table, now));
    }
}
