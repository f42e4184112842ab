//! How much the process may use: threads, descriptors, connections, memory.

use crate::{args::Args, report::Report};
use config::Config;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// `fd-hard-limit`, where it is not said (manual, section 3.1): more than a million descriptors are not wanted.
const FD_HARD_LIMIT: u64 = 1_048_576;

/// Threads where `nbthread` does not say how many: one for each CPU that the process may run on.
pub(crate) fn default_threads() -> usize {
    let cpus = rustix::thread::sched_getaffinity(None).map_or(1, |set| set.count() as usize);
    cpus.clamp(1, 1024)
}

/// The threads that a configuration asks for.
pub(crate) fn threads(config: &Config) -> usize {
    config.global.nbthread.map_or_else(default_threads, |n| n as usize)
}

/// What the process may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) threads: usize,
    pub(crate) maxconn: u32,
    pub(crate) pipes: u32,
}

/// Settles the limits and raises the process's own to what they need.
///
/// # Errors
/// What has been said already refuses the start.
pub(crate) fn settle(args: &Args, config: &Config, report: &Report) -> Result<Limits, ()> {
    if let Some(megabytes) = args.memory_mb {
        limit_memory(megabytes, report)?;
    }
    let threads = threads(config);
    let hard = getrlimit(Resource::Nofile).maximum.unwrap_or(FD_HARD_LIMIT);
    let said = args.maxconn.or(config.global.maxconn.filter(|n| *n > 0));
    let pipes = pipes(args, config, said);
    let reserve = reserved(config, threads) + u64::from(pipes) * 2;
    let maxconn = match (said, config.global.ulimit_n) {
        (Some(said), _) => said,
        (None, ulimit) => {
            let all = ulimit.unwrap_or(hard.min(FD_HARD_LIMIT));
            let maxconn = u32::try_from(all.saturating_sub(reserve) / 2).unwrap_or(u32::MAX).max(1);
            report.notice(format!("Automatically setting global.maxconn to {maxconn}."));
            maxconn
        }
    };
    let need = config.global.ulimit_n.unwrap_or(u64::from(maxconn) * 2 + reserve);
    raise(need, hard, report)?;
    Ok(Limits { threads, maxconn, pipes })
}

/// Pipes where `maxpipes` does not say how many, and a quarter of `maxconn` is not less. One is needed only while its bytes
/// wait for a peer that reads slowly.
const PIPES: u32 = 256;

fn pipes(args: &Args, config: &Config, maxconn: Option<u32>) -> u32 {
    let off = args.no_splice || config.global.nosplice;
    let usual = maxconn.map_or(PIPES, |maxconn| PIPES.min(maxconn / 4));
    if off { 0 } else { config.global.maxpipes.unwrap_or(usual) }
}

/// Descriptors that are not connections: the standard three, pollers and wakers, log sockets, listeners, checks.
fn reserved(config: &Config, threads: usize) -> u64 {
    let listeners: usize = config.proxies.iter().map(|p| p.binds.len()).sum();
    let checks = config.proxies.iter().flat_map(|p| &p.servers).filter(|s| s.check.is_some()).count();
    (3 + threads * (4 + listeners) + config.global.sockets.len() + checks) as u64
}

fn raise(need: u64, hard: u64, report: &Report) -> Result<(), ()> {
    let current = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if need <= current {
        return Ok(());
    }
    let maximum = Some(hard.max(need));
    if setrlimit(Resource::Nofile, Rlimit { current: Some(need), maximum }).is_err() {
        report.alert(format!("[{}.main()] Cannot raise FD limit to {need}, limit is {hard}.", crate::program()));
        return Err(());
    }
    Ok(())
}

fn limit_memory(megabytes: u32, report: &Report) -> Result<(), ()> {
    let bytes = Some(u64::from(megabytes) << 20);
    setrlimit(Resource::Data, Rlimit { current: bytes, maximum: bytes }).map_err(|_| {
        report.warning(format!("[{}.main()] Cannot fix MEM limit to {megabytes} megs.", crate::program()));
    })
}
