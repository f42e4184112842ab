//! The project's own tasks.

mod golden;

use std::io::Write;
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask TASK

  golden DIR      replays golden rows against a proxy binary (`cargo xtask golden` tells more)";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.first().map(String::as_str) {
        Some("golden") => golden::run(&args[1..]),
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
