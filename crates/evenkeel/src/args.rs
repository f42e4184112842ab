//! The arguments of the command, as HAProxy reads them: in order, without clusters, some values glued to their option.

use crate::options::{self, Takes};
use std::path::PathBuf;

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Args {
    /// Files and directories, in order.
    pub(crate) files: Vec<String>,
    pub(crate) chdir: Option<PathBuf>,
    pub(crate) check: bool,
    /// `-cc`.
    pub(crate) condition: Option<String>,
    pub(crate) debug: bool,
    pub(crate) daemon: bool,
    pub(crate) foreground: bool,
    pub(crate) verbose: bool,
    pub(crate) quiet: bool,
    pub(crate) zero_warning: bool,
    pub(crate) diagnostics: bool,
    pub(crate) pidfile: Option<PathBuf>,
    pub(crate) maxconn: Option<u32>,
    pub(crate) proxy_maxconn: Option<u32>,
    pub(crate) memory_mb: Option<u32>,
    pub(crate) local_peer: Option<String>,
    pub(crate) old: Vec<i32>,
    /// `-st`: the old processes stop at once.
    pub(crate) terminate_old: bool,
    /// `-W`, `-Ws`: a master process and its workers.
    pub(crate) master: bool,
    /// `-S`: where the master listens.
    pub(crate) master_socket: Option<String>,
    /// `-x`: where an older process gives its listeners away.
    pub(crate) older_socket: Option<PathBuf>,
    /// `-Ws`: tell the service manager when ready.
    pub(crate) notify: bool,
    pub(crate) no_getaddrinfo: bool,
    pub(crate) no_reuseport: bool,
    pub(crate) no_splice: bool,
    pub(crate) ignore_unresolved: bool,
    pub(crate) trace: bool,
    /// What was asked for and is not obeyed, to be said at the start.
    pub(crate) unobeyed: Vec<String>,
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Run(Box<Args>),
    Version(Version),
    /// `--help`: asked for, so it is no error.
    Help,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// `-v`
    Short,
    /// `-vv`
    Long,
    /// `-vq`, `-vqs`
    Number,
    /// `-vqb`
    Branch,
}

/// Why the command line cannot be obeyed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The usage is shown.
    Usage,
    /// An alert.
    Alert(String),
}

/// Reads the arguments behind the program's name.
///
/// # Errors
/// The first fault, as HAProxy stops at it.
pub(crate) fn parse(words: &[String]) -> Result<Action, Fault> {
    let mut args = Args::default();
    let mut words = words.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        if word == "--" {
            args.files.extend(words.by_ref().map(str::to_owned));
            break;
        }
        if word == "--help" {
            return Ok(Action::Help);
        }
        if word.starts_with("-v") {
            return Ok(Action::Version(version(word)));
        }
        let (row, glued) = options::find(word).ok_or(Fault::Usage)?;
        match row.takes {
            Takes::Nothing | Takes::Glued(_) => row.apply(&mut args, glued)?,
            Takes::Value(_) => row.apply(&mut args, words.next().ok_or_else(|| missing(row.name))?)?,
            Takes::Pids => {
                args.old.clear();
                row.apply(&mut args, "")?;
                while let Some(pid) = words.next_if(|w| !w.starts_with('-')) {
                    args.old.push(options::pid(row.name, pid)?);
                }
            }
        }
    }
    if args.files.is_empty() && args.condition.is_none() {
        return Err(Fault::Usage);
    }
    Ok(Action::Run(Box::new(args)))
}

/// What an option says that stands last and lacks its value.
fn missing(option: &str) -> Fault {
    match option {
        "-f" => Fault::Alert("-f: a file or a directory is missing behind the option.".into()),
        _ => Fault::Usage,
    }
}

fn version(word: &str) -> Version {
    match word {
        "-vq" | "-vqs" => Version::Number,
        "-vqb" => Version::Branch,
        _ if word.starts_with("-vv") => Version::Long,
        _ => Version::Short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Action, Fault> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words)
    }

    fn run(line: &str) -> Args {
        match read(line) {
            Ok(Action::Run(args)) => *args,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn files_come_in_the_order_of_the_line() {
        assert_eq!(run("-f a -c -f b -- c -d").files, ["a", "b", "c", "-d"]);
        assert_eq!(read("-c"), Err(Fault::Usage));
        assert_eq!(read("-c -f a extra"), Err(Fault::Usage));
        assert_eq!(read("-f a -bogus"), Err(Fault::Usage));
        assert!(matches!(read("-c -f"), Err(Fault::Alert(_))));
        assert_eq!(run("-cc 1").condition.as_deref(), Some("1"));
        assert_eq!(read("-cc"), Err(Fault::Usage));
    }

    #[test]
    fn old_processes_end_at_the_next_option() {
        let args = run("-sf 1 2 -f a");
        assert_eq!((args.old, args.terminate_old), (vec![1, 2], false));
        let args = run("-f a -st 7");
        assert_eq!((args.old, args.terminate_old), (vec![7], true));
        assert_eq!(run("-f a -sf").old, Vec::<i32>::new());
        assert_eq!(
            read("-f a -sf abc"),
            Err(Fault::Alert("-sf option: some bytes unconsumed in PID list {abc}".into()))
        );
    }

    #[test]
    fn versions_and_help_win_over_what_follows() {
        for (line, version) in
            [("-v", Version::Short), ("-vv -x", Version::Long), ("-vx", Version::Short), ("-vqb", Version::Branch)]
        {
            assert_eq!(read(line), Ok(Action::Version(version)), "{line}");
        }
        assert_eq!(read("--help"), Ok(Action::Help));
    }

    #[test]
    fn values_are_numbers_where_numbers_are_wanted() {
        assert_eq!(run("-f a -n 5 -N 6 -m 7").maxconn, Some(5));
        assert!(matches!(read("-f a -n five"), Err(Fault::Alert(_))));
        assert!(matches!(read("-f a -dC"), Err(Fault::Alert(_))));
        assert!(run("-f a -4 -dMno-merge").unobeyed.len() == 2);
    }
}
