//! What a request costs: rounds of equal work, evenkeel and haproxy in turn.

use super::{SIDES, Stage, figure};
use crate::{
    load::Outcome,
    machine::{CoreTime, Cores, CpuTime},
    proxy::Proxy,
    report::{Figure, Report},
    stats::percentile,
};
use anyhow::Context;

/// A round is measured in this many parts, the two proxies in turn, so that both see the same weather.
const PARTS: u64 = 10;

/// What one proxy did in a round, or in a part of one.
#[derive(Debug, Default)]
struct Round {
    requests: u64,
    seconds: f64,
    used: Clocks,
    /// Nanoseconds; sorted once the round is over.
    latencies: Vec<u64>,
    /// KiB.
    resident: u64,
}

pub(super) fn measure(mut stage: Stage<'_>) -> anyhow::Result<Report> {
    let part = calibrate(&mut stage)?;
    let mut rounds = Vec::new();
    for number in 1..=stage.args.rounds {
        rounds.push(round(&mut stage, part).with_context(|| format!("round {number}"))?);
    }
    Ok(Report { scenario: stage.scenario, requests: PARTS * part, figures: figures(&rounds, stage.scenario.body) })
}

/// How many requests a part has, for either proxy, so that haproxy is busy with a round for as long as was asked.
fn calibrate(stage: &mut Stage<'_>) -> anyhow::Result<u64> {
    let haproxy = stage.start(1)?;
    let mut requests = if stage.scenario.body > 4096 { 100 } else { 2000 };
    let mut busy = 0.0;
    while busy < 0.1 {
        let before = haproxy.cpu()?;
        stage.rig.run(&stage.plan(&haproxy, requests)).context("haproxy, calibrating")?;
        busy = haproxy.cpu()?.since(before).seconds();
        requests *= 2;
    }
    stage.rig.release();
    let wanted = (requests / 2) as f64 / busy * stage.args.seconds / PARTS as f64;
    Ok((wanted as u64).max(2 * stage.scenario.connections as u64))
}

/// A round starts both anew: where a process happens to lie in memory counts for some per cent.
fn round(stage: &mut Stage<'_>, requests: u64) -> anyhow::Result<[Round; 2]> {
    let proxies = [stage.start(0)?, stage.start(1)?];
    for side in [0, 1] {
        part(stage, &proxies, side, 2 * requests).context("warming up")?;
    }
    let mut round = [Round::default(), Round::default()];
    for number in 0..PARTS {
        // Who goes first changes, so that going first is no advantage.
        for side in if number % 2 == 0 { [0, 1] } else { [1, 0] } {
            round[side].add(part(stage, &proxies, side, requests)?);
        }
    }
    for (round, proxy) in round.iter_mut().zip(&proxies) {
        round.latencies.sort_unstable();
        round.resident = proxy.resident()?;
    }
    stage.rig.release();
    Ok(round)
}

fn part(stage: &mut Stage<'_>, proxies: &[Proxy; 2], side: usize, requests: u64) -> anyhow::Result<Round> {
    let proxy = &proxies[side];
    let plan = stage.plan(proxy, requests);
    let before = Clocks::read(proxy, stage.cores)?;
    let Outcome { elapsed, latencies } =
        stage.rig.run(&plan).with_context(|| format!("{}{}", SIDES[side], proxy.says()))?;
    let used = Clocks::read(proxy, stage.cores)?.since(before);
    Ok(Round { requests, seconds: elapsed.as_secs_f64(), used, latencies, resident: 0 })
}

fn figures(rounds: &[[Round; 2]], body: usize) -> Vec<Figure> {
    let condition = |name, of: &dyn Fn(&Round) -> f64| figure(name, "%", rounds, |round| 100.0 * of(round)).condition();
    let mut figures = vec![
        figure("CPU", "µs/request", rounds, Round::cpu),
        figure("CPU, user", "µs/request", rounds, |round| round.cpu() * round.used.proxy.user()),
        figure("CPU, system", "µs/request", rounds, |round| round.cpu() * (1.0 - round.used.proxy.user())),
        figure("rate", "requests/s", rounds, |round| round.requests as f64 / round.seconds),
        figure("latency p50", "µs", rounds, |round| percentile(&round.latencies, 50.0) as f64 / 1e3),
        figure("latency p99", "µs", rounds, |round| percentile(&round.latencies, 99.0) as f64 / 1e3),
        figure("resident memory", "KiB", rounds, |round| round.resident as f64),
        condition("proxy's core used by the proxy", &|round| round.used.proxy.seconds() / round.seconds),
        condition("load's core used by the load", &|round| round.used.load.seconds() / round.seconds),
        condition("used by other processes", &Round::foreign),
        condition("stolen by the host", &|round| round.used.cores.stolen / round.seconds),
    ];
    if body > 4096 {
        let kib = body as f64 / 1024.0;
        figures.insert(1, figure("CPU", "ns/KiB", rounds, |round| 1e3 * round.cpu() / kib));
    }
    figures
}

impl Round {
    fn add(&mut self, part: Self) {
        self.requests += part.requests;
        self.seconds += part.seconds;
        self.used = self.used.plus(part.used);
        self.latencies.extend(part.latencies);
    }

    /// CPU microseconds of a request.
    fn cpu(&self) -> f64 {
        self.used.proxy.seconds() * 1e6 / self.requests as f64
    }

    /// The share of one core that neither the proxy nor the load used, on the two cores together.
    fn foreign(&self) -> f64 {
        let Clocks { proxy, load, cores } = self.used;
        (cores.busy - proxy.seconds() - load.seconds()).max(0.0) / self.seconds
    }
}

/// Everything that counts time, read at one moment.
#[derive(Clone, Copy, Debug, Default)]
struct Clocks {
    proxy: CpuTime,
    load: CpuTime,
    cores: CoreTime,
}

impl Clocks {
    fn read(proxy: &Proxy, cores: Cores) -> anyhow::Result<Self> {
        let cores = CoreTime::of(cores.proxy)?.plus(CoreTime::of(cores.load)?);
        Ok(Self { proxy: proxy.cpu()?, load: CpuTime::of(std::process::id())?, cores })
    }

    fn since(self, earlier: Self) -> Self {
        Self {
            proxy: self.proxy.since(earlier.proxy),
            load: self.load.since(earlier.load),
            cores: self.cores.since(earlier.cores),
        }
    }

    fn plus(self, more: Self) -> Self {
        Self { proxy: self.proxy.plus(more.proxy), load: self.load.plus(more.load), cores: self.cores.plus(more.cores) }
    }
}
