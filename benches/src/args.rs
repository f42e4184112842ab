//! The command line of the benchmark.

use crate::scenario::{SCENARIOS, Scenario};
use anyhow::{Context, bail};
use std::path::PathBuf;

/// What to run. Lists and numbers are checked; whether the programs exist is found out by running them.
#[derive(Debug)]
pub(crate) struct Args {
    /// `None`: the release build of this workspace.
    pub(crate) evenkeel: Option<PathBuf>,
    pub(crate) haproxy: PathBuf,
    pub(crate) scenarios: Vec<&'static Scenario>,
    pub(crate) rounds: usize,
    /// About how long a round keeps each proxy busy.
    pub(crate) seconds: f64,
    pub(crate) json: Option<PathBuf>,
}

/// The text of `--help`.
pub(crate) fn usage() -> String {
    let mut text = "Runs evenkeel and haproxy side by side and compares what a request costs.\n\n\
        cargo run --release -p evenkeel-benches -- [OPTION]…\n\n\
        \x20 --evenkeel PATH    the program on the left side (default: target/release/evenkeel, built first)\n\
        \x20 --haproxy PATH     the program on the right side (default: haproxy)\n\
        \x20 --scenario NAME    run this scenario; may be repeated (default: all)\n\
        \x20 --rounds N         rounds; each measures both proxies in turn (default: 16)\n\
        \x20 --seconds N        about how long a round keeps each of them busy (default: 1)\n\
        \x20 --json FILE        write every figure of every round there\n\
        \x20 --help\n\nScenarios:\n"
        .to_owned();
    for scenario in SCENARIOS {
        text.push_str(&format!("  {:<17}  {}\n", scenario.name, scenario.says));
    }
    text
}

/// Reads the arguments after the program's name; `None` asks for the help.
pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> anyhow::Result<Option<Args>> {
    let mut parsed =
        Args { evenkeel: None, haproxy: "haproxy".into(), scenarios: Vec::new(), rounds: 16, seconds: 1.0, json: None };
    let mut args = args.into_iter();
    while let Some(name) = args.next() {
        if matches!(name.as_str(), "--help" | "-h") {
            return Ok(None);
        }
        let value = args.next().with_context(|| format!("{name} needs a value, or is not known; see --help"))?;
        match name.as_str() {
            "--evenkeel" => parsed.evenkeel = Some(value.into()),
            "--haproxy" => parsed.haproxy = value.into(),
            "--json" => parsed.json = Some(value.into()),
            "--rounds" => parsed.rounds = number(&name, &value, 1.0, 1000.0)? as usize,
            "--scenario" => parsed.scenarios.push(scenario(&value)?),
            "--seconds" => parsed.seconds = number(&name, &value, 0.1, 600.0)?,
            _ => bail!("{name} is not known; see --help"),
        }
    }
    if parsed.scenarios.is_empty() {
        parsed.scenarios = SCENARIOS.iter().collect();
    }
    Ok(Some(parsed))
}

fn scenario(name: &str) -> anyhow::Result<&'static Scenario> {
    let names = || SCENARIOS.iter().map(|scenario| scenario.name).collect::<Vec<_>>().join(", ");
    let found = SCENARIOS.iter().find(|scenario| scenario.name == name);
    found.with_context(|| format!("--scenario {name}: not one of {}", names()))
}

fn number(name: &str, value: &str, min: f64, max: f64) -> anyhow::Result<f64> {
    match value.parse() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => bail!("{name} {value}: not a number from {min} to {max}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str) -> Result<Option<Args>, String> {
        parse(line.split_ascii_whitespace().map(String::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn without_arguments_everything_runs() {
        let args = check("").ok().flatten();
        assert_eq!(args.map(|args| (args.scenarios.len(), args.rounds)), Some((SCENARIOS.len(), 16)));
    }

    #[test]
    fn arguments_are_obeyed() {
        let args =
            check("--haproxy /x/haproxy --scenario tcp --scenario bodies --rounds 3 --seconds 0.5").ok().flatten();
        let args = args.map(|args| {
            let names: Vec<_> = args.scenarios.iter().map(|scenario| scenario.name).collect();
            (args.haproxy.display().to_string(), names.join(" "), args.rounds, args.seconds)
        });
        assert_eq!(args, Some(("/x/haproxy".into(), "tcp bodies".into(), 3, 0.5)));
        assert!(matches!(check("--rounds 3 --help"), Ok(None)));
    }

    #[test]
    fn errors_name_the_argument() {
        for (line, part) in [
            ("--rounds", "--rounds needs a value"),
            ("--rounds 0", "not a number from 1 to 1000"),
            ("--seconds soon", "--seconds soon"),
            ("--scenario udp", "not one of keepalive, connection"),
            ("--colour red", "--colour is not known"),
        ] {
            let error = check(line).err().unwrap_or_default();
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
