//! What Linux tells of a process and of a core (/proc), and the pinning of threads.

use anyhow::{Context, bail};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::{fs, path::Path};

/// The two cores of a benchmark.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    pub(crate) proxy: usize,
    pub(crate) load: usize,
}

impl Cores {
    /// The first two cores this process may run on.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let set = sched_getaffinity(None).context("sched_getaffinity")?;
        let mut allowed = (0..CpuSet::MAX_CPU).filter(|&core| set.is_set(core));
        match (allowed.next(), allowed.next()) {
            (Some(proxy), Some(load)) => Ok(Self { proxy, load }),
            _ => bail!("the benchmark needs two cores: one for the proxy, one for load and origin"),
        }
    }
}

/// Pins the calling thread, and with it every process it starts from now on.
pub(crate) fn pin(core: usize) -> anyhow::Result<()> {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).with_context(|| format!("cannot pin to core {core}"))
}

/// CPU time used so far by all threads of a process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CpuTime {
    /// Exact, from the scheduler's own account (`/proc/PID/task/*/schedstat`).
    pub(crate) nanos: u64,
    /// Sampled by the kernel's tick and rounded to 10 ms: good for the split over seconds, not for a total.
    pub(crate) user_ticks: u64,
    pub(crate) system_ticks: u64,
}

impl CpuTime {
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let mut nanos = 0;
        for task in fs::read_dir(format!("/proc/{pid}/task")).with_context(|| format!("process {pid} is gone"))? {
            nanos += on_cpu(&read(task?.path().join("schedstat"))?)?;
        }
        let (user_ticks, system_ticks) = ticks(&read(format!("/proc/{pid}/stat"))?)?;
        Ok(Self { nanos, user_ticks, system_ticks })
    }

    /// What was used between `earlier` and this.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            nanos: self.nanos.saturating_sub(earlier.nanos),
            user_ticks: self.user_ticks.saturating_sub(earlier.user_ticks),
            system_ticks: self.system_ticks.saturating_sub(earlier.system_ticks),
        }
    }

    pub(crate) fn plus(self, more: Self) -> Self {
        Self {
            nanos: self.nanos + more.nanos,
            user_ticks: self.user_ticks + more.user_ticks,
            system_ticks: self.system_ticks + more.system_ticks,
        }
    }

    pub(crate) fn seconds(self) -> f64 {
        self.nanos as f64 / 1e9
    }

    /// The share of user code, from 0 to 1.
    pub(crate) fn user(self) -> f64 {
        self.user_ticks as f64 / ((self.user_ticks + self.system_ticks) as f64).max(1.0)
    }
}

/// Busy and stolen time of one core so far, in seconds, by 10 ms.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CoreTime {
    pub(crate) busy: f64,
    pub(crate) stolen: f64,
}

impl CoreTime {
    pub(crate) fn of(core: usize) -> anyhow::Result<Self> {
        core_time(&read("/proc/stat")?, core).with_context(|| format!("/proc/stat says nothing of core {core}"))
    }

    pub(crate) fn since(self, earlier: Self) -> Self {
        Self { busy: self.busy - earlier.busy, stolen: self.stolen - earlier.stolen }
    }

    pub(crate) fn plus(self, more: Self) -> Self {
        Self { busy: self.busy + more.busy, stolen: self.stolen + more.stolen }
    }
}

/// Resident memory of a process in KiB, exact (`smaps_rollup`; the figure of `status` is a running estimate).
pub(crate) fn resident_kib(pid: u32) -> anyhow::Result<u64> {
    rss(&read(format!("/proc/{pid}/smaps_rollup"))?).context("smaps_rollup has no Rss")
}

/// Files for the largest scenario, with room to spare.
const WANTED_FILES: u64 = 65_536;

/// Lets this process open as many files as it may; returns how many.
pub(crate) fn raise_file_limit() -> anyhow::Result<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Who is allowed to raises the other limit as well; what is started then inherits it.
    let more = limit.maximum.unwrap_or(u64::MAX).max(WANTED_FILES);
    if setrlimit(Resource::Nofile, Rlimit { current: Some(more), maximum: Some(more) }).is_ok() {
        return Ok(more);
    }
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).context("setrlimit")?;
    Ok(limit.maximum.unwrap_or(u64::MAX))
}

/// Kernel and processor, for the report.
pub(crate) fn describe() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    format!("Linux {}, {}", kernel.trim(), model.trim_start_matches(['\t', ' ', ':']))
}

fn read(path: impl AsRef<Path>) -> anyhow::Result<String> {
    let path = path.as_ref();
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The first field of a schedstat: nanoseconds spent on a CPU.
fn on_cpu(schedstat: &str) -> anyhow::Result<u64> {
    let field = schedstat.split_ascii_whitespace().next().context("an empty schedstat")?;
    field.parse().with_context(|| format!("not a schedstat: {schedstat:?}"))
}

/// utime and stime of a /proc/PID/stat: fields 14 and 15, counted after the name, which may itself hold spaces.
fn ticks(stat: &str) -> anyhow::Result<(u64, u64)> {
    let (_, fields) = stat.rsplit_once(')').context("not a /proc/PID/stat")?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut next = || fields.next().and_then(|field| field.parse().ok()).context("a short /proc/PID/stat");
    Ok((next()?, next()?))
}

fn core_time(stat: &str, core: usize) -> Option<CoreTime> {
    let name = format!("cpu{core}");
    let line = stat.lines().find(|line| line.split(' ').next() == Some(&name))?;
    let ticks: Vec<f64> = line.split(' ').skip(1).filter_map(|field| field.parse().ok()).collect();
    let [user, nice, system, _idle, _iowait, irq, softirq, stolen, ..] = ticks.get(..)? else { return None };
    Some(CoreTime { busy: (user + nice + system + irq + softirq) / 100.0, stolen: stolen / 100.0 })
}

fn rss(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_of_proc_are_read() -> anyhow::Result<()> {
        assert_eq!(on_cpu("159910 83887 2\n")?, 159_910);
        let stat = "6530 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 421 17 0 0 20 0 1";
        assert_eq!(ticks(stat)?, (421, 17));
        assert_eq!(
            rss("55a8-7ffc ---p 00000000 00:00 0 [rollup]\nRss:                1704 kB\nPss: 396 kB\n"),
            Some(1704)
        );
        Ok(())
    }

    #[test]
    fn a_core_is_found_by_its_whole_name() {
        let stat = "cpu  9 9 9 9 9 9 9 9 9 9\ncpu1 100 0 50 700 3 0 25 4 0 0\ncpu10 1 1 1 1 1 1 1 1 1 1\n";
        let core = core_time(stat, 1).unwrap_or_default();
        assert_eq!((core.busy, core.stolen), (1.75, 0.04));
        assert!(core_time(stat, 2).is_none());
    }

    #[test]
    fn broken_texts_are_errors() {
        assert!(on_cpu("").is_err());
        assert!(ticks("6530 (name) S 1 2").is_err());
        assert!(rss("Rss: many").is_none());
    }
}
