//! The daemon: its start is waited for, its number is written, and a newer one takes over.

use crate::support::{DEFAULTS, Folder, ask, plain, until};
use rustix::process::{Pid, Signal, getsid, kill_process, test_kill_process};
use std::{
    fs, io,
    net::{SocketAddr, TcpListener},
    path::Path,
};

/// A daemon, ended with the value.
struct Daemon(Pid);

impl Daemon {
    /// Reads the file that `-p` names; a started daemon has written it.
    fn of(pidfile: &Path) -> io::Result<Daemon> {
        let text = fs::read_to_string(pidfile)?;
        let pid = text.strip_suffix('\n').and_then(|t| t.parse().ok()).and_then(Pid::from_raw);
        pid.map(Daemon).ok_or_else(|| io::Error::other(format!("no process number: {text}")))
    }

    fn is_alive(&self) -> bool {
        // A process that has ended and that nobody has waited for yet is as good as gone.
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.as_raw_nonzero())).unwrap_or_default();
        test_kill_process(self.0).is_ok() && !stat.contains(") Z ")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::KILL);
    }
}

fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

fn config(address: SocketAddr, answer: &str) -> String {
    format!(
        "global\n daemon\n{DEFAULTS}frontend f\n bind {address}\n \
         http-request return status 200 content-type text/plain string {answer}\n"
    )
}

#[test]
fn a_daemon_serves_when_its_parent_leaves_and_a_newer_one_takes_over() -> io::Result<()> {
    let address = free_address()?;
    let folder = Folder::new()?.with("old.cfg", &config(address, "old"))?.with("new.cfg", &config(address, "new"))?;
    let (old, new) = (folder.path().join("old.pid"), folder.path().join("new.pid"));

    let output = folder.command("-n 100 -f old.cfg -p old.pid").output()?;
    assert_eq!((plain(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
    let old = Daemon::of(&old)?;
    assert!(ask(address, "/")?.ends_with("old"));
    assert_eq!(getsid(Some(old.0))?, old.0, "a session of its own");
    let number = old.0.as_raw_nonzero();
    assert_eq!(fs::read_link(format!("/proc/{number}/cwd"))?, Path::new("/"));
    for fd in 0..3 {
        assert_eq!(fs::read_link(format!("/proc/{number}/fd/{fd}"))?, Path::new("/dev/null"));
    }

    let output = folder.command(&format!("-n 100 -f new.cfg -p new.pid -sf {number}")).output()?;
    assert_eq!((plain(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
    let new = Daemon::of(&new)?;
    until("the old one is gone", || !old.is_alive());
    assert!(ask(address, "/")?.ends_with("new"));

    kill_process(new.0, Signal::USR1)?;
    until("the new one is gone", || !new.is_alive());
    Ok(())
}

#[test]
fn a_daemon_that_fails_fails_its_parent() -> io::Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let folder =
        Folder::new()?.with("cfg", &config(taken.local_addr()?, "x"))?.with("bad.cfg", "backend b\n bogus\n")?;
    let output = folder.command("-n 100 -f cfg -p pid").output()?;
    let said = plain(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot bind socket (Address already in use)"), "{said}");
    let last = said.lines().next_back().unwrap_or("");
    assert!(last.starts_with("[ALERT]    (PID) : Process ") && last.ends_with(" exited with code 1 (Exit)"), "{said}");
    assert!(!folder.path().join("pid").exists());

    let output = folder.command("-D -f bad.cfg").output()?;
    let said = plain(&output.stderr);
    assert_eq!(said.matches("config : Fatal errors found in configuration.").count(), 1, "{said}");
    assert_eq!(output.status.code(), Some(1));

    let address = free_address()?;
    let folder = folder.with("cfg", &config(address, "x"))?;
    let output = folder.command("-n 100 -f cfg -p /no/such/dir/pid").output()?;
    let said = plain(&output.stderr);
    assert!(said.contains("[PROGRAM.main()] Cannot create pidfile /no/such/dir/pid\n"), "{said}");
    Ok(())
}
