//! The project's own tasks.

mod golden;
mod test;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context;

const USAGE: &str = "\
cargo xtask TASK

  test [ARGS]     installs what is missing and runs every test; ARGS are nextest's, to run some
  golden DIR      replays golden rows against a proxy binary (`cargo xtask golden` tells more)
  oracle-tools    installs what the tests compare evenkeel with, or says what to install";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.first().map(String::as_str) {
        Some("test") => test::run(&args[1..]),
        Some("golden") => golden::run(&args[1..]),
        Some("oracle-tools") => script(".ci/install-oracle", &args[1..]),
        _ => Err(anyhow::anyhow!("{USAGE}")),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            drop(writeln!(std::io::stderr(), "{error:#}"));
            ExitCode::from(2)
        }
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Runs a script of the project; true when it succeeds.
fn script(name: &str, args: &[String]) -> anyhow::Result<bool> {
    let path = root().join(name);
    let status = Command::new(&path).args(args).status().with_context(|| format!("cannot run {}", path.display()))?;
    Ok(status.success())
}
