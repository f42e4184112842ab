//! Whole configurations: those of this project, and with `EVENKEEL_CORPUS` those that people published, whose
//! verdicts by HAProxy are known.

use cfg_check::{check, explain};
use source::{Diagnostic, Files, Severity};
use std::{collections::BTreeMap, fs, path::Path};

fn lint(path: &Path, neutral: bool) -> Vec<Diagnostic> {
    let mut text = fs::read(path).expect("a file that can be read");
    // A neutral verdict is one on the file with a final line feed.
    if neutral && text.last() != Some(&b'\n') {
        text.push(b'\n');
    }
    let mut files = Files::default();
    let id = files.add(&path.to_string_lossy(), &text);
    let found = check(&files, &[id]);
    for finding in &found {
        let shown = source::render::full(finding, &files, true);
        assert!(explain::explain(finding.code).is_some(), "no explanation:\n{shown}");
        assert!(finding.help.as_ref().is_some_and(|help| !help.is_empty()), "no remedy:\n{shown}");
    }
    found
}

fn refused(found: &[Diagnostic]) -> Option<&Diagnostic> {
    found.iter().find(|finding| finding.severity == Severity::Alert)
}

#[test]
fn our_own_configurations_load() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../haproxy-configs");
    let mut count = 0;
    for entry in folder.read_dir().expect("the folder of configurations") {
        let path = entry.expect("an entry").path();
        let found = lint(&path, false);
        let article = path.ends_with("article.cfg");
        assert_eq!(refused(&found).is_some(), article, "{}: {:?}", path.display(), refused(&found));
        count += 1;
    }
    assert!(count > 5, "only {count} configurations");
}

#[test]
#[expect(clippy::print_stdout, reason = "the counts are what a person runs it for")]
fn verdicts_are_those_of_haproxy() {
    let Some(corpus) = std::env::var_os("EVENKEEL_CORPUS") else { return };
    let corpus = Path::new(&corpus);
    let table = fs::read_to_string(corpus.join("verdicts.tsv")).expect("verdicts.tsv");
    let mut lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let column = |name| header.iter().position(|cell| *cell == name).expect("a known column");
    let (file, status) = (column("file"), column("neutral34_rc"));
    let (mut same, mut different, mut rules) = (0, 0, BTreeMap::<&str, usize>::new());
    for row in lines {
        let found = lint(&corpus.join("configs").join(row[file]), true);
        found.iter().for_each(|finding| *rules.entry(finding.code).or_default() += 1);
        if refused(&found).is_some() == (row[status] == "1") {
            same += 1;
        } else {
            different += 1;
            println!("{}: haproxy says {}, cfg-check {:?}", row[file], row[status], refused(&found));
        }
    }
    println!("verdicts: {same} the same, {different} different; findings: {rules:#?}");
    assert_eq!(different, 0);
}
