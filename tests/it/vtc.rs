//! The stories for `varnishtest`, each run with real HAProxy and with evenkeel in its place.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::binary::{self, Reference};
use crate::harness::{files, say};

#[test]
fn stories_hold() {
    let only = std::env::var("VTC").ok();
    let mut stories = files("tests/vtc", ".vtc");
    stories.retain(|p| only.as_ref().is_none_or(|o| p.to_string_lossy().contains(o.as_str())));
    let count = stories.len();
    assert!(only.is_some() || count >= 25, "there are {count} stories of 25");
    let mut failures = Vec::new();
    for (name, program) in [("haproxy", Reference::V2_6.path()), ("evenkeel", binary::evenkeel())] {
        let mut failed = failed(&program, &stories);
        if !failed.is_empty() {
            // Once more, and alone: a busy machine may be too slow for a story.
            failed = self::failed(&program, &failed);
        }
        say(&format!("varnishtest with {name}: {} of {count} stories hold", count - failed.len()));
        failures.extend(failed.iter().map(|story| format!("--- {name}: {}", account(&program, story))));
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// Plays all stories, some at a time, and gives those that fail.
fn failed(program: &Path, stories: &[PathBuf]) -> Vec<PathBuf> {
    let out = Command::new(binary::needed("varnishtest"))
        .args(["-q", "-k", "-j", "4", "-t", "30"])
        .args(stories)
        .env("HAPROXY_PROGRAM", program)
        .output()
        .expect("varnishtest runs");
    let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    let named = |path: &&PathBuf| text.lines().any(|l| l.contains("FAILED") && l.contains(&*path.to_string_lossy()));
    let failed: Vec<PathBuf> = stories.iter().filter(named).cloned().collect();
    assert!(out.status.success() || !failed.is_empty(), "varnishtest fails:\n{text}");
    failed
}

/// What `varnishtest` tells of one failing story: its complaints and the proxy's own words.
fn account(program: &Path, story: &Path) -> String {
    let out = Command::new(binary::needed("varnishtest"))
        .args(["-v", "-t", "30"])
        .arg(story)
        .env("HAPROXY_PROGRAM", program)
        .output()
        .expect("varnishtest runs");
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let telling = |l: &&str| l.starts_with("----") || l.contains("ALERT") || l.contains("FAILED");
    let lines: Vec<&str> = text.lines().filter(telling).collect();
    format!("{}\n{}", story.display(), lines.join("\n"))
}
