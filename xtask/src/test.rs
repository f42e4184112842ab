//! Every test there is: nextest runs them when it is installed, cargo otherwise.

use std::process::Command;

use anyhow::Context;

use crate::{root, script};

/// True when all hold. Words are handed on to the runner, to run some of the tests: `cargo xtask test oracle`.
pub(crate) fn run(words: &[String]) -> anyhow::Result<bool> {
    if !script(".ci/install-oracle", &[])? {
        return Ok(false);
    }
    if !cargo(&["nextest", "--version"]).output()?.status.success() {
        return holds(cargo(&["test", "--workspace", "--no-fail-fast"]).args(words));
    }
    // Nextest leaves the examples in the documentation out. They come first, so that its summary is the last word.
    let examples = !words.is_empty() || holds(&mut cargo(&["test", "--doc", "--workspace", "--quiet"]))?;
    let tests = holds(cargo(&["nextest", "run", "--workspace", "--no-fail-fast"]).args(words))?;
    Ok(examples && tests)
}

fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words).current_dir(root());
    // The stories play the command that is built with all the tests, beside this task, instead of building their own.
    if let Ok(this) = std::env::current_exe() {
        command.env("EVENKEEL", this.with_file_name("evenkeel"));
    }
    command
}

fn holds(command: &mut Command) -> anyhow::Result<bool> {
    Ok(command.status().with_context(|| format!("cannot run {command:?}"))?.success())
}
