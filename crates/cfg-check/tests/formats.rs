//! The forms of output for programs: what their readers rely on.

use cfg_check::{Finding, Settings, catalogue, format::Format, report};
use serde_json::Value;
use source::Files;
use std::collections::BTreeSet;

/// Findings of each kind: with a fix, with a related place, without a place, with bytes that need care.
fn found() -> (Files, Vec<Finding>) {
    let text = "global\n zero-warning\nfrontend f\n mode http\n bind :80\n timeout client 300\n acl \"<é&>\" method get\n \
                http-request deny if \"<é&>\"\n use_backend nowhere if { path a:b,c%d }\nfrontend g\n bind :80\n";
    let mut files = Files::default();
    let id = files.add("dir/ä b.cfg", text.as_bytes());
    let found = report(&files, &[id], &Settings::everything());
    assert!(found.len() > 5 && found.iter().any(|f| f.fix.is_some()) && found.iter().any(|f| !f.related.is_empty()));
    (files, found)
}

fn json(format: Format) -> (Value, Vec<Finding>) {
    let (files, found) = found();
    (serde_json::from_str(&format.print(&found, &files, false)).expect("JSON"), found)
}

#[test]
fn json_is_what_the_schema_says() {
    let (object, found) = json(Format::Json);
    let schema: Value = serde_json::from_str(include_str!("../../../docs/cfg-check.schema.json")).expect("a schema");
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<BTreeSet<_>>();
    let known = |part: &str| keys(&schema["$defs"][part]["properties"]);
    let findings = object["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), found.len());
    for finding in findings {
        assert_eq!(keys(finding), known("finding"));
        for (part, list) in [("edit", &finding["fix"]["edits"]), ("related", &finding["related"])] {
            list.as_array().into_iter().flatten().for_each(|item| assert_eq!(keys(item), known(part)));
        }
        for key in ["severity", "confidence", "group"] {
            let allowed = schema["$defs"]["finding"]["properties"][key]["enum"].as_array().expect("a list");
            assert!(allowed.contains(&finding[key]), "{finding}");
        }
    }
    let required = schema["$defs"]["finding"]["required"].as_array().expect("a list").len();
    assert_eq!(required, known("finding").len());
}

#[test]
fn json_lines_are_the_same_findings() {
    let (files, found) = found();
    let (object, _) = json(Format::Json);
    let lines = Format::JsonLines.print(&found, &files, false);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(Value::Array(lines), object["findings"]);
}

#[test]
fn sarif_declares_every_rule() {
    let (log, found) = json(Format::Sarif);
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), catalogue::all().len());
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), found.len());
    for (result, finding) in results.iter().zip(&found) {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!((&rules[index]["id"], &result["ruleId"]), (&finding.code.into(), &finding.code.into()));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "dir/%C3%A4%20b.cfg");
        let region = |key| place["region"][key].as_u64().expect("a number");
        assert!((region("endLine"), region("endColumn")) >= (region("startLine"), region("startColumn")));
        assert!(["error", "warning", "note"].iter().any(|level| result["level"] == *level));
    }
}

#[test]
fn gitlab_tells_findings_apart() {
    let (list, found) = json(Format::Gitlab);
    let rows = list.as_array().expect("a list");
    let prints: BTreeSet<_> = rows.iter().map(|row| row["fingerprint"].as_str().expect("a text")).collect();
    assert_eq!(prints.len(), found.len());
    for row in rows {
        assert!(row["location"]["lines"]["begin"].as_u64() >= Some(1), "{row}");
        assert!(["info", "major", "critical"].iter().any(|severity| row["severity"] == *severity), "{row}");
    }
}

#[test]
fn github_keeps_a_command_on_its_line() {
    let (files, found) = found();
    let text = Format::Github.print(&found, &files, false);
    assert_eq!(text.lines().count(), found.len());
    for line in text.lines() {
        let (head, message) = line.strip_prefix("::").and_then(|rest| rest.split_once("::")).expect("a command");
        let (kind, properties) = head.split_once(' ').expect("properties");
        assert!(["error", "warning", "notice"].contains(&kind) && !message.is_empty(), "{line}");
        assert!(properties.split(',').all(|pair| pair.split_once('=').is_some()), "{line}");
    }
}

#[test]
fn xml_has_every_finding_and_closes_what_it_opens() {
    let (files, found) = found();
    for (format, item) in [(Format::Junit, "<failure "), (Format::Checkstyle, "<error ")] {
        let text = format.print(&found, &files, false);
        assert_eq!(text.matches(item).count(), found.len());
        let tags = text.split('<').skip(2);
        let (mut open, mut deepest) = (Vec::new(), 0);
        for tag in tags {
            let (tag, _) = tag.split_once('>').expect("a tag that ends");
            let name = tag.split([' ', '/']).find(|name| !name.is_empty()).expect("a name");
            match tag.starts_with('/') {
                true => assert_eq!(open.pop(), Some(name)),
                false if tag.ends_with('/') => {}
                false => open.push(name),
            }
            deepest = deepest.max(open.len());
        }
        assert!(open.is_empty() && deepest >= 2, "{open:?}");
    }
}
