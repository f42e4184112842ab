//! The daemon: a second process of the same program in a session of its own, which the first one waits for.
//!
//! The first process (the parent) starts the second with one end of a socket pair as its standard input. The child says
//! there that it serves; an end of file instead means that it has failed, and the parent fails with it.

use crate::report::Report;
use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    os::{
        fd::OwnedFd,
        unix::{
            net::UnixStream,
            process::{CommandExt, ExitStatusExt, parent_id},
        },
    },
    process::{Child, Command, ExitStatus},
};

/// Names the parent to the child, so that a value left over from elsewhere does not count.
const PARENT: &str = "EVENKEEL_DAEMON_PARENT";

/// Whether this process is the daemon that its parent waits for.
pub(crate) fn is_child() -> bool {
    std::env::var(PARENT).is_ok_and(|pid| pid == parent_id().to_string())
}

/// Starts the daemon and waits until it serves; the exit status.
pub(crate) fn become_parent(report: &Report) -> u8 {
    let (mut child, mut ear) = match start() {
        Ok(started) => started,
        Err(e) => {
            report.alert(format!("[{}.main()] Cannot start the daemon: {e}", crate::program()));
            return 1;
        }
    };
    if ear.read_exact(&mut [0]).is_ok() {
        return 0;
    }
    match child.wait() {
        Ok(status) => {
            let (code, why) = outcome(status);
            report.alert(format!("Process {} exited with code {code} ({why})", child.id()));
        }
        Err(e) => report.alert(format!("Process {} is lost: {e}", child.id())),
    }
    1
}

fn start() -> io::Result<(Child, UnixStream)> {
    let (ear, mouth) = UnixStream::pair()?;
    let child = Command::new(std::env::current_exe()?)
        .arg0(crate::program())
        .args(std::env::args_os().skip(1))
        .env(PARENT, std::process::id().to_string())
        .stdin(OwnedFd::from(mouth))
        .spawn()?;
    Ok((child, ear))
}

/// The status as a shell shows it, and its name.
pub(crate) fn outcome(status: ExitStatus) -> (i32, &'static str) {
    match (status.code(), status.signal()) {
        (Some(code), _) => (code, "Exit"),
        (None, Some(signal)) => (128 + signal, signal_name(signal)),
        (None, None) => (255, "Unknown"),
    }
}

fn signal_name(signal: i32) -> &'static str {
    match signal {
        2 => "Interrupt",
        6 => "Aborted",
        9 => "Killed",
        11 => "Segmentation fault",
        15 => "Terminated",
        _ => "Signal",
    }
}

/// Leaves the terminal: a session of its own. To be called before anything is opened.
pub(crate) fn leave_session() {
    // It fails where the process leads a session already, which is as good.
    let _ = rustix::process::setsid();
}

/// What takes the place of the terminal. It is opened early: after `chroot` it is out of sight.
#[derive(Debug)]
pub(crate) struct Nothing(File);

impl Nothing {
    /// # Errors
    /// `/dev/null` cannot be opened.
    pub(crate) fn open() -> io::Result<Nothing> {
        OpenOptions::new().read(true).write(true).open("/dev/null").map(Nothing)
    }

    /// Tells the parent that the daemon serves, and lets go of directory and standard streams.
    ///
    /// # Errors
    /// A standard stream cannot be replaced.
    pub(crate) fn replace_terminal(self) -> io::Result<()> {
        std::env::set_current_dir("/")?;
        self.tell_parent()
    }

    /// The same for a master, which stays where its files are.
    ///
    /// # Errors
    /// A standard stream cannot be replaced.
    pub(crate) fn tell_parent(self) -> io::Result<()> {
        rustix::stdio::dup2_stdout(&self.0)?;
        // The parent may have been killed meanwhile; the daemon serves all the same.
        let _ = rustix::io::write(rustix::stdio::stdin(), b"1");
        self.replace_streams()
    }

    /// Lets go of the standard streams: a daemon's worker has nobody to tell.
    ///
    /// # Errors
    /// A standard stream cannot be replaced.
    pub(crate) fn replace_streams(self) -> io::Result<()> {
        rustix::stdio::dup2_stdout(&self.0)?;
        rustix::stdio::dup2_stdin(&self.0)?;
        rustix::stdio::dup2_stderr(&self.0)?;
        Ok(())
    }
}
