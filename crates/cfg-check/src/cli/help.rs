//! The text of `--help`, from the rows of options.

use super::options::{COMMANDS, OPTIONS, Opt};
use std::fmt::Write;

/// The columns of the text, and where descriptions start.
const WIDTH: usize = 110;
const INDENT: usize = 30;

const HEAD: &str = "\
cfg-check judges HAProxy configurations without running them

usage: cfg-check [COMMAND] [OPTIONS] [FILE|DIRECTORY|-]...

All inputs together are one configuration, read in the order given. A directory stands for its *.cfg files in the
order of their names, '-' for the standard input, which is also read when no input is given. Files, names, accounts
and variables that the configuration speaks of are taken to exist.

";

const TAIL: &str = "
A comment silences findings: '# cfg-check: ignore=RULE -- reason' on the line or above it, 'ignore-section=RULE',
'ignore-file=RULE'. cfg-check.toml has the same words as the options: profile, select, extend-select, ignore, fail-on,
min-confidence, format, baseline, with-haproxy, and the tables [severity] and [confidence].

Exit status: 0 without findings, 1 with findings, 2 when used wrongly or a file cannot be read, 3 for an error of ours.
";

pub(crate) fn text() -> String {
    let mut out = String::from(HEAD);
    out.push_str("commands:\n");
    for (name, _, help) in COMMANDS {
        row(&mut out, name, help);
    }
    out.push_str("\noptions:\n");
    for option in OPTIONS {
        row(&mut out, &left(option), option.help);
    }
    out + TAIL
}

/// What is said around the lists, paragraph by paragraph.
pub(super) fn paragraphs() -> Vec<String> {
    let all = HEAD.split("\n\n").skip(2).chain(TAIL.split("\n\n"));
    all.map(|text| text.trim().to_string()).filter(|text| !text.is_empty()).collect()
}

fn left(option: &Opt) -> String {
    let short = if option.short.is_empty() { String::new() } else { format!("{}, ", option.short) };
    let value = if option.value.is_empty() { String::new() } else { format!(" {}", option.value) };
    format!("{short}{}{value}", option.name)
}

fn row(out: &mut String, left: &str, help: &str) {
    let mut line = format!("  {left:width$}", width = INDENT - 2);
    for word in help.split(' ') {
        if line.len() + word.len() >= WIDTH {
            let _ = writeln!(out, "{}", line.trim_end());
            line = " ".repeat(INDENT);
        }
        line = format!("{line}{word} ");
    }
    let _ = writeln!(out, "{}", line.trim_end());
}
