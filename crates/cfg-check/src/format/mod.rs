//! Findings as text: for people, for editors, for programs, for pipelines.

mod github;
mod json;

use source::{Diagnostic, Files, Severity, render};

/// A form of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Concise,
    Full,
    Github,
    Json,
}

/// Every form by its name.
pub const NAMES: &[(&str, Format)] =
    &[("full", Format::Full), ("concise", Format::Concise), ("json", Format::Json), ("github", Format::Github)];

impl Format {
    pub fn named(name: &str) -> Option<Format> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// All findings; `color` concerns [`Format::Full`] only.
    pub fn print(self, found: &[Diagnostic], files: &Files, color: bool) -> String {
        match self {
            Format::Concise => found.iter().map(|finding| render::concise(finding, files) + "\n").collect(),
            Format::Full => full(found, files, color),
            Format::Github => github::print(found, files),
            Format::Json => json::print(found, files),
        }
    }
}

fn full(found: &[Diagnostic], files: &Files, color: bool) -> String {
    let mut out: String = found.iter().map(|finding| render::full(finding, files, color) + "\n").collect();
    out.push_str(&summary(found));
    out
}

fn summary(found: &[Diagnostic]) -> String {
    let count = |severity| found.iter().filter(|finding| level(finding.severity) == severity).count();
    match [count("error"), count("warning"), count("info")] {
        [0, 0, 0] => "no findings\n".into(),
        [errors, warnings, infos] => {
            let several = |n: usize| if n == 1 { "" } else { "s" };
            let (e, w) = (several(errors), several(warnings));
            format!("{errors} error{e}, {warnings} warning{w}, {infos} info\n")
        }
    }
}

/// A severity in the words of programs.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Alert => "error",
        Severity::Diag | Severity::Notice => "info",
        Severity::Warning => "warning",
    }
}
