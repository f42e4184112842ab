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
use std::time::Duration;

/// After so many rounds both proxies are started anew: where a process happens to lie in memory counts for some per cent.
const ROUNDS_OF_A_PROCESS: usize = 4;

/// A round is disturbed when other processes took more than this share of a core from it.
const DISTURBED: f64 = 0.2;

/// A round is measured at most this often; the last time counts, disturbed or not.
const TRIES: usize = 3;

/// What one proxy did in a round.
#[derive(Debug)]
struct Round {
    requests: u64,
    seconds: f64,
    used: Clocks,
    /// Nanoseconds, sorted.
    latencies: Vec<u64>,
    /// KiB.
    resident: u64,
}

pub(super) fn measure(stage: Stage<'_>) -> anyhow::Result<Report> {
    let mut series = Series { stage, rounds: Vec::new(), repeated: 0 };
    let requests = series.calibrate()?;
    while series.rounds.len() < series.stage.args.rounds {
        series.rounds_of_fresh_proxies(requests)?;
    }
    let Series { stage, rounds, repeated } = series;
    Ok(Report { scenario: stage.scenario, requests, repeated, figures: figures(&rounds, stage.scenario.body) })
}

struct Series<'a> {
    stage: Stage<'a>,
    rounds: Vec<[Round; 2]>,
    /// Disturbed rounds that were measured again.
    repeated: usize,
}

impl Series<'_> {
    /// How many requests haproxy serves in a round; both proxies then get that many.
    fn calibrate(&mut self) -> anyhow::Result<u64> {
        let stage = &mut self.stage;
        let haproxy = stage.start(1)?;
        let mut requests = if stage.scenario.body > 4096 { 100 } else { 2000 };
        let mut took = Duration::ZERO;
        for _ in 0..3 {
            took = stage.rig.run(&stage.plan(&haproxy, requests)).context("haproxy, calibrating")?.elapsed;
            if took.as_secs_f64() > 0.2 {
                break;
            }
            requests *= 4;
        }
        let wanted = requests as f64 / took.as_secs_f64() * stage.args.seconds;
        Ok((wanted as u64).max(2 * stage.scenario.connections as u64))
    }

    fn rounds_of_fresh_proxies(&mut self, requests: u64) -> anyhow::Result<()> {
        let proxies = [self.stage.start(0)?, self.stage.start(1)?];
        for side in [0, 1] {
            self.side(&proxies, side, requests).context("warming up")?;
        }
        let left = self.stage.args.rounds - self.rounds.len();
        for _ in 0..left.min(ROUNDS_OF_A_PROCESS) {
            let number = self.rounds.len() + 1;
            let round = self.calm_round(&proxies, requests).with_context(|| format!("round {number}"))?;
            self.rounds.push(round);
        }
        Ok(())
    }

    /// One round of both; again, when other processes disturbed it.
    fn calm_round(&mut self, proxies: &[Proxy; 2], requests: u64) -> anyhow::Result<[Round; 2]> {
        for _ in 1..TRIES {
            let round = self.round(proxies, requests)?;
            if round.iter().all(|side| side.foreign() < DISTURBED) {
                return Ok(round);
            }
            self.repeated += 1;
        }
        self.round(proxies, requests)
    }

    /// Who goes first changes from round to round, so that going first is no advantage.
    fn round(&mut self, proxies: &[Proxy; 2], requests: u64) -> anyhow::Result<[Round; 2]> {
        if self.rounds.len().is_multiple_of(2) {
            return Ok([self.side(proxies, 0, requests)?, self.side(proxies, 1, requests)?]);
        }
        let theirs = self.side(proxies, 1, requests)?;
        Ok([self.side(proxies, 0, requests)?, theirs])
    }

    fn side(&mut self, proxies: &[Proxy; 2], side: usize, requests: u64) -> anyhow::Result<Round> {
        let proxy = &proxies[side];
        let plan = self.stage.plan(proxy, requests);
        let before = Clocks::read(proxy, self.stage.cores)?;
        let Outcome { elapsed, mut latencies } = self.stage.rig.run(&plan).context(SIDES[side])?;
        let used = Clocks::read(proxy, self.stage.cores)?.since(before);
        latencies.sort_unstable();
        Ok(Round { requests, seconds: elapsed.as_secs_f64(), used, latencies, resident: proxy.resident()? })
    }
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
#[derive(Clone, Copy, Debug)]
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
}
