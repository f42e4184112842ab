//! Configurations as text, and what is said of them.

mod article;
mod damage;
mod files;
mod inherit;
mod obeyed;
mod outcomes;
mod rows;
mod tables;
mod wording;

use config::{Config, Options, host::Plain, load};
use source::{Diagnostics, Files, Severity};

/// Loads one text with a host that knows `localhost` only.
fn load_text(text: &str) -> (Config, Diagnostics, Files) {
    load_with(text, &Plain::default(), Options::default())
}

fn load_with(text: &str, host: &Plain, options: Options) -> (Config, Diagnostics, Files) {
    let mut files = Files::default();
    let id = files.add("haproxy.cfg", text.as_bytes());
    let (config, diagnostics) = load(&files, &[id], host, options);
    (config, diagnostics, files)
}

/// Findings as `line: severity code: first line of the message`.
fn show(files: &Files, diagnostics: &Diagnostics) -> Vec<String> {
    let shown = |d: &source::Diagnostic| {
        let line = d.span.map_or(0, |span| files.place(span).line);
        let severity = match d.severity {
            Severity::Alert => "alert",
            Severity::Warning => "warning",
            Severity::Notice => "notice",
            Severity::Diag => "diag",
        };
        format!("{line}: {severity} {}: {}", d.code, d.message.lines().next().unwrap_or_default())
    };
    diagnostics.iter().map(shown).collect()
}

/// The text's findings, exactly these.
fn check(text: &str, expect: &[&str]) {
    let (_, diagnostics, files) = load_text(text);
    assert_eq!(show(&files, &diagnostics), expect, "{text}");
}
