//! Findings as text: for people, for editors, for programs, for pipelines. One file a form.

mod checkstyle;
mod full;
mod github;
mod gitlab;
mod json;
mod json_lines;
mod junit;
mod sarif;
mod xml;

use crate::rule::Finding;
use source::{Files, render};

/// A form of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Checkstyle,
    Concise,
    Full,
    Github,
    Gitlab,
    Json,
    JsonLines,
    Junit,
    Sarif,
}

/// Every form by its name.
pub const NAMES: &[(&str, Format)] = &[
    ("full", Format::Full),
    ("concise", Format::Concise),
    ("json", Format::Json),
    ("json-lines", Format::JsonLines),
    ("github", Format::Github),
    ("gitlab", Format::Gitlab),
    ("sarif", Format::Sarif),
    ("junit", Format::Junit),
    ("checkstyle", Format::Checkstyle),
];

impl Format {
    pub fn named(name: &str) -> Option<Format> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// All findings; `color` concerns [`Format::Full`] only.
    pub fn print(self, found: &[Finding], files: &Files, color: bool) -> String {
        match self {
            Format::Checkstyle => checkstyle::print(found, files),
            Format::Concise => found.iter().map(|finding| render::concise(finding, files) + "\n").collect(),
            Format::Full => full::print(found, files, color),
            Format::Github => github::print(found, files),
            Format::Gitlab => gitlab::print(found, files),
            Format::Json => json::print(found, files),
            Format::JsonLines => json_lines::print(found, files),
            Format::Junit => junit::print(found, files),
            Format::Sarif => sarif::print(found, files),
        }
    }
}
