//! Side-by-side benchmark of evenkeel and haproxy: one command, one table, ratios.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command that prints a report")]

mod args;
mod load;
mod machine;
mod measure;
mod proxy;
mod report;
mod scenario;
mod stats;

use anyhow::{Context, bail};
use args::Args;
use report::Report;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

fn main() -> ExitCode {
    let outcome = args::parse(std::env::args().skip(1)).and_then(|args| match args {
        Some(args) => run(&args),
        None => {
            print!("{}", args::usage());
            Ok(true)
        }
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs every scenario asked for; `false` if one of them failed.
fn run(args: &Args) -> anyhow::Result<bool> {
    if cfg!(debug_assertions) {
        bail!("a debug build of the load generator would be the bottleneck: run it with `cargo run --release`");
    }
    let evenkeel = match &args.evenkeel {
        Some(path) => path.clone(),
        None => build_evenkeel()?,
    };
    let programs: [&Path; 2] = [&evenkeel, &args.haproxy];
    let versions = [proxy::version(programs[0])?, proxy::version(programs[1])?];
    let cores = machine::Cores::find()?;
    machine::pin(cores.load)?;
    let files = machine::raise_file_limit()?;
    if files < 3 * scenario::IDLE {
        bail!("this process may open {files} files only, and needs {}: raise `ulimit -Hn`", 3 * scenario::IDLE);
    }
    println!("{}; proxy on core {}, load and origin on core {}", machine::describe(), cores.proxy, cores.load);
    for (side, (program, version)) in measure::SIDES.iter().zip(programs.iter().zip(&versions)) {
        println!("{side}: {} ({version})", program.display());
    }
    let mut reports = Vec::new();
    let mut failed = Vec::new();
    for &scenario in &args.scenarios {
        match measure::measure(scenario, programs, args, cores) {
            Ok(report) => {
                println!("\n{}", report.table());
                reports.push(report);
            }
            Err(error) => {
                println!("\n{}: FAILED: {error:#}", scenario.name);
                failed.push(json!({ "scenario": scenario.name, "error": format!("{error:#}") }));
            }
        }
    }
    summarize(&reports);
    if let Some(file) = &args.json {
        let reports: Vec<_> = reports.iter().map(Report::json).collect();
        let value = json!({
            "machine": machine::describe(), "seconds": args.seconds,
            "evenkeel": { "program": programs[0].display().to_string(), "version": versions[0] },
            "haproxy": { "program": programs[1].display().to_string(), "version": versions[1] },
            "scenarios": reports, "failed": failed,
        });
        write_json(file, &value)?;
    }
    Ok(failed.is_empty())
}

fn summarize(reports: &[Report]) {
    if reports.is_empty() {
        return;
    }
    println!("\n{}", report::summary_head());
    for report in reports {
        println!("{}", report.summary());
    }
}

fn write_json(file: &Path, value: &serde_json::Value) -> anyhow::Result<()> {
    std::fs::write(file, format!("{value:#}\n")).with_context(|| format!("cannot write {}", file.display()))
}

/// The release build beside this program, built anew if something changed since.
fn build_evenkeel() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe().context("where is this program?")?;
    let target = this.ancestors().nth(2).context("this program is not in a target folder: say --evenkeel PATH")?;
    let evenkeel = target.join("release").join("evenkeel");
    match std::env::var_os("CARGO") {
        Some(cargo) => {
            let built = Command::new(cargo).args(["build", "--release", "-p", "evenkeel"]).status()?;
            if !built.success() {
                bail!("evenkeel does not build ({built})");
            }
        }
        None if !evenkeel.exists() => {
            bail!("{} is missing: run `cargo build --release -p evenkeel`, or say --evenkeel PATH", evenkeel.display());
        }
        None => {}
    }
    Ok(evenkeel)
}
