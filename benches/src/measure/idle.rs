//! What an idle upgraded connection costs in memory.

use super::{SIDES, Stage, figure};
use crate::{machine::CpuTime, report::Report, scenario::IDLE};
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

pub(super) fn measure(mut stage: Stage<'_>) -> anyhow::Result<Report> {
    let mut rounds = Vec::new();
    for number in 1..=stage.args.rounds.min(MAX_ROUNDS) {
        let mut side =
            |side: usize| round(&mut stage, side).with_context(|| format!("{}, round {number}", SIDES[side]));
        rounds.push([side(0)?, side(1)?]);
    }
    let figures = vec![
        figure("memory", "KiB/connection", &rounds, |round| {
            round.after.saturating_sub(round.before) as f64 / IDLE as f64
        }),
        figure("CPU", "µs/upgrade", &rounds, |round| round.cpu.seconds() * 1e6 / IDLE as f64),
        figure("resident before", "KiB", &rounds, |round| round.before as f64),
        figure("resident after", "KiB", &rounds, |round| round.after as f64),
    ];
    Ok(Report { scenario: stage.scenario, requests: IDLE, figures })
}

/// A fresh process each time: memory that was used once is not given back.
fn round(stage: &mut Stage<'_>, side: usize) -> anyhow::Result<Round> {
    let proxy = stage.start(side)?;
    // What the first connections touch (code, first buffers) is not the price of one more.
    let warm = stage.plan(&proxy, stage.scenario.connections as u64);
    stage.rig.run(&warm).with_context(|| format!("warming up{}", proxy.says()))?;
    stage.rig.settle(&warm, SETTLE)?;
    stage.rig.release();
    stage.rig.settle(&warm, SETTLE)?;
    let (before, cpu) = (proxy.resident()?, proxy.cpu()?);
    let plan = stage.plan(&proxy, IDLE);
    stage.rig.run(&plan).with_context(|| format!("{IDLE} connections{}", proxy.says()))?;
    let cpu = proxy.cpu()?.since(cpu);
    stage.rig.settle(&plan, 3 * SETTLE).context("while idle")?;
    let after = proxy.resident()?;
    stage.rig.release();
    Ok(Round { before, after, cpu })
}
