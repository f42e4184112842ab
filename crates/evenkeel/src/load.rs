//! From the files of the command line to a configuration, and what is said about them.

use crate::{
    args::Args,
    host::Machine,
    limits,
    privileges::Identity,
    report::{Report, print, system},
};
use config::Config;
use source::{Diagnostic, Diagnostics, Files, Form, Severity};
use std::{io, path::Path};

/// The code of the finding that nothing listens.
const NO_LISTENER: &str = "no-listener";

/// What was read.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(crate) files: Files,
    pub(crate) findings: Diagnostics,
}

/// Reads the files.
///
/// # Errors
/// A file cannot be read: the alert to print.
pub(crate) fn load(args: &Args) -> Result<Loaded, String> {
    let mut names = Vec::new();
    for path in &args.files {
        expand(path, &mut names)
            .map_err(|e| format!("config : Cannot open configuration file/directory {path} : {}", system(&e)))?;
    }
    let mut files = Files::default();
    for name in &names {
        let text = std::fs::read(name)
            .map_err(|e| format!("config : Could not open configuration file {name} : {}", system(&e)))?;
        if u32::try_from(text.len()).is_err() {
            return Err(format!("config : Could not open configuration file {name} : File too large"));
        }
        files.add(name, &text);
    }
    let ids: Vec<_> = files.ids().collect();
    let machine = Machine::new(args, &names);
    let (mut config, found) = config::load(&files, &ids, &machine, config::Options::default());
    // HAProxy has a verdict and an exit status of its own for it, see `check`.
    let mut findings = Diagnostics::default();
    found.into_vec().into_iter().filter(|f| f.code != NO_LISTENER).for_each(|f| findings.push(f));
    if let Err(finding) = Identity::of(&config.global) {
        findings.push(finding);
    }
    override_with(args, &mut config);
    Ok(Loaded { config, files, findings })
}

/// The files that a path stands for.
fn expand(path: &str, names: &mut Vec<String>) -> io::Result<()> {
    if !std::fs::metadata(path)?.is_dir() {
        names.push(path.to_owned());
        return Ok(());
    }
    let mut inside = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let is_file = std::fs::metadata(entry.path()).is_ok_and(|m| m.is_file());
        inside.extend(entry.file_name().into_string().ok().filter(|_| is_file));
    }
    let ordered = syntax::load::order(inside.iter().map(String::as_str));
    names.extend(ordered.into_iter().map(|name| Path::new(path).join(name).to_string_lossy().into_owned()));
    Ok(())
}

/// The command line has precedence over the files (management manual, section 3).
fn override_with(args: &Args, config: &mut Config) {
    let global = &mut config.global;
    global.daemon = (global.daemon || args.daemon) && !args.debug && !args.foreground && !args.check;
    global.pidfile = args.pidfile.clone().or(global.pidfile.take());
    global.quiet = (global.quiet || args.quiet) && !args.verbose && !args.debug;
    if let Some(maxconn) = args.proxy_maxconn {
        config.proxies.iter_mut().filter(|p| p.maxconn == 0).for_each(|p| p.maxconn = maxconn);
    }
}

/// Says the findings as HAProxy does: those of the lines file by file, each file closed by a verdict, then those of the
/// whole.
///
/// # Errors
/// The configuration is refused; all has been said.
pub(crate) fn judge(args: &Args, loaded: &Loaded, report: &Report) -> Result<Verdict, ()> {
    let Loaded { files, findings, .. } = loaded;
    let shown: Vec<_> = findings.iter().filter(|f| f.severity != Severity::Diag || args.diagnostics).collect();
    let (of_lines, of_whole): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
        shown.iter().partition(|f| f.span.is_some() && f.form != Form::Plain);
    for id in files.ids() {
        let mut of_file: Vec<_> = of_lines.iter().filter(|f| f.span.is_some_and(|s| s.file == id)).collect();
        of_file.sort_by_key(|f| f.span.map(|s| files.place(s).line));
        of_file.iter().for_each(|f| report.finding(f, files));
        if of_file.iter().any(|f| f.severity == Severity::Alert) {
            report.alert(format!("config : Error(s) found in configuration file : {}", files.name(id)));
        }
    }
    of_whole.iter().for_each(|f| report.finding(f, files));
    let threads = limits::threads(&loaded.config);
    let split = args.diagnostics && threads > 1 && !findings.fatal();
    if split {
        report.diag(format!("Created {threads} threads split into 1 groups"));
    }
    if findings.fatal() {
        report.alert("config : Fatal errors found in configuration.");
        return Err(());
    }
    let warned = shown.iter().any(|f| f.severity == Severity::Warning);
    if warned && args.zero_warning {
        report.alert("Some warnings were found and 'zero-warning' is set. Aborting.");
        return Err(());
    }
    Ok(Verdict { remarked: split || shown.iter().any(|f| f.severity != Severity::Notice) })
}

/// What is to be said of a configuration that is not refused.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// There were warnings, or diagnostic findings that were asked for.
    pub(crate) remarked: bool,
}

/// `-c`: the verdict, and the exit status.
pub(crate) fn check(args: &Args, config: &Config, verdict: &Verdict) -> u8 {
    let quiet = config.global.quiet;
    if !has_listener(config) {
        if !quiet {
            print("Configuration file has no error but will not start (no listener) => exit(2).\n");
        }
        return 2;
    }
    if verdict.remarked && !quiet {
        print("Warnings were found.\n");
    }
    if args.verbose {
        print("Configuration file is valid\n");
    }
    0
}

/// Whether the configuration listens anywhere.
pub(crate) fn has_listener(config: &Config) -> bool {
    config.proxies.iter().any(|p| !p.disabled && !p.binds.is_empty()) || !config.global.sockets.is_empty()
}
