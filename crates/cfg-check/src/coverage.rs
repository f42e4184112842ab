//! Every word of the language, and how far evenkeel obeys it: `docs/coverage.md`, made of the rows themselves.

use config::{
    facts,
    keyword::{GLOBAL_TABLES, PROXY_TABLES, bind, server},
    row::{Row, Support},
    section::other,
};
use rules::action;
use std::{collections::BTreeMap, fmt::Write};

/// The words of one table: how far each is obeyed.
type Words = BTreeMap<String, Support>;

const HEAD: &str = "\
# Coverage

Every word of HAProxy 3.4's language, by the table that it is a row of. A word that is *obeyed* does what it does in HAProxy;
one that is *parsed* is understood and reported at the start, and only tunes; one that is *refused* stops the start, because
ignoring it would change who gets in, where traffic goes or what is answered. `cfg-check` judges all of them.

This page is made of the rows: `UPDATE_DOCS=1 cargo nextest run -p evenkeel-cfg-check docs` writes it anew.
";

/// The page.
pub fn page() -> String {
    let tables = tables();
    let mut out = format!("{HEAD}\n| table | words | obeyed | parsed | refused |\n|---|---:|---:|---:|---:|\n");
    let mut total = [0; 4];
    for (title, words) in &tables {
        let count = |support: Support| words.values().filter(|known| **known == support).count();
        let row = [words.len(), count(Support::Full), count(Support::Parsed), count(Support::Refused)];
        total.iter_mut().zip(row).for_each(|(sum, more)| *sum += more);
        let _ = writeln!(out, "| {title} | {} | {} | {} | {} |", row[0], row[1], row[2], row[3]);
    }
    let _ = writeln!(out, "| **all** | {} | {} | {} | {} |", total[0], total[1], total[2], total[3]);
    for (title, words) in &tables {
        let _ = writeln!(out, "\n## {}{}\n", title.get(..1).unwrap_or("").to_uppercase(), title.get(1..).unwrap_or(""));
        for (name, support) in [("obeyed", Support::Full), ("parsed", Support::Parsed), ("refused", Support::Refused)] {
            let those = words.iter().filter(|(_, known)| **known == support).map(|(word, _)| format!("`{word}`"));
            let those: Vec<_> = those.collect();
            if !those.is_empty() {
                let _ = writeln!(out, "- {name}: {}", those.join(", "));
            }
        }
    }
    out
}

fn tables() -> Vec<(&'static str, Words)> {
    vec![
        ("sections", other::TABLE.iter().map(|(name, support)| (name.to_string(), *support)).collect()),
        ("keywords of proxies", PROXY_TABLES.iter().flat_map(|table| rows(table)).collect()),
        ("keywords of global", GLOBAL_TABLES.iter().flat_map(|table| rows(table)).collect()),
        ("words of other sections", others()),
        ("parameters of bind", rows(bind::PARAMS).collect()),
        ("parameters of server", rows(server::PARAMS).collect()),
        ("actions", actions()),
        ("samples", fetches()),
        ("converters", converters()),
    ]
}

fn rows<T>(table: &'static [Row<T>]) -> impl Iterator<Item = (String, Support)> {
    table.iter().map(|row| (row.words.to_string(), row.support))
}

/// The words of sections that are no proxies are as far obeyed as their section.
fn others() -> Words {
    let of = |section: &str| other::TABLE.iter().find(|(name, _)| *name == section).map(|(_, support)| *support);
    let words = facts::SECTIONS.iter().filter(|row| row.word != "(section)" && row.status != "removed");
    words.filter_map(|row| Some((format!("{} {}", row.section, row.word), of(row.section)?))).collect()
}

/// An action counts in each ruleset that has it.
fn actions() -> Words {
    let names = action::rows().flat_map(|row| row.rulesets.iter().map(move |set| (set, row)));
    names.map(|(set, row)| (format!("{} {}", set.name(), row.name), row.support)).collect()
}

fn fetches() -> Words {
    sample::fetch::rows().map(|row| (row.name.to_string(), row.support)).collect()
}

fn converters() -> Words {
    sample::convert::rows().map(|row| (row.name.to_string(), row.support)).collect()
}
