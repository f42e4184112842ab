//! A stick table may take gigabytes.
//!
//! ## What it does
//! Looks for `stick-table` with a size of ten million entries or more.
//!
//! ## Why it matters
//! An entry takes some 100 bytes and more: at ten million that is a gigabyte, which an attacker with many addresses
//! fills.
//!
//! ## Example
//! ```text
//! stick-table type ipv6 size 50m expire 1h store conn_cur
//! ```
//!
//! ## Fix
//! Count the clients of the busiest hour, and let the table be a few times that.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "stick-table-huge-size",
    group: Group::Semantic,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Low,
    source: include_str!("stick_table_huge_size.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        for size in proxy.own().filter(|line| line.is("stick-table")).filter_map(|line| line.after("size")) {
            let entries = entries(&size.show()).unwrap_or(0);
            if entries >= 10_000_000 {
                let message = format!("{} entries take {} GB or more", size.show(), entries / 10_000_000);
                out.push(size.span, message, "let it be a few times the clients of the busiest hour");
            }
        }
    }
}

fn entries(text: &str) -> Option<u64> {
    let unit = match text.bytes().last()?.to_ascii_lowercase() {
        b'k' => 1 << 10,
        b'm' => 1 << 20,
        b'g' => 1 << 30,
        _ => 1,
    };
    text.trim_end_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().ok()?.checked_mul(unit)
}
