//! Runs one scenario on both proxies in turn, and turns what was seen into figures.

mod idle;
mod paced;
mod requests;

use crate::{
    args::Args,
    load::{Plan, Rig, Style},
    machine::Cores,
    proxy::Proxy,
    report::{Figure, Report},
    scenario::{self, Scenario},
};
use anyhow::Context;
use std::{path::Path, time::Duration};

/// The names of the two sides, in the order of every pair.
pub(crate) const SIDES: [&str; 2] = ["evenkeel", "haproxy"];

/// Runs `scenario` on the two programs; any fault of any response is an error.
pub(crate) fn measure(
    scenario: &'static Scenario,
    programs: [&Path; 2],
    args: &Args,
    cores: Cores,
) -> anyhow::Result<Report> {
    let stage = Stage::set(scenario, programs, args, cores)?;
    match scenario.style {
        Style::Hold => idle::measure(stage, scenario::IDLE),
        Style::Keep => idle::measure(stage, scenario::KEPT),
        Style::Paced => paced::measure(stage),
        Style::Calls(..) | Style::Close | Style::KeepAlive | Style::Streams(_) => requests::measure(stage),
    }
}

/// A scenario with its origins listening.
struct Stage<'a> {
    scenario: &'static Scenario,
    programs: [&'a Path; 2],
    args: &'a Args,
    cores: Cores,
    rig: Rig,
    /// The configuration, complete but for the proxy's own port.
    config: String,
}

impl<'a> Stage<'a> {
    fn set(scenario: &'static Scenario, programs: [&'a Path; 2], args: &'a Args, cores: Cores) -> anyhow::Result<Self> {
        let mut rig = Rig::new()?;
        let mut config = scenario.config.to_owned();
        for (number, body) in scenario.bodies().iter().enumerate() {
            let address = rig.serve((scenario.origin)(body))?;
            config = config.replace(&format!("{{origin{}}}", number + 1), &address.port().to_string());
        }
        Ok(Self { scenario, programs, args, cores, rig, config })
    }

    /// Starts the program of one side.
    fn start(&self, side: usize) -> anyhow::Result<Proxy> {
        Proxy::start(self.programs[side], &self.config, SIDES[side], self.cores).context(SIDES[side])
    }

    fn plan(&self, proxy: &Proxy, requests: u64) -> Plan {
        Plan {
            address: proxy.address,
            connections: self.scenario.connections,
            requests,
            asks: (self.scenario.asks)(&self.scenario.bodies()),
            style: self.scenario.style,
            limit: Duration::from_secs_f64(20.0 + 10.0 * self.args.seconds),
        }
    }
}

/// One quantity of every round.
fn figure<R>(name: &'static str, unit: &'static str, rounds: &[[R; 2]], of: impl Fn(&R) -> f64) -> Figure {
    Figure::new(name, unit, rounds.iter().map(|[ours, theirs]| [of(ours), of(theirs)]))
}
