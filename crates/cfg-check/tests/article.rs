//! The article's file: every finding, as a person and as a program sees it.

use cfg_check::{Finding, Settings, format::Format, report};
use source::Files;

fn article() -> (Files, Vec<Finding>) {
    let text = include_bytes!("../../../haproxy-configs/article.cfg");
    let mut files = Files::default();
    let id = files.add("article.cfg", text);
    let found = report(&files, &[id], &Settings::default());
    (files, found)
}

#[test]
fn every_finding_has_its_place() {
    let (files, found) = article();
    let text = Format::Concise.print(&found, &files, false);
    let want = include_str!("article.txt");
    if std::env::var_os("UPDATE_MARKS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/article.txt");
        std::fs::write(path, &text).expect("the expected text can be written");
    } else {
        assert_eq!(text, want);
    }
}

#[test]
fn a_person_sees_the_line_and_the_remedy() {
    let (files, found) = article();
    let text = Format::Full.print(&found, &files, false);
    let want = "\
    --> article.cfg:4:17
    |
  4 | default_backend my_web_servers
    |                 ^^^^^^^^^^^^^^
   ::: article.cfg:17:1
    |
 17 | backend my_web_servers
    | ---------------------- this backend
    = help: add 'mode http' to backend 'my_web_servers', or to a 'defaults' section above
";
    assert!(text.contains(want.trim_start()), "{text}");
}

#[test]
fn a_program_sees_one_object() {
    let (files, found) = article();
    let object: serde_json::Value = serde_json::from_str(&Format::Json.print(&found, &files, false)).expect("JSON");
    let findings = object["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), found.len());
    let weak = findings.iter().find(|finding| finding["rule"] == "stats-weak-auth").expect("the weak password");
    let place = ["line", "column", "end_line", "end_column"].map(|key| weak[key].as_u64());
    assert_eq!(place, [Some(15), Some(12), Some(15), Some(19)]);
    assert_eq!((&weak["severity"], &weak["confidence"]), (&"warning".into(), &"high".into()));
    assert_eq!(weak["file"], "article.cfg");
}

#[test]
fn a_pipeline_sees_annotations() {
    let (files, found) = article();
    let text = Format::Github.print(&found, &files, false);
    let want = "::warning file=article.cfg,line=15,endLine=15,col=12,endColumn=18,title=stats-weak-auth::\
                the password of user '123' is easy to guess: it is the user's name%0Ahelp: ";
    assert!(text.lines().any(|line| line.starts_with(want)), "{text}");
    assert!(text.lines().all(|line| line.starts_with("::")), "one command is one line");
}
