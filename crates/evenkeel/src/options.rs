//! The options of the command line: one row each. Parsing and help are derived from the rows.

use crate::args::{Args, Fault};
use std::fmt::Write;

/// One option.
#[derive(Debug)]
pub(crate) struct OptionRow {
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
    effect: Effect,
    help: &'static str,
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

/// What an option does.
#[derive(Debug, Clone, Copy)]
enum Effect {
    Set(fn(&mut Args, &str)),
    /// Sets a number; 0 is no limit.
    Number(fn(&mut Args, Option<u32>)),
    /// It forbids what evenkeel never does, or allows what it has no use for.
    Needless,
    /// Not obeyed, which is said at the start.
    Unobeyed(&'static str),
    Refused,
    Usage,
}

impl OptionRow {
    /// Does what the option says.
    ///
    /// # Errors
    /// The value is none, or the option is refused.
    pub(crate) fn apply(&self, args: &mut Args, value: &str) -> Result<(), Fault> {
        let alert = |text: &str| Err(Fault::Alert(format!("{}: {text}", self.name)));
        match self.effect {
            Effect::Set(set) => set(args, value),
            Effect::Number(set) => match value.parse() {
                Ok(number) => set(args, Some(number).filter(|n| *n > 0)),
                Err(_) => return alert(&format!("an integer is expected instead of '{value}'.")),
            },
            Effect::Needless => {}
            Effect::Unobeyed(why) => args.unobeyed.push(format!("{}: {why}", self.name)),
            Effect::Refused => return alert("this option is not supported by evenkeel; leave it out."),
            Effect::Usage => return Err(Fault::Usage),
        }
        Ok(())
    }
}

const fn row(name: &'static str, takes: Takes, effect: Effect, help: &'static str) -> OptionRow {
    OptionRow { name, takes, effect, help }
}

use Effect::{Needless, Number, Refused, Set, Unobeyed, Usage};
use Takes::{Glued, Nothing, Pids, Value};

/// Options in the order of the help. `-v…`, `--` and `--help` are read before the table is asked.
static TABLE: &[OptionRow] = &[
    row("-f", Value("PATH"), Set(|a, v| a.files.push(v.into())), "load a file, or the *.cfg files of a directory"),
    row("-c", Nothing, Set(|a, _| a.check = true), "check the configuration and exit: 0 good, 1 bad, 2 no listener"),
    row(
        "-cc",
        Value("COND"),
        Set(|a, v| a.condition = Some(v.into())),
        "evaluate a condition: 0 true, 1 false, 2 error",
    ),
    row("-C", Value("DIR"), Set(|a, v| a.chdir = Some(v.into())), "change to a directory before loading"),
    row("-d", Nothing, Set(|a, _| a.debug = true), "stay in the foreground and show events"),
    row("-db", Nothing, Set(|a, _| a.foreground = true), "stay in the foreground"),
    row("-D", Nothing, Set(|a, _| a.daemon = true), "run as a daemon"),
    row("-q", Nothing, Set(|a, _| a.quiet = true), "say nothing"),
    row("-V", Nothing, Set(|a, _| a.verbose = true), "say more; undoes -q and 'quiet'"),
    row("-p", Value("FILE"), Set(|a, v| a.pidfile = Some(v.into())), "write the daemon's process number"),
    row("-n", Value("N"), Number(|a, n| a.maxconn = n), "limit of connections ('maxconn')"),
    row("-N", Value("N"), Number(|a, n| a.proxy_maxconn = n), "default limit of each frontend"),
    row("-m", Value("MB"), Number(|a, n| a.memory_mb = n), "limit of memory"),
    row("-L", Value("NAME"), Set(|a, v| a.local_peer = Some(v.into())), "name of this peer ($HAPROXY_LOCALPEER)"),
    row("-sf", Pids, Set(|a, _| a.terminate_old = false), "once listening, ask old processes to finish"),
    row("-st", Pids, Set(|a, _| a.terminate_old = true), "once listening, stop old processes"),
    row("-dW", Nothing, Set(|a, _| a.zero_warning = true), "warnings refuse the configuration ('zero-warning')"),
    row("-dD", Nothing, Set(|a, _| a.diagnostics = true), "show diagnostic findings too"),
    row("-dr", Nothing, Set(|a, _| a.ignore_unresolved = true), "start servers of unknown names without an address"),
    row("-dG", Nothing, Set(|a, _| a.no_getaddrinfo = true), "do not ask the system for the addresses of names"),
    row("-dR", Nothing, Set(|a, _| a.no_reuseport = true), "do not use SO_REUSEPORT"),
    row("-dt", Glued("TRACE"), Set(|a, _| a.trace = true), "show evenkeel's own diagnostics (see EVENKEEL_LOG)"),
    row("-dS", Nothing, Set(|a, _| a.no_splice = true), "do not use splice ('nosplice')"),
    row("-dF", Nothing, Needless, "do not use fast-forward (evenkeel never does)"),
    row("-dZ", Nothing, Needless, "do not use zero-copy forwarding (evenkeel never does)"),
    row("-dT", Nothing, Needless, "do not use kernel TLS (evenkeel never does)"),
    row("-dI", Nothing, Needless, "allow forks (evenkeel never forks while it runs)"),
    row("-dp", Nothing, Needless, "do not use poll (evenkeel never does)"),
    row("-dk", Nothing, Needless, "do not use kqueue (evenkeel never does)"),
    row("-dv", Nothing, Needless, "do not use event ports (evenkeel never does)"),
    row("-de", Nothing, Unobeyed("epoll is the only poller."), "not obeyed: epoll is the only poller"),
    row("-dV", Nothing, Unobeyed("evenkeel does not speak TLS to servers yet."), "not obeyed: no TLS to servers yet"),
    row("-dM", Glued("DEBUG"), Unobeyed("evenkeel has no memory pools."), "not obeyed: there are no memory pools"),
    row("-dc", Nothing, Unobeyed("evenkeel does not choose CPUs."), "not obeyed: CPUs are not chosen"),
    row("-4", Nothing, Unobeyed("evenkeel has no resolvers yet."), "not obeyed: no resolvers yet"),
    row("-W", Nothing, Set(|a, _| a.master = true), "start a master that watches over workers and reloads them"),
    row(
        "-Ws",
        Nothing,
        Set(|a, _| (a.master, a.notify) = (true, true)),
        "the same, and tell the service manager what happens",
    ),
    row("-S", Value("ADDR"), Set(|a, v| a.master_socket = Some(v.into())), "where the master listens for commands"),
    row(
        "-x",
        Value("PATH"),
        Set(|a, v| a.older_socket = Some(v.into())),
        "take listeners over from the process of this stats socket",
    ),
    row("-dA", Glued("FILE"), Refused, "refused: no archive of dependencies"),
    row("-dC", Glued("KEY"), Refused, "refused: no dump of the configuration"),
    row("-dK", Glued("CLASS"), Refused, "refused: no dump of keywords"),
    row("-dL", Nothing, Refused, "refused: no list of libraries"),
    row("-h", Nothing, Usage, "show this usage, with exit status 1"),
];

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
