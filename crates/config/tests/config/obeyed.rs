//! What the engine does not read of the IR.

use crate::println;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// With `EVENKEEL_OBEYED` set, prints the fields of the IR that neither the engine nor the command mentions: their
/// keywords are `Full` only by name, and belong to `Row::parsed(…).reads(…)` or `Row::refused(…)` until they are.
#[test]
fn fields_that_nobody_reads_are_listed() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut ir = sources(&root.join("src/keyword"));
    ir.extend(fs::read_to_string(root.join("src/ir.rs")));
    let fields: BTreeSet<String> = ir.iter().flat_map(|text| fields(text)).collect();
    assert!(fields.len() > 120, "{} fields", fields.len());
    if std::env::var_os("EVENKEEL_OBEYED").is_none() {
        return;
    }
    let readers = [sources(&root.join("../engine/src")), sources(&root.join("../evenkeel/src"))].concat().concat();
    let words: BTreeSet<&str> = readers.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let unread: Vec<_> =
        fields.into_iter().filter(|field| !words.contains(field.rsplit('.').next().unwrap_or(field))).collect();
    println(&format!("{} fields that nobody reads:\n{}", unread.len(), unread.join("\n")));
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
            found.push(format!("{name}.{field}"));
        }
    }
    found
}
