//! The command `cfg-check`.

#![forbid(unsafe_code)]

use anyhow::{Result, anyhow, bail};
use cfg_check::{check, explain, format, format::Format, input};
use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

const HELP: &str = "\
cfg-check judges HAProxy configurations without running them

usage: cfg-check [OPTIONS] [FILE|DIRECTORY|-]...
       cfg-check rules
       cfg-check --explain RULE

All inputs together are one configuration, read in the order given. A directory stands for its *.cfg files in the
order of their names, '-' for the standard input, which is also read when no input is given. Files, names, accounts
and variables that the configuration speaks of are taken to exist.

  -f PATH            the same as PATH, for those used to haproxy
  --format FORM      full (with the source, the default), concise (a line each), json, github
  --explain RULE     what a rule does, why it matters, an example and the fix
  -h, --help         this text
  -V, --version      the version
  rules              all rules, a line each

Exit status: 0 without findings, 1 with findings, 2 when used wrongly or a file cannot be read.
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    match obey(&words) {
        Ok((text, status)) => {
            // Nothing is left to do for a reader that went away.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::from(status)
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "cfg-check: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// What was asked for.
enum Asked {
    Check { inputs: Vec<String>, format: Format },
    Explain(String),
    Help,
    Rules,
    Version,
}

/// The text for the standard output and the exit status.
fn obey(words: &[String]) -> Result<(String, u8)> {
    match parse(words)? {
        Asked::Check { inputs, format } => {
            let (files, ids) = input::read(&inputs)?;
            let found = check(&files, &ids);
            let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            Ok((format.print(&found, &files, color), u8::from(!found.is_empty())))
        }
        Asked::Explain(rule) => {
            let text = explain::explain(&rule);
            Ok((text.ok_or_else(|| anyhow!("no rule '{rule}': 'cfg-check rules' lists them"))?, 0))
        }
        Asked::Help => Ok((HELP.into(), 0)),
        Asked::Rules => Ok((explain::list(), 0)),
        Asked::Version => Ok((format!("cfg-check {} (HAProxy {})\n", env!("CARGO_PKG_VERSION"), config::VERSION), 0)),
    }
}

fn parse(words: &[String]) -> Result<Asked> {
    let (mut inputs, mut format, mut words) = (Vec::new(), Format::Full, words.iter());
    while let Some(word) = words.next() {
        let (option, glued) = word.split_once('=').map_or((word.as_str(), None), |(o, value)| (o, Some(value)));
        let mut value = || glued.or_else(|| words.next().map(String::as_str)).ok_or(anyhow!("{option} needs a value"));
        match option {
            "--explain" => return Ok(Asked::Explain(value()?.into())),
            "--format" => format = named(value()?)?,
            "-f" => inputs.push(value()?.into()),
            "-h" | "--help" => return Ok(Asked::Help),
            "-V" | "--version" => return Ok(Asked::Version),
            "--" => inputs.extend(words.by_ref().cloned()),
            "rules" if inputs.is_empty() => return Ok(Asked::Rules),
            _ if word.starts_with('-') && word != "-" => bail!("unknown option '{word}': see 'cfg-check --help'"),
            _ => inputs.push(word.clone()),
        }
    }
    if inputs.is_empty() {
        inputs.push("-".into());
    }
    Ok(Asked::Check { inputs, format })
}

fn named(name: &str) -> Result<Format> {
    let names: Vec<_> = format::NAMES.iter().map(|(name, _)| *name).collect();
    Format::named(name).ok_or_else(|| anyhow!("unknown format '{name}': it is one of {}", names.join(", ")))
}
