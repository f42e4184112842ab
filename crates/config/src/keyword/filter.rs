//! `filter` and `filter-sequence` (manual, section 9): the filters by name. None of them is obeyed yet.

use crate::{line::Line, row::ProxyRow};

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::refused("filter").reads(|line, _| filter(line)).bad(&["filter", "filter nope"]),
    ProxyRow::refused("filter-sequence"),
];

/// The filters of 3.4; `lua.` stands for every name that a script registers.
pub const FILTERS: &[&str] = &[
    "bwlim-in",
    "bwlim-out",
    "cache",
    "comp-req",
    "comp-res",
    "compression",
    "fcgi-app",
    "lua.",
    "opentracing",
    "spoe",
    "trace",
];

fn filter(line: &mut Line<'_, '_>) -> Option<()> {
    let word = line.need("'filter' requires argument.")?;
    let known = FILTERS.iter().any(|name| word.is(name) || (*name == "lua." && word.bytes().starts_with(b"lua.")));
    if !known {
        return line.fail("unknown-filter", format!("unknown filter '{}'", word.show()));
    }
    line.not_supported(&format!("filter {}", word.show()))
}
