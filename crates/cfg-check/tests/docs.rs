//! Pages that are made of the program's own tables are what those tables say. `UPDATE_DOCS=1` writes them anew.

use cfg_check::{coverage, explain, grammar, rules};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// A page is as it should be, or becomes so.
fn check(path: &Path, want: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(path, want).expect("a page can be written");
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == want,
        "{} is not current: UPDATE_DOCS=1 cargo nextest run -p evenkeel-cfg-check docs",
        path.display()
    );
}

#[test]
fn docs_of_coverage_are_current() {
    check(&docs().join("coverage.md"), &coverage::page());
}

#[test]
fn docs_of_rules_are_current() {
    let folder = docs().join("rules");
    let mut names = BTreeSet::from(["README.md".to_owned()]);
    let mut index = String::from("# Rules of cfg-check\n\n| rule | what it finds |\n|---|---|\n");
    for rule in rules::ALL {
        let text = explain::explain(rule.name).expect("a rule of ours");
        check(&folder.join(format!("{}.md", rule.name)), &text);
        index += &format!("| [{0}]({0}.md) | {1} |\n", rule.name, rule.title().replace('|', "\\|"));
        names.insert(format!("{}.md", rule.name));
    }
    check(&folder.join("README.md"), &index);
    let there = fs::read_dir(folder).expect("the folder").flatten().map(|entry| entry.file_name());
    let there: BTreeSet<String> = there.map(|name| name.to_string_lossy().into_owned()).collect();
    assert_eq!(there, names, "pages of rules that are no more");
}

#[test]
fn docs_of_editors_are_current() {
    check(&docs().join("../editors/vscode/haproxy.tmLanguage.json"), &grammar::grammar());
}

/// What is there for pipelines and editors is well formed, and the matcher matches what is printed.
#[test]
fn docs_of_pipelines_are_well_formed() {
    let read = |name: &str| fs::read_to_string(docs().join("..").join(name)).expect("a file");
    for name in ["editors/vscode/package.json", "editors/vscode/language-configuration.json"] {
        let _: serde_json::Value = serde_json::from_str(&read(name)).expect("JSON");
    }
    let matcher: serde_json::Value = serde_json::from_str(&read("docs/ci/problem-matcher.json")).expect("JSON");
    let pattern = matcher["problemMatcher"][0]["pattern"][0]["regexp"].as_str().expect("a pattern");
    let regex = sample::regexes::compile(pattern.as_bytes(), false).expect("a regular expression");
    let printed = b"a/b.cfg:3:17: warning[timeout-without-unit]: '100' without a unit is 100 milliseconds";
    let found = regex.captures(printed).expect("a line of findings");
    let part = |at: usize| found.get(at).map(|part| String::from_utf8_lossy(part.as_bytes()).into_owned());
    assert_eq!([part(1), part(2), part(4)], ["a/b.cfg", "3", "warning"].map(|text| Some(text.to_owned())));
}
