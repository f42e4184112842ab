//! The evenkeel command: HAProxy's command line, and `demo`.
//!
//! `args` and `options` read the command line, `load` the files, `run` brings the engine to life and `signals` ends it.
//! `report` is how all of them speak.

#![forbid(unsafe_code)]

mod args;
mod daemon;
mod demo;
mod host;
mod limits;
mod line;
mod load;
mod master;
mod notify;
mod options;
mod privileges;
mod report;
mod run;
mod signals;
mod version;

use args::{Action, Args, Fault};
use report::{Report, print};
use std::{io::Write, process::ExitCode};

/// A connection takes large and aligned blocks, which the system's allocator is slow to give.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let report = Report::new();
    let words: Vec<String> = std::env::args_os().skip(1).map(|w| w.to_string_lossy().into_owned()).collect();
    if let [word, rest @ ..] = words.as_slice()
        && word == "demo"
    {
        return ExitCode::from(demo::run(rest, &report));
    }
    // Taken first: nothing else may be opened under its number.
    let line = line::Line::inherited();
    match args::parse(&words) {
        Ok(Action::Help) => print(&format!("{}{}", version::short(), options::usage())),
        Ok(Action::Version(which)) => print(&version::show(which)),
        Ok(Action::Run(args)) => {
            let status = obey(&args, line.as_ref(), &report);
            if let Some(line) = &line {
                line.report(&report.kept(), false);
            }
            return ExitCode::from(status);
        }
        Err(Fault::Usage) => {
            print(&version::short());
            let _ = write!(std::io::stderr(), "{}", options::usage());
            return ExitCode::FAILURE;
        }
        Err(Fault::Alert(text)) => {
            report.alert(text);
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Does what was asked for; the exit status.
fn obey(args: &Args, line: Option<&line::Line>, report: &Report) -> u8 {
    // The daemon's child is where its parent is, and so is a worker.
    if let Some(dir) = args.chdir.as_ref().filter(|_| !daemon::is_child() && line.is_none())
        && let Err(e) = std::env::set_current_dir(dir)
    {
        let why = report::system(&e);
        report.alert(format!("Could not change to directory {} : {why}", dir.display()));
        return 1;
    }
    if let Some(condition) = &args.condition {
        return evaluate(args, condition, report);
    }
    report.set_quiet(args.quiet && !args.verbose);
    if line.is_some() {
        report.keep();
    }
    let loaded = match load::load(args) {
        Ok(loaded) => loaded,
        Err(text) => {
            report.alert(text);
            return 1;
        }
    };
    report.set_quiet(loaded.config.global.quiet);
    let global = &loaded.config.global;
    if line.is_none() && global.daemon && !daemon::is_child() {
        return daemon::become_parent(report);
    }
    if line.is_none() && (args.master || global.master_worker) && !args.check {
        return master::run(args, &loaded.config, report);
    }
    let Ok(verdict) = load::judge(args, &loaded, report) else { return 1 };
    if args.check {
        return load::check(args, &loaded.config, &verdict);
    }
    run::run(args, loaded, line, report)
}

/// `-cc`
fn evaluate(args: &Args, condition: &str, report: &Report) -> u8 {
    match syntax::holds(condition.as_bytes(), &host::Machine::new(args, &[])) {
        Ok(true) => 0,
        Ok(false) => 1,
        Err(text) => {
            report.alert(text);
            2
        }
    }
}

/// The name under which the program was started, as its messages say it.
pub(crate) fn program() -> String {
    std::env::args_os().next().map_or_else(|| "evenkeel".to_owned(), |name| name.to_string_lossy().into_owned())
}
