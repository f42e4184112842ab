//! What the engine does not read of the IR.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Fields that neither the engine nor the command mentions yet. Each is a word that is silently ignored, unless its row is
/// `parsed(…).reads(…)`: obey the word or make it say so, and strike the line out. Nothing is added here.
const UNREAD: &[&str] = &[
    "Bind.defer_accept",
    "Bind.nice",
    "Bind.tfo",
    "Options.contstats",
    "Options.http_use_proxy_header",
    "Stats.show_modules",
];

#[test]
fn every_field_is_read_by_somebody() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut ir = sources(&root.join("src/keyword"));
    ir.extend(fs::read_to_string(root.join("src/ir.rs")));
    let fields: BTreeSet<String> = ir.iter().flat_map(|text| fields(text)).collect();
    assert!(fields.len() > 120, "{} fields", fields.len());
    let readers = [sources(&root.join("../engine/src")), sources(&root.join("../evenkeel/src"))].concat().concat();
    let words: BTreeSet<&str> = readers.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let is_read = |field: &String| field.rsplit('.').next().is_some_and(|name| words.contains(name));
    let unread: Vec<String> = fields.into_iter().filter(|field| !is_read(field)).collect();
    assert_eq!(unread, UNREAD, "fields that nobody reads (left), and those known (right)");
}

fn sources(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths
        .flat_map(|path| if path.is_dir() { sources(&path) } else { fs::read_to_string(&path).into_iter().collect() })
        .collect()
}

/// `Struct.field` of every public field; drafts are of this crate alone.
fn fields(text: &str) -> Vec<String> {
    let mut name = None;
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("pub struct ") {
            let word = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            name = Some(word).filter(|word| !word.ends_with("Draft") && !word.ends_with("Params"));
        } else if line == "}" {
            name = None;
        } else if let (Some(name), Some((field, _))) =
            (name, line.strip_prefix("    pub ").and_then(|l| l.split_once(':')))
        {
            found.push(format!("{name}.{}", field.trim_start_matches("r#")));
        }
    }
    found
}
