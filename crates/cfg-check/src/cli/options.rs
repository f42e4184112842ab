//! The options, one row each: help is made from the rows.

/// What the first word asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Check,
    Completions,
    Diff,
    Dump,
    Fmt,
    Lsp,
    Man,
    Route,
    Rules,
}

/// Every command by its name, with what it does.
pub(crate) const COMMANDS: &[(&str, Command, &str)] = &[
    ("check", Command::Check, "judge a configuration (this is what happens without a command)"),
    ("rules", Command::Rules, "every rule with its group, its profile and its title"),
    ("route", Command::Route, "where a request would go: the rules that it meets, and the backend at the end"),
    (
        "diff",
        Command::Diff,
        "what changes in meaning between two files or directories, OLD and NEW; exit status 1 if anything",
    ),
    ("lsp", Command::Lsp, "serve an editor over the standard input and output"),
    ("completions", Command::Completions, "the completions of a shell: bash, fish or zsh"),
    ("man", Command::Man, "the manual page"),
    ("dump", Command::Dump, "the configuration as JSON, with places, and with defaults resolved"),
    ("fmt", Command::Fmt, "lay files out anew, without a change to words, comments and their order"),
];

/// An option.
#[derive(Debug)]
pub(crate) struct Opt {
    pub(crate) name: &'static str,
    pub(crate) short: &'static str,
    /// What its value is called; empty if it takes none.
    pub(crate) value: &'static str,
    /// The commands that take it; all of them if there is none.
    pub(crate) of: &'static [Command],
    pub(crate) help: &'static str,
}

const CHECK: &[Command] = &[Command::Check];
/// What chooses findings, for a run or for an editor.
const CHOICE: &[Command] = &[Command::Check, Command::Lsp];
const ROUTE: &[Command] = &[Command::Route];

const fn opt(name: &'static str, value: &'static str, of: &'static [Command], help: &'static str) -> Opt {
    Opt { name, short: "", value, of, help }
}

pub(crate) const OPTIONS: &[Opt] = &[
    Opt {
        short: "-f",
        ..opt(
            "--file",
            "PATH",
            &[Command::Check, Command::Dump, Command::Fmt, Command::Route],
            "a file or directory, as for haproxy",
        )
    },
    opt(
        "--format",
        "FORM",
        &[Command::Check, Command::Diff, Command::Route, Command::Rules],
        "full (with the source, the default), concise (a line each), json, json-lines, github, gitlab, sarif, junit, \
         checkstyle",
    ),
    opt(
        "--topic",
        "NAMES",
        &[Command::Diff],
        "only these: checks, headers, listeners, logs, routes, rules, servers, settings, timeouts",
    ),
    opt("--color", "WHEN", CHECK, "auto (on a terminal, the default), always, never"),
    opt("--output-file", "FILE", CHECK, "write the findings there"),
    opt("--profile", "NAME", CHOICE, "how much is said: default, strict, security, all"),
    opt("--select", "NAMES", CHOICE, "only these rules and groups: parity, semantic, security, upgrade, all"),
    opt("--extend-select", "NAMES", CHOICE, "these beside those of the profile"),
    opt("--ignore", "NAMES", CHOICE, "not these rules and groups"),
    opt("--severity", "RULE:LEVEL", CHOICE, "another severity for a rule: error, warning, info"),
    opt("--confidence", "RULE:LEVEL", CHOICE, "another confidence for a rule: high, medium, low"),
    opt("--min-confidence", "LEVEL", CHOICE, "only what is at least so sure: low (the default), medium, high"),
    opt("--fail-on", "LEVEL", CHECK, "the least severity for exit status 1: error, warning, info (the default), never"),
    opt("--config", "FILE", CHOICE, "settings; otherwise cfg-check.toml beside the first input or above it"),
    opt("--no-config", "", CHOICE, "read no cfg-check.toml"),
    opt("--baseline", "FILE", CHECK, "leave out the findings that are listed there"),
    opt("--write-baseline", "FILE", CHECK, "list the present findings there, for '--baseline'"),
    opt("--with-haproxy", "PATH", CHECK, "run this binary too, and add what it says"),
    opt("--template-ignore", "", CHECK, "judge a template of Jinja, ERB or Go, but not what it will put in"),
    opt("--check-files", "", CHECK, "the files that are named have to exist here"),
    opt("--check-dns", "", CHECK, "the host names of servers have to have addresses"),
    opt("--check-accounts", "", CHECK, "users and groups have to exist here"),
    opt("--fix", "", CHECK, "mend what can be mended without changing what the file means"),
    opt("--unsafe-fixes", "", CHECK, "mend also what changes it"),
    opt("--diff", "", &[Command::Check, Command::Fmt], "show what '--fix' or 'fmt' would change, and change nothing"),
    opt("--method", "NAME", ROUTE, "the method of the request: GET unless said otherwise"),
    opt("--url", "URL", ROUTE, "what is asked for: http://HOST[:PORT]/PATH or https://HOST[:PORT]/PATH"),
    Opt { short: "-H", ..opt("--header", "LINE", ROUTE, "a header of the request, 'NAME: VALUE'; once for each") },
    opt("--src", "IP", ROUTE, "the address of the client"),
    opt("--frontend", "NAME", ROUTE, "follow the request from here, whatever port it is for"),
    opt("--check", "", &[Command::Fmt], "name the files that 'fmt' would change; exit status 1 if there are any"),
    opt("--explain", "RULE", &[], "what a rule does, why it matters, an example and the fix"),
    Opt { short: "-h", ..opt("--help", "", &[], "this text") },
    Opt { short: "-V", ..opt("--version", "", &[], "the version") },
];
