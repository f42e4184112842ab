//! Each rule against its fixture: `tests/rules/<rule-name>.cfg` is a configuration that HAProxy takes, in which marks
//! stand under what the rule says. `UPDATE_MARKS=1` writes the marks anew.

use cfg_check::{Finding, check, explain, rules};
use source::{Files, Severity};
use std::{collections::BTreeSet, fs, path::Path};

fn here(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn every_rule_says_what_its_fixture_marks() {
    for rule in rules::ALL {
        let path = here(&format!("tests/rules/{}.cfg", rule.name));
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut files = Files::default();
        let id = files.add("fixture.cfg", text.as_bytes());
        let found = check(&files, &[id]);
        let refused = found.iter().find(|finding| finding.severity == Severity::Alert);
        assert_eq!(refused, None, "{}: HAProxy would refuse the fixture", rule.name);
        let said: Vec<_> = found.iter().filter(|finding| finding.code == rule.name).collect();
        assert!(!said.is_empty(), "{}: the fixture has nothing to find", rule.name);
        let marked = marked(&text, &files, &said);
        if std::env::var_os("UPDATE_MARKS").is_some() {
            fs::write(&path, marked).expect("a fixture can be written");
        } else {
            assert_eq!(text, marked, "{}: the marks differ", rule.name);
        }
    }
}

/// The text with a mark under each finding: `#` in the first column, or over the caret of a finding that starts there.
fn marked(text: &str, files: &Files, said: &[&Finding]) -> String {
    let mut out = String::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !is_mark(line)) {
        out += &format!("{line}\n");
        for finding in said {
            let span = finding.span.expect("a rule points at a place");
            let place = files.place(span);
            if place.line == number + 1 {
                let carets = "^".repeat((span.end - span.start) as usize - usize::from(place.column == 1));
                let blanks = " ".repeat(place.column.saturating_sub(2));
                out += &format!("#{blanks}{carets} {}: {}\n", finding.code, finding.message);
            }
        }
    }
    out
}

fn is_mark(line: &str) -> bool {
    line.strip_prefix('#').is_some_and(|rest| rest.trim_start().starts_with('^'))
}

#[test]
fn the_list_is_the_folder() {
    let stems = |folder: &str, end: &str| -> BTreeSet<String> {
        let names = here(folder).read_dir().expect("a folder").map(|entry| entry.expect("an entry").file_name());
        let names =
            names.filter_map(|name| name.to_string_lossy().strip_suffix(end).map(|stem| stem.replace('_', "-")));
        names.filter(|name| name != "mod").collect()
    };
    let listed: BTreeSet<String> = rules::ALL.iter().map(|rule| rule.name.to_string()).collect();
    assert_eq!(listed, stems("src/rules", ".rs"));
    assert_eq!(listed, stems("tests/rules", ".cfg"));
    assert!(rules::ALL.is_sorted_by(|a, b| a.name < b.name), "the rules are in the order of their names");
}

#[test]
fn every_rule_explains_itself() {
    for rule in rules::ALL {
        let text = explain::explain(rule.name).expect("a rule has a text");
        for title in ["## What it does", "## Why it matters", "## Example\n```text", "## Fix"] {
            assert!(text.contains(title), "{}: '{title}' is missing", rule.name);
        }
    }
    assert_eq!(explain::explain("no-such-rule"), None);
}
