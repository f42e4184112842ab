//! The command line: what is asked for, what is read, what is printed, how it leaves.

mod args;
mod check;
mod diff;
mod fixes;
mod fmt;
mod help;
mod options;
mod route;
mod shells;
mod toml_file;

use anyhow::{Result, anyhow};
use args::Args;
use cfg_check::{dump, explain, input};
use options::Command;
use std::io::Write;

/// The exit statuses are a promise to pipelines.
pub(crate) const CLEAN: u8 = 0;
pub(crate) const FINDINGS: u8 = 1;
pub(crate) const USAGE: u8 = 2;
pub(crate) const INTERNAL: u8 = 3;

/// What goes to the standard output, what to the standard error, and the exit status.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) text: Vec<u8>,
    pub(crate) notes: String,
    pub(crate) status: u8,
}

impl Outcome {
    pub(crate) fn text(text: impl Into<Vec<u8>>) -> Outcome {
        Outcome { text: text.into(), ..Outcome::default() }
    }
}

/// The status of a piece of work; a panic in it is an error of ours, not a verdict on the configuration.
pub(crate) fn guarded(work: impl FnOnce() -> u8 + std::panic::UnwindSafe) -> u8 {
    std::panic::catch_unwind(work).unwrap_or_else(|_| {
        let _ = writeln!(std::io::stderr(), "cfg-check: an internal error: please report it with the configuration");
        INTERNAL
    })
}

pub(crate) fn run(words: &[String]) -> u8 {
    match obey(words) {
        Ok(outcome) => {
            // Nothing is left to do for a reader that went away.
            let _ = std::io::stderr().write_all(outcome.notes.as_bytes());
            let _ = std::io::stdout().write_all(&outcome.text);
            outcome.status
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "cfg-check: {error:#}");
            USAGE
        }
    }
}

fn obey(words: &[String]) -> Result<Outcome> {
    let args = Args::parse(words)?;
    if args.has("--help") {
        return Ok(Outcome::text(help::text()));
    }
    if args.has("--version") {
        let version = format!("cfg-check {} (HAProxy {})\n", env!("CARGO_PKG_VERSION"), config::VERSION);
        return Ok(Outcome::text(version));
    }
    if let Some(rule) = args.last("--explain") {
        let text = explain::explain(rule);
        return Ok(Outcome::text(text.ok_or_else(|| anyhow!("no rule '{rule}': 'cfg-check rules' lists them"))?));
    }
    match args.command {
        Command::Check => check::run(&args),
        Command::Completions => Ok(Outcome::text(shells::completions(args.inputs.first().map_or("", String::as_str))?)),
        Command::Diff => diff::run(&args),
        Command::Dump => {
            let (files, ids) = input::read(&args.inputs)?;
            Ok(Outcome::text(dump::dump(&files, &ids)))
        }
        Command::Fmt => fmt::run(&args),
        Command::Lsp => {
            let settings = check::settings(&args)?;
            let leaves = cfg_check::lsp::serve(std::io::stdin(), std::io::stdout().lock(), settings)?;
            Ok(Outcome { status: u8::from(!leaves), ..Outcome::default() })
        }
        Command::Man => Ok(Outcome::text(shells::man())),
        Command::Route => route::run(&args),
        Command::Rules => match args.last("--format") {
            Some("json") => Ok(Outcome::text(explain::list_json())),
            None | Some("full" | "concise") => Ok(Outcome::text(explain::list())),
            Some(other) => Err(anyhow!("'rules' has no format '{other}': it is one of full, json")),
        },
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_panic_is_an_internal_error() {
        assert_eq!(super::guarded(|| panic!("on purpose")), super::INTERNAL);
        assert_eq!(super::guarded(|| 1), 1);
    }
}
