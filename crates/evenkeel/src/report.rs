//! What the command says, in HAProxy's form: `[ALERT]    (PID) : text`, on the standard error.

use source::{Diagnostic, Files, Severity, render};
use std::{
    cell::{Cell, RefCell},
    io::{self, Write},
};

/// The mouth of the process. Write errors are left alone: there is nobody else to tell.
#[derive(Debug)]
pub(crate) struct Report {
    quiet: Cell<bool>,
    /// The two lines about the program were said: they stand in front of the first finding.
    introduced: Cell<bool>,
    /// What was said, for somebody who asks for it later.
    kept: RefCell<Option<String>>,
    pid: u32,
}

impl Report {
    pub(crate) fn new() -> Report {
        Report {
            quiet: Cell::new(false),
            introduced: Cell::new(false),
            kept: RefCell::default(),
            pid: std::process::id(),
        }
    }

    /// From now on nothing is said, or everything is.
    pub(crate) fn set_quiet(&self, quiet: bool) {
        self.quiet.set(quiet);
    }

    /// From now on, what is said is kept too.
    pub(crate) fn keep(&self) {
        *self.kept.borrow_mut() = Some(String::new());
    }

    /// What was kept.
    pub(crate) fn kept(&self) -> String {
        self.kept.borrow().clone().unwrap_or_default()
    }

    /// What was kept is not of interest any more.
    pub(crate) fn forget(&self) {
        self.kept.borrow_mut().iter_mut().for_each(String::clear);
    }

    /// What is said from now on is not kept.
    pub(crate) fn let_go(&self) {
        *self.kept.borrow_mut() = None;
    }

    pub(crate) fn notice(&self, text: impl AsRef<str>) {
        self.say(Severity::Notice, text.as_ref());
    }

    pub(crate) fn warning(&self, text: impl AsRef<str>) {
        self.introduce();
        self.say(Severity::Warning, text.as_ref());
    }

    pub(crate) fn alert(&self, text: impl AsRef<str>) {
        self.introduce();
        self.say(Severity::Alert, text.as_ref());
    }

    pub(crate) fn diag(&self, text: impl AsRef<str>) {
        self.introduce();
        self.say(Severity::Diag, text.as_ref());
    }

    /// A finding about the configuration.
    pub(crate) fn finding(&self, finding: &Diagnostic, files: &Files) {
        self.introduce();
        self.line(&render::haproxy(finding, files, self.pid));
    }

    fn introduce(&self) {
        if self.introduced.replace(true) {
            return;
        }
        self.say(Severity::Notice, &format!("haproxy version is {}", config::VERSION));
        if let Ok(path) = std::env::current_exe() {
            self.say(Severity::Notice, &format!("path to executable is {}", path.display()));
        }
    }

    fn say(&self, severity: Severity, text: &str) {
        self.line(&format!("{} ({}) : {text}", render::label(severity), self.pid));
    }

    fn line(&self, line: &str) {
        if let Some(kept) = &mut *self.kept.borrow_mut() {
            *kept += line;
            kept.push('\n');
        }
        if !self.quiet.get() {
            let _ = writeln!(io::stderr().lock(), "{line}");
        }
    }
}

/// Writes to the standard output, for what was asked for: versions, verdicts, help.
pub(crate) fn print(text: &str) {
    let _ = write!(io::stdout().lock(), "{text}");
    let _ = io::stdout().flush();
}

/// What the operating system says, without Rust's `(os error N)`.
pub(crate) fn system(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
