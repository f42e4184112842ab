//! `show info`: facts about the process, one row each, in HAProxy's order (management guide, section 9.3).

use super::{
    column::{Field, Kind},
    dump::{Cell, Form, json_cell, plain, typed_cell},
};
use crate::pipe;
use crate::state::{Process, process::ProcessCounts};
use std::{
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::{SystemTime, UNIX_EPOCH},
};

/// One fact.
#[derive(Debug)]
struct Fact {
    pos: usize,
    name: &'static str,
    meta: &'static str,
    kind: Kind,
    /// Its type where `float` is asked for.
    float: Kind,
    of: fn(&Process) -> Field,
    text: &'static str,
}

/// When this version was released, as `show info` and `-v` say it.
pub const RELEASE_DATE: &str = "2026/11/22";

/// What `show info` says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    pub form: Form,
    /// Descriptions behind the values.
    pub texts: bool,
    pub float: bool,
}

/// The facts, each line with its line feed.
pub fn info(process: &Process, asked: Asked) -> String {
    let mut out = String::new();
    let facts = FACTS.iter().filter_map(|fact| {
        let value = value(fact, process, asked.float);
        let kind = if asked.float { fact.float } else { fact.kind };
        let Fact { pos, name, meta, text, .. } = fact;
        (value != Field::None).then_some(Cell { pos: *pos, name, meta, kind, text, value })
    });
    for (at, cell) in facts.enumerate() {
        match asked.form {
            Form::Csv => {
                out.extend([cell.name, ": "]);
                plain(&cell.value, &mut out);
                if asked.texts {
                    out.extend([":\"", cell.text, "\""]);
                }
                out.push('\n');
            }
            Form::Typed(_) => typed_cell(&cell, asked.texts, &mut out),
            Form::Json => {
                out.push_str(if at == 0 { "[{" } else { ",{" });
                json_cell(&cell, &mut out);
            }
        }
    }
    if asked.form == Form::Json {
        out.push_str("]\n");
    }
    out
}

/// Without `float`, fractions are cut off.
fn value(fact: &Fact, process: &Process, float: bool) -> Field {
    match (fact.of)(process) {
        Field::Float(n) if !float => Field::Int(n as i64),
        Field::Int(n) if float && fact.float == Kind::Flt => Field::Float(n as f64),
        field => field,
    }
}

const fn fact(
    pos: usize,
    name: &'static str,
    meta: &'static str,
    kind: Kind,
    text: &'static str,
    of: fn(&Process) -> Field,
) -> Fact {
    Fact { pos, name, meta, kind, float: kind, of, text }
}

/// A number that `float` shows with its fraction.
const fn floating(
    pos: usize,
    name: &'static str,
    meta: &'static str,
    text: &'static str,
    of: fn(&Process) -> Field,
) -> Fact {
    Fact { pos, name, meta, kind: Kind::U32, float: Kind::Flt, of, text }
}

/// What evenkeel does not have, and therefore counts nothing of.
fn none(_: &Process) -> Field {
    Field::Int(0)
}

fn shown(number: &AtomicU32) -> Field {
    Field::from(Some(number.load(Relaxed)))
}

fn sum(process: &Process, count: impl Fn(&ProcessCounts) -> &crate::state::Count) -> Field {
    Field::from(Some(process.counts.sum(count)))
}

static FACTS: &[Fact] = &[
    fact(0, "Name", "POSV", Kind::Str, "Product", |_| Field::str("HAProxy")),
    fact(1, "Version", "POSV", Kind::Str, "Version that this one is compatible with", |_| Field::str(config::VERSION)),
    fact(2, "Release_date", "POSV", Kind::Str, "Date of the version", |_| Field::str(RELEASE_DATE)),
    fact(3, "Nbthread", "CGSV", Kind::U32, "Threads", |p| Field::from(Some(p.threads))),
    fact(4, "Nbproc", "CGSV", Kind::U32, "Processes", |_| Field::Int(1)),
    fact(5, "Process_num", "KGPV", Kind::U32, "Number of this process", |_| Field::Int(1)),
    fact(6, "Pid", "SGPV", Kind::U32, "Process id", |p| Field::from(Some(p.pid))),
    fact(7, "Uptime", "MDPV", Kind::Str, "Time since the start", |p| Field::str(uptime(p.uptime().as_secs()))),
    floating(8, "Uptime_sec", "MDPV", "Seconds since the start", |p| Field::Float(p.uptime().as_secs_f64())),
    fact(9, "Memmax_MB", "CLPV", Kind::U32, "Limit of memory in MB; 0 = none", none),
    fact(10, "PoolAlloc_MB", "MGPV", Kind::U32, "Memory in use, in MB", |_| Field::from(Some(resident() >> 20))),
    fact(11, "PoolUsed_MB", "MGPV", Kind::U32, "Memory in use, in MB", |_| Field::from(Some(resident() >> 20))),
    fact(12, "PoolFailed", "MCPV", Kind::U32, "Failed allocations", none),
    fact(13, "Ulimit-n", "CLPV", Kind::U32, "Limit of descriptors", |_| descriptors()),
    fact(14, "Maxsock", "CLPV", Kind::U32, "Limit of sockets", |_| descriptors()),
    fact(15, "Maxconn", "CLPV", Kind::U32, "Limit of connections", |p| shown(&p.maxconn)),
    fact(16, "Hard_maxconn", "CLPV", Kind::U32, "Limit of connections at the start", |p| {
        Field::from(Some(p.hard_maxconn))
    }),
    fact(17, "CurrConns", "MGPV", Kind::U32, "Connections now", |p| Field::from(Some(p.connections.get()))),
    fact(18, "CumConns", "MCPV", Kind::U32, "Connections", |p| sum(p, |c| &c.connections)),
    fact(19, "CumReq", "MCPV", Kind::U32, "Requests", |p| sum(p, |c| &c.requests)),
    fact(20, "MaxSslConns", "MMPV", Kind::U32, "Limit of TLS connections; 0 = none", none),
    fact(21, "CurrSslConns", "MGPV", Kind::U32, "TLS connections now", none),
    fact(22, "CumSslConns", "MCPV", Kind::U32, "TLS connections", none),
    fact(23, "Maxpipes", "CLPV", Kind::U32, "Limit of pipes", |_| Field::from(Some(pipe::counts()[0]))),
    fact(24, "PipesUsed", "MGPV", Kind::U32, "Pipes in use", |_| Field::from(Some(pipe::counts()[1]))),
    fact(25, "PipesFree", "MGPV", Kind::U32, "Pipes kept", |_| Field::from(Some(pipe::counts()[2]))),
    floating(26, "ConnRate", "MRPV", "Connections in the last second", |p| {
        Field::from(Some(p.connection_rate.get(p.ms_now())))
    }),
    fact(27, "ConnRateLimit", "CLPV", Kind::U32, "Limit of connections per second", |p| {
        shown(&p.connection_rate_limit)
    }),
    fact(28, "MaxConnRate", "MMPV", Kind::U32, "Most connections in a second", |p| {
        Field::from(Some(p.connection_rate.max()))
    }),
    floating(29, "SessRate", "MRPV", "Sessions in the last second", |p| {
        Field::from(Some(p.session_rate.get(p.ms_now())))
    }),
    fact(30, "SessRateLimit", "CLPV", Kind::U32, "Limit of sessions per second", |p| shown(&p.session_rate_limit)),
    fact(31, "MaxSessRate", "MRPV", Kind::U32, "Most sessions in a second", |p| {
        Field::from(Some(p.session_rate.max()))
    }),
    floating(32, "SslRate", "MRPV", "TLS sessions in the last second", none),
    fact(33, "SslRateLimit", "CLPV", Kind::U32, "Limit of TLS sessions per second", |p| shown(&p.ssl_rate_limit)),
    fact(34, "MaxSslRate", "MMPV", Kind::U32, "Most TLS sessions in a second", none),
    floating(35, "SslFrontendKeyRate", "MGPV", "TLS keys of clients in the last second", none),
    fact(36, "SslFrontendMaxKeyRate", "MMPV", Kind::U32, "Most TLS keys of clients in a second", none),
    floating(37, "SslFrontendSessionReuse_pct", "MGPV", "Percentage of TLS sessions taken up again", none),
    floating(38, "SslBackendKeyRate", "MRPV", "TLS keys of servers in the last second", none),
    fact(39, "SslBackendMaxKeyRate", "MMPV", Kind::U32, "Most TLS keys of servers in a second", none),
    fact(40, "SslCacheLookups", "MCPV", Kind::U32, "Lookups of TLS sessions", none),
    fact(41, "SslCacheMisses", "MCPV", Kind::U32, "TLS sessions that were not found", none),
    floating(42, "CompressBpsIn", "MRPV", "Bytes given to compression in the last second", none),
    floating(43, "CompressBpsOut", "MRPV", "Bytes that compression made in the last second", none),
    fact(44, "CompressBpsRateLim", "CLPV", Kind::U32, "Limit of compression, in bytes per second", |p| {
        shown(&p.compression_rate_limit)
    }),
    fact(47, "Tasks", "MGPV", Kind::U32, "Tasks", |p| Field::from(Some(jobs(p)))),
    fact(48, "Run_queue", "MGPV", Kind::U32, "Tasks that are ready to run", none),
    fact(49, "Idle_pct", "MaPV", Kind::U32, "Percentage of the time spent waiting", |p| shown(&p.meter.idle_pct)),
    fact(50, "node", "COSV", Kind::Str, "Name of the node", |p| {
        let node = p.config.global.node.as_deref().map(|n| String::from_utf8_lossy(n).into_owned());
        Field::str(node.unwrap_or_else(|| p.hostname.clone()))
    }),
    fact(51, "description", "COSV", Kind::Str, "Description of the node", |p| match &p.config.global.description {
        Some(text) => Field::str(String::from_utf8_lossy(text).into_owned()),
        None => Field::None,
    }),
    fact(52, "Stopping", "MGPV", Kind::U32, "Whether the process ends", |p| {
        Field::from(Some(u32::from(p.is_stopping())))
    }),
    fact(53, "Jobs", "MGPV", Kind::U32, "Connections and listeners", |p| Field::from(Some(jobs(p)))),
    fact(54, "Unstoppable Jobs", "MGPV", Kind::U32, "Listeners that outlive the drain", |p| {
        Field::from(Some(p.config.global.sockets.len()))
    }),
    fact(55, "Listeners", "MGPV", Kind::U32, "Listeners", |p| Field::from(Some(listeners(p)))),
    fact(56, "ActivePeers", "MGPV", Kind::U32, "Peers", none),
    fact(57, "ConnectedPeers", "MGPV", Kind::U32, "Connected peers", none),
    fact(58, "DroppedLogs", "MGPV", Kind::U32, "Log lines that were lost", |p| {
        Field::from(Some(p.dropped_logs.load(Relaxed)))
    }),
    fact(59, "BusyPolling", "MGPV", Kind::U32, "Whether polling is busy", none),
    fact(60, "FailedResolutions", "MGPV", Kind::U32, "Failed resolutions of names", none),
    fact(61, "TotalBytesOut", "MGPV", Kind::U64, "Bytes sent to clients", |p| Field::from(Some(p.bytes_out()))),
    fact(62, "TotalSplicedBytesOut", "MGPV", Kind::U64, "Bytes moved by splicing", |p| sum(p, |c| &c.spliced)),
    fact(63, "BytesOutRate", "MRPV", Kind::U64, "Bytes sent to clients in the last second", |p| {
        Field::from(Some(p.meter.bytes_out_rate.load(Relaxed)))
    }),
    fact(64, "DebugCommandsIssued", "MGPV", Kind::U32, "Debugging commands", none),
    fact(65, "CumRecvLogs", "MCPV", Kind::U32, "Log messages received", none),
    fact(66, "Build info", "POSV", Kind::Str, "Version of evenkeel", |_| {
        Field::str(concat!("evenkeel ", env!("CARGO_PKG_VERSION")))
    }),
    fact(67, "Memmax_bytes", "CLPV", Kind::U32, "Limit of memory; 0 = none", none),
    fact(68, "PoolAlloc_bytes", "MGPV", Kind::U64, "Memory in use", |_| Field::from(Some(resident()))),
    fact(69, "PoolUsed_bytes", "MGPV", Kind::U64, "Memory in use", |_| Field::from(Some(resident()))),
    floating(70, "Start_time_sec", "MDPV", "Seconds from the epoch to the start", |p| {
        Field::Float(epoch(p.started_at))
    }),
    fact(71, "Tainted", "SGPV", Kind::Str, "Anything unusual, as a mask", |_| Field::str("0")),
    fact(72, "TotalWarnings", "MCPV", Kind::U32, "Warnings", none),
    fact(73, "MaxconnReached", "MCPV", Kind::U32, "Times that the limit of connections was reached", |p| {
        shown(&p.maxconn_reached)
    }),
    fact(74, "BootTime_ms", "MDPV", Kind::U32, "Milliseconds that the start took", none),
    fact(75, "Niced_tasks", "MGPV", Kind::U32, "Tasks with a priority of their own", none),
    fact(76, "CurrStreams", "MGPV", Kind::U64, "Streams now", |p| Field::from(Some(p.connections.get()))),
    fact(77, "CumStreams", "MGPV", Kind::U64, "Streams", |p| shown(&p.next_stream)),
    fact(78, "BlockedTrafficWarnings", "MGPV", Kind::U32, "Warnings of blocked traffic", none),
    fact(79, "PatternsAdded", "MGPV", Kind::U64, "Patterns added", none),
    fact(80, "PatternsFreed", "MGPV", Kind::U64, "Patterns freed", none),
    fact(81, "NbThreadGroups", "CGSV", Kind::U32, "Groups of threads", |_| Field::Int(1)),
];

/// `0d 1h02m03s`.
pub fn uptime(seconds: u64) -> String {
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    format!("{days}d {hours}h{:02}m{:02}s", seconds / 60 % 60, seconds % 60)
}

fn epoch(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
}

fn listeners(process: &Process) -> usize {
    process.config.proxies.iter().filter(|p| !p.disabled).map(|p| p.binds.len()).sum()
}

fn jobs(process: &Process) -> usize {
    process.connections.get() as usize + listeners(process) + process.config.global.sockets.len()
}

fn descriptors() -> Field {
    Field::from(rustix::process::getrlimit(rustix::process::Resource::Nofile).current)
}

/// Bytes of memory that the process occupies; 0 where the system does not say.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * rustix::param::page_size() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn the_facts_are_those_of_haproxy() {
        let lines = include_str!("../../tests/data/show_info.tsv").lines().skip(1);
        for (fact, line) in FACTS.iter().zip(lines.clone()) {
            let known: Vec<_> = line.split('\t').take(5).collect();
            let pos = fact.pos.to_string();
            assert_eq!([&pos[..], fact.name, fact.meta, fact.kind.name(), fact.float.name()], known[..]);
        }
        assert_eq!(FACTS.len(), lines.count());
    }

    #[test]
    fn forms() {
        let process = testing::process("global\n node n1\nlisten fe\n bind :1\n mode http\n");
        let show = |form, texts, float| info(&process, Asked { form, texts, float });
        let plain = show(Form::Csv, false, false);
        assert!(plain.starts_with("Name: HAProxy\nVersion: 3.4.0\nRelease_date: "), "{plain}");
        assert!(plain.contains("\nnode: n1\nStopping: 0\n"), "{plain}");
        assert!(show(Form::Csv, true, false).starts_with("Name: HAProxy:\"Product\"\n"));
        let typed = show(Form::Typed(false), false, true);
        assert!(typed.starts_with("0.Name.1:POSV:str:HAProxy\n1.Version.1:POSV:str:3.4.0\n"), "{typed}");
        assert!(typed.contains("\n26.ConnRate.1:MRPV:flt:0"), "{typed}");
        let json = show(Form::Json, true, false);
        let first = "[{\"field\":{\"pos\":0,\"name\":\"Name\"},\"processNum\":1,\"tags\":{\"origin\":\"Product\",\
                     \"nature\":\"Output\",\"scope\":\"Service\"},\"value\":{\"type\":\"str\",\"value\":\"HAProxy\"}},";
        assert!(json.starts_with(first) && json.ends_with("}}]\n"), "{json}");
    }

    #[test]
    fn uptimes() {
        assert_eq!([uptime(5), uptime(93_784)], ["0d 0h00m05s", "1d 2h03m04s"]);
    }
}
