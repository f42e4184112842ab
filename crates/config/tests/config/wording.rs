//! What HAProxy 2.8 says of single lines (`data/wording.tsv`: section, line, severity, message), and what we say.

use crate::{Options, load_with};
use config::host::Plain;
use source::Severity;

#[test]
fn messages_are_haproxys() {
    let mut faults = Vec::new();
    for row in include_str!("../data/wording.tsv").lines() {
        let cells: Vec<_> = row.split('\t').collect();
        let [section, line, severity, message] = cells.as_slice() else { panic!("{row}") };
        let head = match *section {
            "global" => "global\n",
            "defaults" => "defaults\n mode http",
            "frontend" => "frontend f\n mode http",
            "backend" => "backend b\n mode http",
            _ => "listen f\n mode http",
        };
        let text = format!("{head}\n {line}\n");
        let (_, diagnostics, files) = load_with(&text, &Plain::default(), Options::default());
        let here = diagnostics.iter().filter(|d| d.severity >= Severity::Warning);
        let here: Vec<_> = here.filter(|d| d.span.is_some_and(|span| files.place(span).line == 3)).collect();
        let worst = if *severity == "alert" { Severity::Alert } else { Severity::Warning };
        if !here.iter().any(|d| d.severity == worst && d.message.trim_end_matches('.') == message.trim_end_matches('.'))
        {
            let ours: Vec<_> = here.iter().map(|d| d.message.as_str()).collect();
            faults.push(format!("{section} | {line} | {message} | {ours:?}"));
        }
    }
    assert!(faults.is_empty(), "{} differ:\n{}", faults.len(), faults.join("\n"));
}
