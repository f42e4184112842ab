//! Whole configurations: our own, and those that people published, of which HAProxy's verdicts are known.
//!
//! The published ones are not kept here: `EVENKEEL_CORPUS` names their folder, with `configs/` and `verdicts.tsv` in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cfg_check::{Finding, Offline};
use source::{FileId, Files, Severity, render};

use crate::harness::{files, root, say};

#[test]
fn our_own_are_judged() {
    let ours = files("haproxy-configs", ".cfg");
    assert!(ours.len() > 5, "only {} configurations", ours.len());
    for path in ours {
        prints_back(&path);
        let found = linted(&path, false);
        // The article's file lacks a `mode http`.
        let refusable = path.ends_with("article.cfg");
        assert_eq!(refused(&found).is_some(), refusable, "{}: {:?}", path.display(), refused(&found));
    }
}

#[test]
fn published_ones_print_back() {
    let published = published();
    for path in &published {
        prints_back(path);
        let (files, id) = read(path, false);
        let parsed = config::parse(&files, &[id], &Offline::new(&files, &[id]));
        assert!(!parsed.sections.is_empty(), "{} has no section", path.display());
        // An `empty-argument` is what HAProxy 3.3 came to refuse, and a last line may lack its end.
        let faults = parsed.diagnostics.iter().filter(|d| syntax::CODES.iter().any(|(code, _)| *code == d.code));
        let faults = faults.filter(|d| !["empty-argument", "missing-final-newline"].contains(&d.code));
        let faults: Vec<_> = faults.map(|d| render::full(d, &files, false)).collect();
        assert!(faults.is_empty(), "{}", faults.concat());
    }
    say(&format!("{} published configurations print back byte for byte", published.len()));
}

#[test]
fn published_ones_load_or_say_why_not() {
    let (mut loaded, mut wanting, mut wrong) = (0, 0, 0);
    for path in published() {
        let (files, id) = read(&path, true);
        let host = Offline::new(&files, &[id]);
        let (config, found) = config::load(&files, &[id], &host, config::Options::default());
        let alerts: Vec<_> = found.iter().filter(|d| d.severity == Severity::Alert).collect();
        assert!(!alerts.is_empty() || !config.proxies.is_empty(), "{}: nothing of it is left", path.display());
        match alerts.iter().all(|d| d.code == "not-supported") {
            true if alerts.is_empty() => loaded += 1,
            true => wanting += 1,
            false => wrong += 1,
        }
    }
    say(&format!("{loaded} load, {wanting} need what is not supported yet, {wrong} are refused"));
}

#[test]
fn verdicts_are_those_of_haproxy() {
    let Some(corpus) = corpus() else { return };
    let table = fs::read_to_string(corpus.join("verdicts.tsv")).expect("verdicts.tsv");
    let mut lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let column = |name| header.iter().position(|cell| *cell == name).expect("a known column");
    let (file, status) = (column("file"), column("neutral34_rc"));
    let (mut count, mut different, mut rules) = (0, Vec::new(), BTreeMap::<&str, u32>::new());
    for row in lines {
        let found = linted(&corpus.join("configs").join(row[file]), true);
        found.iter().for_each(|finding| *rules.entry(finding.code).or_default() += 1);
        if refused(&found).is_some() != (row[status] == "1") {
            different.push(format!("{}: HAProxy says {}, cfg-check {:?}", row[file], row[status], refused(&found)));
        }
        count += 1;
    }
    say(&format!("{count} verdicts; findings: {rules:?}"));
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// The folder of published configurations, where there is one.
fn corpus() -> Option<PathBuf> {
    let usual = root().join("../shared/haproxy/corpus");
    let folder = std::env::var_os("EVENKEEL_CORPUS").map(PathBuf::from).or_else(|| Some(usual).filter(|p| p.is_dir()));
    if folder.is_none() {
        say("no corpus here");
    }
    folder
}

fn published() -> Vec<PathBuf> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let folder = fs::read_dir(corpus.join("configs")).expect("the folder of published configurations");
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.expect("an entry").path()).collect();
    assert!(!paths.is_empty(), "no file in {}", corpus.display());
    paths.sort();
    paths
}

/// A file, with `neutral` as HAProxy got it for its verdict: with a line feed at the end.
fn read(path: &Path, neutral: bool) -> (Files, FileId) {
    let mut text = fs::read(path).expect("a file that can be read");
    if neutral && text.last() != Some(&b'\n') {
        text.push(b'\n');
    }
    let mut files = Files::default();
    let id = files.add(&path.to_string_lossy(), &text);
    (files, id)
}

fn prints_back(path: &Path) {
    let (files, id) = read(path, false);
    assert_eq!(syntax::document(files.text(id), id).print(), files.text(id), "{}", path.display());
}

/// Every finding of the linter; each has a remedy and an explanation.
fn linted(path: &Path, neutral: bool) -> Vec<Finding> {
    let (files, id) = read(path, neutral);
    let found = cfg_check::check(&files, &[id]);
    for finding in &found {
        let shown = render::full(finding, &files, true);
        assert!(cfg_check::explain::explain(finding.code).is_some(), "no explanation:\n{shown}");
        assert!(finding.help.as_ref().is_some_and(|help| !help.is_empty()), "no remedy:\n{shown}");
    }
    found
}

fn refused(found: &[Finding]) -> Option<&Finding> {
    found.iter().find(|finding| finding.severity == Severity::Alert)
}
