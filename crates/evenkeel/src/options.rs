//! The options of the command line: one row each. Parsing and help are derived from the rows.

use crate::args::{Args, Fault};
use std::fmt::Write;

/// One option.
#[derive(Debug)]
pub(crate) struct OptionRow {
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
    pub(crate) effect: fn(&mut Args, &str) -> Result<(), Fault>,
    pub(crate) help: &'static str,
}

/// What stands behind an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Nothing,
    /// In the next word.
    Value(&'static str),
    /// In the same word; may be empty.
    Glued(&'static str),
    /// Process numbers, up to the next option.
    Pids,
}

const fn row(
    name: &'static str,
    takes: Takes,
    effect: fn(&mut Args, &str) -> Result<(), Fault>,
    help: &'static str,
) -> OptionRow {
    OptionRow { name, takes, effect, help }
}

use Takes::{Glued, Nothing, Pids, Value};

/// Options in the order of the help. `-v…`, `--` and `--help` are read before the table is asked.
static TABLE: &[OptionRow] = &[
    row("-f", Value("PATH"), |a, v| ok(a.files.push(v.into())), "load a file, or the *.cfg files of a directory"),
    row("-c", Nothing, |a, _| ok(a.check = true), "check the configuration and exit: 0 good, 1 bad, 2 no listener"),
    row(
        "-cc",
        Value("COND"),
        |a, v| ok(a.condition = Some(v.into())),
        "evaluate a condition: 0 true, 1 false, 2 error",
    ),
    row("-C", Value("DIR"), |a, v| ok(a.chdir = Some(v.into())), "change to a directory before loading"),
    row("-d", Nothing, |a, _| ok(a.debug = true), "stay in the foreground and show events"),
    row("-db", Nothing, |a, _| ok(a.foreground = true), "stay in the foreground"),
    row("-D", Nothing, |a, _| ok(a.daemon = true), "run as a daemon"),
    row("-q", Nothing, |a, _| ok(a.quiet = true), "say nothing"),
    row("-V", Nothing, |a, _| ok(a.verbose = true), "say more; undoes -q and 'quiet'"),
    row("-p", Value("FILE"), |a, v| ok(a.pidfile = Some(v.into())), "write the daemon's process number"),
    row("-n", Value("N"), |a, v| number("-n", v).map(|n| a.maxconn = n), "limit of connections ('maxconn')"),
    row("-N", Value("N"), |a, v| number("-N", v).map(|n| a.proxy_maxconn = n), "default limit of each frontend"),
    row("-m", Value("MB"), |a, v| number("-m", v).map(|n| a.memory_mb = n.map(u64::from)), "limit of memory"),
    row("-L", Value("NAME"), |a, v| ok(a.local_peer = Some(v.into())), "name of this peer ($HAPROXY_LOCALPEER)"),
    row("-sf", Pids, |a, _| ok(a.terminate_old = false), "once listening, ask old processes to finish"),
    row("-st", Pids, |a, _| ok(a.terminate_old = true), "once listening, stop old processes"),
    row("-dW", Nothing, |a, _| ok(a.zero_warning = true), "warnings refuse the configuration ('zero-warning')"),
    row("-dD", Nothing, |a, _| ok(a.diagnostics = true), "show diagnostic findings too"),
    row("-dr", Nothing, |a, _| ok(a.ignore_unresolved = true), "start servers of unknown names without an address"),
    row("-dG", Nothing, |a, _| ok(a.no_getaddrinfo = true), "do not ask the system for the addresses of names"),
    row("-dR", Nothing, |a, _| ok(a.no_reuseport = true), "do not use SO_REUSEPORT"),
    row("-dt", Glued("TRACE"), |a, _| ok(a.trace = true), "show evenkeel's own diagnostics (see EVENKEEL_LOG)"),
    row("-dS", Nothing, nothing, "do not use splice (evenkeel never does)"),
    row("-dF", Nothing, nothing, "do not use fast-forward (evenkeel never does)"),
    row("-dZ", Nothing, nothing, "do not use zero-copy forwarding (evenkeel never does)"),
    row("-dT", Nothing, nothing, "do not use kernel TLS (evenkeel never does)"),
    row("-dI", Nothing, nothing, "allow forks (evenkeel never forks while it runs)"),
    row("-dp", Nothing, nothing, "do not use poll (evenkeel never does)"),
    row("-dk", Nothing, nothing, "do not use kqueue (evenkeel never does)"),
    row("-dv", Nothing, nothing, "do not use event ports (evenkeel never does)"),
    row("-de", Nothing, |a, _| unobeyed(a, "-de: epoll is the only poller"), "not obeyed: epoll is the only poller"),
    row(
        "-dV",
        Nothing,
        |a, _| unobeyed(a, "-dV: evenkeel does not speak TLS to servers yet"),
        "not obeyed: no TLS to servers yet",
    ),
    row(
        "-dM",
        Glued("DEBUG"),
        |a, _| unobeyed(a, "-dM: evenkeel has no memory pools to debug"),
        "not obeyed: there are no memory pools",
    ),
    row("-dc", Nothing, |a, _| unobeyed(a, "-dc: evenkeel does not choose CPUs"), "not obeyed: CPUs are not chosen"),
    row("-4", Nothing, |a, _| unobeyed(a, "-4: evenkeel has no resolvers yet"), "not obeyed: no resolvers yet"),
    row("-W", Nothing, |a, _| unobeyed(a, MASTER), "not obeyed yet: one process, without a master"),
    row(
        "-Ws",
        Nothing,
        |a, _| {
            a.notify = true;
            unobeyed(a, MASTER)
        },
        "the same, and tell the service manager when ready",
    ),
    row(
        "-S",
        Value("ADDR"),
        |a, _| unobeyed(a, "-S: there is no master process yet, and so no socket to it"),
        "not obeyed yet: no master socket",
    ),
    row(
        "-x",
        Value("PATH"),
        |a, _| unobeyed(a, "-x: listening sockets are not taken over yet; addresses are bound anew"),
        "not obeyed yet: sockets are bound anew",
    ),
    row("-dA", Glued("FILE"), |_, _| refused("-dA"), "refused: no archive of dependencies"),
    row("-dC", Glued("KEY"), |_, _| refused("-dC"), "refused: no dump of the configuration"),
    row("-dK", Glued("CLASS"), |_, _| refused("-dK"), "refused: no dump of keywords"),
    row("-dL", Nothing, |_, _| refused("-dL"), "refused: no list of libraries"),
    row("-h", Nothing, |_, _| Err(Fault::Usage), "show this usage, with exit status 1"),
];

const MASTER: &str = "-W: the master-worker mode is not there yet; one process runs, and SIGUSR2 does not reload it";

/// The row of an option, and what is glued to it.
pub(crate) fn find(word: &str) -> Option<(&'static OptionRow, &str)> {
    let exact = TABLE.iter().find(|row| row.name == word).map(|row| (row, ""));
    exact.or_else(|| {
        let glued = TABLE.iter().filter(|row| matches!(row.takes, Glued(_)));
        glued.filter_map(|row| word.strip_prefix(row.name).map(|rest| (row, rest))).next()
    })
}

/// A process number of `-sf` or `-st`.
pub(crate) fn pid(option: &str, word: &str) -> Result<i32, Fault> {
    let pid = word.parse().ok().filter(|pid| *pid > 0);
    pid.ok_or_else(|| Fault::Alert(format!("{option} option: some bytes unconsumed in PID list {{{word}}}")))
}

/// The usage, with every option.
pub(crate) fn usage() -> String {
    let mut text =
        String::from("Usage : evenkeel [OPTION]... -f PATH... [-- PATH...]\n        evenkeel demo [--port N]\n");
    let fixed = [
        ("-v", "show the version; -vv the build as well"),
        ("-vq", "show the version's number alone; -vqb its branch"),
        ("-- PATH...", "load these files and directories too"),
        ("--help", "show this help"),
    ];
    let shown = |row: &OptionRow| match row.takes {
        Nothing => row.name.to_owned(),
        Value(what) => format!("{} {what}", row.name),
        Glued(what) => format!("{}[{what}]", row.name),
        Pids => format!("{} PID...", row.name),
    };
    let rows = TABLE.iter().map(|row| (shown(row), row.help));
    for (option, help) in rows.chain(fixed.map(|(option, help)| (option.to_owned(), help))) {
        let _ = writeln!(text, "        {option:<12} {help}");
    }
    text
}

fn ok((): ()) -> Result<(), Fault> {
    Ok(())
}

fn nothing(_: &mut Args, _: &str) -> Result<(), Fault> {
    Ok(())
}

fn unobeyed(args: &mut Args, what: &str) -> Result<(), Fault> {
    args.unobeyed.push(what.into());
    Ok(())
}

fn refused(option: &str) -> Result<(), Fault> {
    Err(Fault::Alert(format!("{option}: this option is not supported by evenkeel; leave it out.")))
}

/// 0 is no limit, as for HAProxy.
fn number(option: &str, word: &str) -> Result<Option<u32>, Fault> {
    match word.parse() {
        Ok(0) => Ok(None),
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(Fault::Alert(format!("{option}: an integer is expected instead of '{word}'."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usage_names_every_option_once() {
        let usage = usage();
        for row in TABLE {
            let lines = usage.lines().filter(|l| l.split([' ', '[']).find(|w| !w.is_empty()) == Some(row.name));
            assert_eq!(lines.count(), 1, "{}", row.name);
            assert!(!row.help.is_empty());
        }
    }

    #[test]
    fn a_glued_value_is_found() {
        assert_eq!(find("-dMno-merge").map(|(row, rest)| (row.name, rest)), Some(("-dM", "no-merge")));
        assert_eq!(find("-dt").map(|(row, rest)| (row.name, rest)), Some(("-dt", "")));
        assert!(find("-z").is_none());
    }
}
