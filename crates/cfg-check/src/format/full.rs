//! For a person: the source with carets, the remedy, and a summary.

use crate::{catalogue::level, rule::Finding};
use source::{Files, render};

pub(super) fn print(found: &[Finding], files: &Files, color: bool) -> String {
    let one = |finding: &Finding| render::full(finding, files, color) + "\n";
    let mut out: String = found.iter().map(one).collect();
    out.push_str(&summary(found));
    out
}

fn summary(found: &[Finding]) -> String {
    let count = |severity| found.iter().filter(|finding| level(finding.severity) == severity).count();
    let several = |n: usize| if n == 1 { "" } else { "s" };
    let fixes = |safe: bool| found.iter().filter(|f| f.fix.as_ref().is_some_and(|fix| fix.safe == safe)).count();
    let mut out = match [count("error"), count("warning"), count("info")] {
        [0, 0, 0] => return "no findings\n".into(),
        [errors, warnings, infos] => {
            let (e, w) = (several(errors), several(warnings));
            format!("{errors} error{e}, {warnings} warning{w}, {infos} info\n")
        }
    };
    match (fixes(true), fixes(false)) {
        (0, 0) => {}
        (safe, 0) => out += &format!("'--fix' mends {safe} of them\n"),
        (0, more) => out += &format!("'--unsafe-fixes' mends {more} of them, and changes what the file means\n"),
        (safe, more) => {
            out += &format!(
                "'--fix' mends {safe} of them, '--unsafe-fixes' {more} more, and changes what the file means\n"
            );
        }
    }
    out
}
