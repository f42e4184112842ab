//! A counter is read that the table does not store.
//!
//! ## What it does
//! Looks for samples such as `sc_http_req_rate(0,table)`, `src_http_req_rate(table)` and `table_http_req_rate(table)`
//! whose table lacks that data type in `store`.
//!
//! ## Why it matters
//! The sample is 0 whatever clients do: a limit made of it never applies.
//!
//! ## Example
//! ```text
//! backend st
//!     stick-table type ip size 1m expire 1m store conn_rate(10s)
//! frontend web
//!     http-request track-sc0 src table st
//!     http-request deny if { sc_http_req_rate(0,st) gt 100 }
//! ```
//!
//! ## Fix
//! Add the data type to `store`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Call, Proxy, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "stick-counter-not-stored",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("stick_counter_not_stored.rs"),
    check,
};

/// The ends of samples' names, and the data types of which one must be stored.
const TYPES: &[(&str, &[&str])] = &[
    ("_bytes_in_rate", &["bytes_in_rate"]),
    ("_bytes_out_rate", &["bytes_out_rate"]),
    ("_conn_cnt", &["conn_cnt"]),
    ("_conn_cur", &["conn_cur"]),
    ("_conn_rate", &["conn_rate"]),
    ("_get_gpc0", &["gpc0", "gpc"]),
    ("_get_gpc1", &["gpc1", "gpc"]),
    ("_get_gpt0", &["gpt0", "gpt"]),
    ("_gpc0_rate", &["gpc0_rate", "gpc_rate"]),
    ("_gpc1_rate", &["gpc1_rate", "gpc_rate"]),
    ("_http_err_cnt", &["http_err_cnt"]),
    ("_http_err_rate", &["http_err_rate"]),
    ("_http_fail_cnt", &["http_fail_cnt"]),
    ("_http_fail_rate", &["http_fail_rate"]),
    ("_http_req_cnt", &["http_req_cnt"]),
    ("_http_req_rate", &["http_req_rate"]),
    ("_sess_cnt", &["sess_cnt"]),
    ("_sess_rate", &["sess_rate"]),
];

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for call in proxy.own().flat_map(|line| line.words).flat_map(Call::all) {
            let Some((end, types)) = TYPES.iter().find(|(end, _)| call.name.ends_with(end.as_bytes())) else {
                continue;
            };
            let Some(name) = table(proxy, &call) else { continue };
            let stored = view.proxies.iter().find(|other| other.name.bytes() == name).and_then(stored);
            if stored.is_some_and(|stored| !types.iter().any(|wanted| stored.iter().any(|own| own == wanted))) {
                let name = String::from_utf8_lossy(name);
                let message = format!("the table '{name}' does not store '{}': this is always 0", types[0]);
                out.push(call.span, message, format!("add '{}' to 'store' of the table", end.trim_start_matches('_')));
            }
        }
    }
}

/// The table that a sample reads, where the line or the section itself tells it.
fn table<'p>(proxy: &Proxy<'p>, call: &Call<'p>) -> Option<&'p [u8]> {
    let name = call.name;
    let counter = match name.strip_prefix(b"sc") {
        Some([digit, b'_', ..]) if digit.is_ascii_digit() => Some([*digit]),
        Some([b'_', ..]) => Some([*call.arg(0)?.first()?]),
        _ => None,
    };
    match counter {
        Some(digit) => {
            let said = if name.get(2) == Some(&b'_') { call.arg(1) } else { call.arg(0) };
            said.or_else(|| tracked(proxy, digit[0])).filter(|name| !name.is_empty())
        }
        None if name.starts_with(b"src_") => Some(call.arg(0).filter(|n| !n.is_empty()).unwrap_or(proxy.name.bytes())),
        None if name.starts_with(b"table_") => call.arg(0),
        None => None,
    }
}

/// The table of the only rule that tracks this counter.
fn tracked<'p>(proxy: &Proxy<'p>, digit: u8) -> Option<&'p [u8]> {
    let action = [b"track-sc".as_slice(), &[digit]].concat();
    let mut rules = proxy.lines.iter().filter(|line| line.words.iter().any(|word| word.bytes() == action));
    let (rule, None) = (rules.next()?, rules.next()) else { return None };
    Some(rule.after("table").map_or(proxy.name.bytes(), |word| word.bytes()))
}

/// The data types of a section's table; `None` without one.
fn stored(proxy: &Proxy<'_>) -> Option<Vec<String>> {
    let line = proxy.last("stick-table")?;
    let lists = line.words.windows(2).filter_map(|pair| match pair {
        [word, list] if word.is("store") => Some(list.show().into_owned()),
        _ => None,
    });
    // The commas of arguments part what is no name, which does no harm.
    let names = lists.collect::<Vec<_>>().join(",");
    Some(names.split(',').map(|name| name.split('(').next().unwrap_or(name).trim().to_string()).collect())
}
