//! What an idle connection costs in memory, upgraded or kept alive.

use super::{SIDES, Stage, figure};
use crate::{
    machine::{self, CpuTime},
    report::Report,
};
use anyhow::Context;
use std::time::Duration;

/// A memory figure hardly varies: more rounds would only take time.
const MAX_ROUNDS: usize = 3;

/// How long a proxy gets to put its buffers away.
const SETTLE: Duration = Duration::from_millis(500);

/// One round of one proxy; memory in KiB.
#[derive(Clone, Copy, Debug)]
struct Round {
    before: u64,
    after: u64,
    cpu: CpuTime,
}

/// Files that are open besides connections.
const OTHERS: u64 = 500;

pub(super) fn measure(mut stage: Stage<'_>, wanted: u64) -> anyhow::Result<Report> {
    // A proxy lets no more clients in than it could open connections to servers for.
    let count = wanted.min((machine::raise_file_limit()? / 2).saturating_sub(OTHERS));
    if count < wanted {
        println!("{}: {count} connections instead of {wanted}: raise `ulimit -Hn`", stage.scenario.name);
    }
    let mut rounds = Vec::new();
    for number in 1..=stage.args.rounds.min(MAX_ROUNDS) {
        let mut side =
            |side: usize| round(&mut stage, side, count).with_context(|| format!("{}, round {number}", SIDES[side]));
        rounds.push([side(0)?, side(1)?]);
    }
    let figures = vec![
        figure("memory", "KiB/connection", &rounds, |round| {
            round.after.saturating_sub(round.before) as f64 / count as f64
        }),
        figure("CPU", "µs/connection", &rounds, |round| round.cpu.seconds() * 1e6 / count as f64),
        figure("resident before", "KiB", &rounds, |round| round.before as f64),
        figure("resident after", "KiB", &rounds, |round| round.after as f64),
    ];
    Ok(Report { scenario: stage.scenario, requests: count, figures })
}

/// A fresh process each time: memory that was used once is not given back.
fn round(stage: &mut Stage<'_>, side: usize, count: u64) -> anyhow::Result<Round> {
    let proxy = stage.start(side)?;
    // What the first connections touch (code, first buffers) is not the price of one more.
    let warm = stage.plan(&proxy, stage.scenario.connections as u64);
    stage.rig.run(&warm).with_context(|| format!("warming up{}", proxy.says()))?;
    stage.rig.settle(&warm, SETTLE)?;
    stage.rig.release();
    stage.rig.settle(&warm, SETTLE)?;
    let (before, cpu) = (proxy.resident()?, proxy.cpu()?);
    let plan = stage.plan(&proxy, count);
    stage.rig.run(&plan).with_context(|| format!("{count} connections{}", proxy.says()))?;
    let cpu = proxy.cpu()?.since(cpu);
    stage.rig.settle(&plan, 3 * SETTLE).context("while idle")?;
    let after = proxy.resident()?;
    stage.rig.release();
    Ok(Round { before, after, cpu })
}
