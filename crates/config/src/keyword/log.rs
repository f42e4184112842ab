//! `log`, `log-format`, `option httplog` and their kin (manual, sections 4.2 and 8).

use crate::keyword::address::Address;
use sample::format::Format;
use std::sync::Arc;

/// One `log` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogTarget {
    pub sink: Sink,
    pub format: Transport,
    /// Longest line sent, in bytes.
    pub len: usize,
    /// `sample RANGES:SIZE`: which of every `size` lines are sent; empty = all.
    pub sample: Vec<(u32, u32)>,
    pub sample_size: u32,
    pub facility: u8,
    /// Highest level sent, and the level below which a line is sent as this one: 0 `emerg` to 7 `debug`.
    pub max_level: u8,
    pub min_level: u8,
}

/// Where a log line goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sink {
    /// A datagram to this address (`Ip` or `Unix`).
    Datagram(Address),
    Fd(i32),
    Ring(Vec<u8>),
    Stderr,
    Stdout,
    /// `tcp@…`.
    Stream(Address),
}

/// `format` of a log target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Iso,
    Local,
    Priority,
    Raw,
    Rfc3164,
    Rfc5424,
    Short,
    Timed,
}

/// The formats of a frontend's lines.
#[derive(Debug, Clone, Default)]
pub struct LogFormats {
    /// `None` = HAProxy's minimal line: `Connect from …`.
    pub log: Option<Arc<Format>>,
    pub error: Option<Arc<Format>>,
    pub sd: Option<Arc<Format>>,
}
