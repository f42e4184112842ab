//! The configurations of `haproxy-configs` load; so does whatever a corpus holds, or it is refused in good order.

use crate::{load_with, println, show};
use config::{Options, host::Plain};
use source::{Diagnostics, Severity};
use std::{fs, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../haproxy-configs")
}

fn configurations(folder: PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut list: Vec<_> = paths.filter(|path| path.extension().is_some_and(|ext| ext == "cfg")).collect();
    list.sort();
    list
}

#[test]
fn our_configurations_load_without_an_alert() {
    let list = configurations(folder());
    assert!(list.len() >= 10, "{} files", list.len());
    for path in list {
        let text = fs::read_to_string(&path).expect("a readable file");
        let (config, diagnostics, files) = load_with(&text, &Plain::default(), Options::default());
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let found: Vec<_> =
            show(&files, &diagnostics).into_iter().filter(|_| name != "article.cfg" || diagnostics.fatal()).collect();
        assert_eq!(found, [] as [&str; 0], "{name}");
        assert!(!config.proxies.is_empty(), "{name}");
    }
}

/// With `EVENKEEL_CORPUS` naming a folder of configurations: none of them makes the loader panic.
#[test]
fn a_corpus_is_loaded_or_refused() {
    let Some(folder) = std::env::var_os("EVENKEEL_CORPUS") else { return };
    let host = Plain { lenient: true, ..Plain::default() };
    let (mut loaded, mut wanting, mut wrong) = (0, 0, 0);
    for path in configurations(folder.into()) {
        let mut text = String::from_utf8_lossy(&fs::read(&path).expect("a readable file")).into_owned();
        text.push('\n');
        let (_, diagnostics, files) = load_with(&text, &host, Options::default());
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let alerts = alerts(&diagnostics);
        match alerts.iter().find(|d| d.code != "not-supported") {
            None if alerts.is_empty() => loaded += 1,
            None => wanting += 1,
            Some(_) => wrong += 1,
        }
        let said: Vec<_> = show(&files, &diagnostics).into_iter().filter(|line| line.contains("alert")).collect();
        println(&format!("{name}\n  {}", said.join("\n  ")));
    }
    println(&format!("{loaded} load, {wanting} need what is not supported yet, {wrong} are refused"));
}

fn alerts(diagnostics: &Diagnostics) -> Vec<&source::Diagnostic> {
    diagnostics.iter().filter(|d| d.severity == Severity::Alert).collect()
}
