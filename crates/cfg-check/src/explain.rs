//! What a name in brackets means.

use crate::{haproxy, rules};
use std::fmt::Write;

/// The text about a rule of ours or a finding of HAProxy's; `None` for an unknown name.
pub fn explain(name: &str) -> Option<String> {
    if let Some(rule) = rules::find(name) {
        return Some(format!("# {name}\n\n{}\n", rule.doc().collect::<Vec<_>>().join("\n")));
    }
    let said = haproxy::meaning(name)?;
    Some(format!("# {name}\n\nHAProxy itself says this: {said}.\n"))
}

/// Every rule with its title.
pub fn list() -> String {
    let width = rules::ALL.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    rules::ALL.iter().fold(String::new(), |mut out, rule| {
        let _ = writeln!(out, "{:width$}  {}", rule.name, rule.title());
        out
    })
}
