//! The life of the process: a master above it, the CPUs under it, its end (manual, section 3.1).

use crate::{draft::GlobalDraft, line::Line, row::GlobalRow, value::Unit};
use std::{ops::RangeInclusive, time::Duration};

pub static TABLE: &[GlobalRow] = &[
    GlobalRow::full("master-worker", |line, draft| {
        draft.global.master_worker = true;
        line.end()
    })
    .bad(&["master-worker x"]),
    GlobalRow::full("master-worker no-exit-on-failure", |line, draft| {
        draft.global.master_worker = true;
        draft.global.no_exit_on_failure = true;
        line.end()
    }),
    GlobalRow::full("mworker-max-reloads", |line, draft| {
        let message = "'mworker-max-reloads' expects an integer argument.";
        draft.global.max_reloads = Some(line.int(0, i64::from(i32::MAX), message)?);
        line.end()
    })
    .bad(&["mworker-max-reloads", "mworker-max-reloads x"]),
    GlobalRow::full("grace", |line, draft| {
        draft.global.grace = line.duration(Unit::Millis, "'grace' expects <time> as argument.")?;
        line.end()
    })
    .ok(&["grace 10s"])
    .bad(&["grace", "grace x"]),
    GlobalRow::full("close-spread-time", |line, draft| {
        draft.global.close_spread = Some(spread(line)?);
        line.end()
    })
    .ok(&["close-spread-time 10s", "close-spread-time infinite"])
    .bad(&["close-spread-time", "close-spread-time x"]),
    GlobalRow::full("cpu-map", cpu_map)
        .ok(&[
            "cpu-map 1/all 0-3",
            "cpu-map 1/1- 0-",
            "cpu-map auto:1/1-4 0-1 2-3",
            "cpu-map auto:1/1-4 3,2,1,0",
            "cpu-map 1 0",
            "cpu-map auto:1/odd 32-63",
        ])
        .bad(&["cpu-map", "cpu-map 1/1", "cpu-map x 0", "cpu-map 1/1 x", "cpu-map auto:1/1-4 0", "cpu-map 1/2-1 0"]),
];

/// `close-spread-time`: over how long the closing of connections is spread in a drain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    Over(Duration),
    /// Connections are not closed for the drain's sake.
    Never,
}

fn spread(line: &mut Line<'_, '_>) -> Option<Spread> {
    let message = "'close-spread-time' expects a time window as argument.";
    if line.peek().is_some_and(|word| word.bytes() == b"infinite") {
        line.need(message)?;
        return Some(Spread::Never);
    }
    line.duration(Unit::Millis, message).map(Spread::Over)
}

/// One `cpu-map` line: threads of a group, counted from 1, and where each of them may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CpuMap {
    pub groups: Vec<usize>,
    pub threads: Vec<usize>,
    pub cpus: Vec<usize>,
    /// `auto:`: each thread has one of the CPUs.
    pub each: bool,
}

/// Threads of a group, and CPUs of a set, at most.
const MOST: usize = 64;
const MOST_CPUS: usize = 1024;

fn cpu_map(line: &mut Line<'_, '_>, draft: &mut GlobalDraft) -> Option<()> {
    let usage = "cpu-map expects a thread group range ('all', 'odd', 'even', a number from 1 to 64 or a range), \
                 optionally followed by '/' and a thread range, and CPU sets";
    let first = line.need(usage)?.str().unwrap_or_default();
    let (each, ranges) = first.strip_prefix("auto:").map_or((false, first), |rest| (true, rest));
    let (groups, threads) = ranges.split_once('/').unwrap_or((ranges, "all"));
    let sets: Option<Vec<_>> =
        line.rest().iter().flat_map(|w| w.str().unwrap_or("?").split(',')).map(cpu_set).collect();
    let mut cpus = sets.unwrap_or_default().concat();
    cpus.sort_unstable();
    cpus.dedup();
    let (Some(groups), Some(threads), false) = (threads_of(groups), threads_of(threads), cpus.is_empty()) else {
        return line.fail("bad-argument", usage);
    };
    if each && threads.len() != cpus.len() {
        let message = "cpu-map : thread range and CPU sets must have the same size to be automatically bound";
        return line.fail("bad-argument", message);
    }
    draft.global.cpu_maps.push(CpuMap { groups, threads, cpus, each });
    Some(())
}

fn threads_of(text: &str) -> Option<Vec<usize>> {
    match text {
        "all" => Some((1..=MOST).collect()),
        "odd" => Some((1..=MOST).step_by(2).collect()),
        "even" => Some((2..=MOST).step_by(2).collect()),
        _ => range(text, 1..=MOST),
    }
}

fn cpu_set(text: &str) -> Option<Vec<usize>> {
    range(text, 0..=MOST_CPUS - 1)
}

/// `N`, `N-M` or `N-`.
fn range(text: &str, within: RangeInclusive<usize>) -> Option<Vec<usize>> {
    let (low, high) = match text.split_once('-') {
        None => (text.parse().ok()?, text.parse().ok()?),
        Some((low, "")) => (low.parse().ok()?, *within.end().min(&(MOST - 1 + within.start()))),
        Some((low, high)) => (low.parse().ok()?, high.parse().ok()?),
    };
    (low <= high && within.contains(&low) && within.contains(&high)).then(|| (low..=high).collect())
}
