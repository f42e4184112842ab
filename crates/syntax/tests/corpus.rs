//! Configurations that people published: each parses, prints back, and has no fault of the text but those known.
//!
//! `EVENKEEL_CORPUS` names a folder with them (`configs/` in it, or the files themselves); unset, there is nothing to do.

#![allow(clippy::print_stdout, reason = "says whether there was anything to do")]

use source::{Files, render};
use std::path::PathBuf;
use syntax::{Env, document, parse};

const SECTIONS: &[&str] = &[
    "acme",
    "backend",
    "cache",
    "crt-store",
    "defaults",
    "fcgi-app",
    "frontend",
    "global",
    "http-errors",
    "listen",
    "log-forward",
    "log-profile",
    "mailers",
    "peers",
    "program",
    "resolvers",
    "ring",
    "traces",
    "userlist",
];

#[test]
fn published_configurations_parse_and_print_back() {
    let Some(folder) = std::env::var_os("EVENKEEL_CORPUS").map(PathBuf::from) else {
        println!("EVENKEEL_CORPUS is not set: nothing to parse");
        return;
    };
    let inner = folder.join("configs");
    let folder = if inner.is_dir() { inner } else { folder };
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("the corpus folder") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read(&path).expect("a readable file");
        let mut files = Files::default();
        let id = files.add(&path.to_string_lossy(), &text);
        assert_eq!(document(&text, id).print(), text, "{}", path.display());
        let parsed = parse(&files, &[id], &mut Env::new(SECTIONS));
        assert!(!parsed.sections.is_empty(), "{}", path.display());
        let known = ["empty-argument", "missing-final-newline"];
        let faults = parsed.diagnostics.iter().filter(|d| !known.contains(&d.code));
        let faults: Vec<_> = faults.map(|d| render::full(d, &files, false)).collect();
        assert!(faults.is_empty(), "{}", faults.concat());
        count += 1;
    }
    println!("{count} files");
    assert!(count > 0, "no file in {}", folder.display());
}
