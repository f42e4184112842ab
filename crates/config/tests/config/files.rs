//! The configurations of `haproxy-configs` load.

use crate::{load_with, show};
use config::{Options, host::Plain};
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
