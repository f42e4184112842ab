//! Latency at a rate that both proxies can do: 70 % of what the slower one can.

use super::{SIDES, Stage, figure};
use crate::{proxy::Proxy, report::Report, stats::percentile};
use anyhow::Context;

const SHARE: f64 = 0.7;

/// Parts of a round, the two proxies in turn.
const PARTS: usize = 4;

/// One round of one proxy.
#[derive(Debug, Default)]
struct Round {
    rate: f64,
    latencies: Vec<u64>,
}

pub(super) fn measure(mut stage: Stage<'_>) -> anyhow::Result<Report> {
    let mut rounds = Vec::new();
    let mut requests = 0;
    for number in 1..=stage.args.rounds {
        let (round, sent) = round(&mut stage).with_context(|| format!("round {number}"))?;
        requests = requests.max(sent);
        rounds.push(round);
    }
    let at = |share| move |round: &Round| percentile(&round.latencies, share) as f64 / 1e3;
    let figures = vec![
        figure("latency p99", "µs", &rounds, at(99.0)),
        figure("latency p50", "µs", &rounds, at(50.0)),
        figure("latency p99.9", "µs", &rounds, at(99.9)),
        figure("rate", "requests/s", &rounds, |round| round.rate).condition(),
    ];
    Ok(Report { scenario: stage.scenario, requests, figures })
}

/// A round starts both anew, finds out what they can do, and then sends less.
fn round(stage: &mut Stage<'_>) -> anyhow::Result<([Round; 2], u64)> {
    let proxies = [stage.start(0)?, stage.start(1)?];
    let mut least = f64::MAX;
    for (side, proxy) in proxies.iter().enumerate() {
        for _ in 0..2 {
            let requests = 20_000;
            let plan = stage.plan(proxy, requests);
            let outcome = stage.rig.run(&plan).with_context(|| told(side, proxy))?;
            least = least.min(requests as f64 / outcome.elapsed.as_secs_f64());
        }
    }
    let rate = SHARE * least;
    let requests = ((rate * stage.args.seconds) as u64 / PARTS as u64).max(1);
    let mut round = [Round::default(), Round::default()];
    for number in 0..PARTS {
        for side in if number % 2 == 0 { [0, 1] } else { [1, 0] } {
            let plan = stage.plan(&proxies[side], requests);
            let outcome = stage.rig.pace(&plan, rate).with_context(|| told(side, &proxies[side]))?;
            round[side].latencies.extend(outcome.latencies);
            round[side].rate = rate;
        }
    }
    round.iter_mut().for_each(|round| round.latencies.sort_unstable());
    stage.rig.release();
    Ok((round, requests * PARTS as u64))
}

fn told(side: usize, proxy: &Proxy) -> String {
    format!("{}{}", SIDES[side], proxy.says())
}
