//! Completions for shells, and the manual page: made of the rows of options.

use super::options::{COMMANDS, OPTIONS, Opt};
use anyhow::{Result, bail};
use cfg_check::{format, rule::PROFILES, rules, settings::SEVERITIES};
use std::fmt::Write;

/// The script that makes a shell complete the command line.
pub(super) fn completions(shell: &str) -> Result<String> {
    match shell {
        "bash" => Ok(bash()),
        "fish" => Ok(fish()),
        "zsh" => Ok(zsh()),
        other => bail!("no completions for '{other}': there are those for bash, fish, zsh"),
    }
}

/// The values of an option that has a list of them.
fn values(option: &Opt) -> Vec<&'static str> {
    match option.name {
        "--color" => vec!["auto", "always", "never"],
        "--explain" => rules::ALL.iter().map(|rule| rule.name).collect(),
        "--fail-on" => SEVERITIES.iter().map(|(name, _)| *name).chain(["never"]).collect(),
        "--format" => format::NAMES.iter().map(|(name, _)| *name).collect(),
        "--method" => vec!["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"],
        "--profile" => PROFILES.iter().map(|(name, _)| *name).collect(),
        _ => Vec::new(),
    }
}

fn names() -> String {
    let names: Vec<_> = COMMANDS.iter().map(|(name, ..)| *name).collect();
    names.join(" ")
}

fn bash() -> String {
    let mut cases = String::new();
    for option in OPTIONS.iter().filter(|option| !option.value.is_empty()) {
        let (names, listed) = (both(option, "|"), values(option).join(" "));
        let reply = if listed.is_empty() {
            "compgen -f -- \"$word\"".into()
        } else {
            format!("compgen -W '{listed}' -- \"$word\"")
        };
        let _ = writeln!(cases, "    {names}) COMPREPLY=($({reply})); return ;;");
    }
    let options: Vec<_> = OPTIONS.iter().map(|option| option.name).collect();
    format!(
        "# bash completion for cfg-check\n_cfg_check() {{\n  local word=${{COMP_WORDS[COMP_CWORD]}}\n  case ${{COMP_WORDS[COMP_CWORD-1]}} in\n\
         {cases}  esac\n  if [[ $word == -* ]]; then\n    COMPREPLY=($(compgen -W '{}' -- \"$word\"))\n  else\n    \
         COMPREPLY=($(compgen -f -- \"$word\"))\n    [[ $COMP_CWORD == 1 ]] && COMPREPLY+=($(compgen -W '{}' -- \"$word\"))\n  fi\n}}\n\
         complete -o filenames -F _cfg_check cfg-check\n",
        options.join(" "),
        names()
    )
}

fn fish() -> String {
    let mut out = String::from("# fish completion for cfg-check\n");
    for (name, _, help) in COMMANDS {
        let _ = writeln!(out, "complete -c cfg-check -n __fish_use_subcommand -a {name} -d '{}'", quoted(help));
    }
    for option in OPTIONS {
        let long = option.name.trim_start_matches('-');
        let short = option.short.strip_prefix('-').map(|short| format!(" -s {short}")).unwrap_or_default();
        let listed = values(option).join(" ");
        let value = match (option.value, listed.as_str()) {
            ("", _) => String::new(),
            (_, "") => " -r".into(),
            (_, listed) => format!(" -x -a '{listed}'"),
        };
        let _ = writeln!(out, "complete -c cfg-check -l {long}{short}{value} -d '{}'", quoted(option.help));
    }
    out
}

fn zsh() -> String {
    let mut specs = String::new();
    for option in OPTIONS {
        // A colon ends a description, a bracket too.
        let help = quoted(option.help).replace(['[', ']'], "").replace(':', "\\:");
        let listed = values(option).join(" ");
        let value = match (option.value, listed.as_str()) {
            ("", _) => String::new(),
            (value, "") => format!(":{value}:_files"),
            (value, listed) => format!(":{value}:({listed})"),
        };
        let _ = writeln!(specs, "  '*{}[{help}]{value}' \\", option.name);
    }
    format!(
        "#compdef cfg-check\n_arguments \\\n{specs}  '1:command or file:_alternative \"commands:command:({})\" \"files:file:_files\"' \\\n  '*:file:_files'\n",
        names()
    )
}

fn both(option: &Opt, between: &str) -> String {
    if option.short.is_empty() { option.name.into() } else { format!("{}{between}{}", option.short, option.name) }
}

fn quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
}

/// The manual page, in the form that `man` reads.
pub(super) fn man() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut out = format!(
        ".TH CFG-CHECK 1 \"\" \"cfg-check {version}\" \"User Commands\"\n.SH NAME\ncfg-check \\- judge HAProxy configurations without running them\n"
    );
    out += ".SH SYNOPSIS\n.B cfg-check\n[\\fICOMMAND\\fR] [\\fIOPTIONS\\fR] [\\fIFILE\\fR|\\fIDIRECTORY\\fR|\\fB-\\fR]...\n.SH DESCRIPTION\n";
    for paragraph in super::help::paragraphs() {
        let _ = writeln!(out, ".PP\n{}", roff(&paragraph));
    }
    out += ".SH COMMANDS\n";
    for (name, _, help) in COMMANDS {
        let _ = writeln!(out, ".TP\n.B {name}\n{}", roff(help));
    }
    out += ".SH OPTIONS\n";
    for option in OPTIONS {
        let value = if option.value.is_empty() { String::new() } else { format!(" \\fI{}\\fR", roff(option.value)) };
        let _ = writeln!(out, ".TP\n\\fB{}\\fR{value}\n{}", roff(&both(option, ", ")), roff(option.help));
    }
    out
}

/// Text in which nothing is a request or an escape.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    let line = |line: &str| if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line.to_string() };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
