//! `log`, `log-format`, `option httplog` and their kin (manual, sections 4.2 and 8).

use crate::{
    draft::ProxyDraft,
    keyword::address::{self, Address, Fault, Ports, Written},
    line::{Line, Polarity},
    row::{GlobalRow, ProxyRow},
};
use sample::{
    Places,
    format::{Format, Usage},
};
use source::Word;
use std::sync::Arc;

/// One `log` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogTarget {
    pub sink: Sink,
    /// `None` = `rfc3164` with `log-send-hostname`, else `local`.
    pub format: Option<Transport>,
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

/// One `log` line of a proxy.
#[derive(Debug, Clone)]
pub enum LogDraft {
    /// `log global`: those of the global section.
    Global,
    Target(LogTarget),
}

/// The formats of a section's log lines.
#[derive(Debug, Clone, Default)]
pub struct FormatDraft {
    pub log: Option<Arc<Format>>,
    /// Which line said `log`: `option httplog` and its like, or `log-format`.
    pub said: &'static str,
    pub error: Option<Arc<Format>>,
    pub sd: Option<Arc<Format>>,
}

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("log", log)
        .ok(&[
            "log global",
            "log 127.0.0.1:514 local0",
            "log /dev/log local0 notice err",
            "log stdout format raw daemon",
            "log fd@1 len 200 format rfc5424 sample 1,3-4:5 local1 info",
            "no log",
        ])
        .bad(&["log", "log 127.0.0.1", "log 127.0.0.1 foo", "log global x", "log stdout format x local0", "no log x"]),
    ProxyRow::full("log-tag", |line, proxy| {
        proxy.log_tag = Some(line.bytes("'log-tag' expects a tag for use in syslog.")?);
        line.end()
    })
    .bad(&["log-tag"]),
    ProxyRow::full("log-format", |line, proxy| {
        let format = custom(line, Usage::Log)?;
        proxy.formats.log = Some(format);
        proxy.formats.said = "log-format";
        Some(())
    })
    .bad(&["log-format", "log-format a b", "log-format %[nope]"]),
    ProxyRow::full("error-log-format", |line, proxy| {
        proxy.formats.error = Some(custom(line, Usage::Log)?);
        Some(())
    })
    .bad(&["error-log-format", "error-log-format %[nope]"]),
    ProxyRow::full("log-format-sd", |line, proxy| {
        proxy.formats.sd = Some(custom(line, Usage::LogSd)?);
        Some(())
    })
    .bad(&["log-format-sd"]),
    ProxyRow::full("option httplog", |line, proxy| preset(line, proxy, HTTP, Some(HTTP_CLF)))
        .ok(&["option httplog clf"])
        .bad(&["option httplog x", "option httplog clf x"]),
    ProxyRow::full("option tcplog", |line, proxy| preset(line, proxy, TCP, Some(TCP_CLF)))
        .ok(&["option tcplog clf"])
        .bad(&["option tcplog x"]),
    // Without TLS the rest of its line would say nothing.
    ProxyRow::parsed("option httpslog").reads(|line, proxy| preset(line, proxy, HTTP, None)),
    ProxyRow::parsed("log-steps"),
];

pub static GLOBAL: &[GlobalRow] = &[
    GlobalRow::full("log", |line, draft| {
        if line.polarity == Polarity::No {
            no_log(line)?;
            draft.global.log.clear();
            return Some(());
        }
        draft.global.log.push(target(line, "log : expects <address> and <facility>  as arguments")?);
        Some(())
    })
    .ok(&["log 127.0.0.1 local0"])
    .bad(&["log", "log 127.0.0.1", "log 127.0.0.1 foo"]),
    GlobalRow::full("log-tag", |line, draft| {
        draft.global.log_tag = Some(line.bytes("'log-tag' expects a tag for use in syslog.")?);
        line.end()
    }),
    GlobalRow::full("log-send-hostname", |line, draft| {
        draft.global.log_send_hostname = Some(line.word().map(|word| word.bytes().to_vec()));
        line.end()
    })
    .ok(&["log-send-hostname here"]),
];

/// `option httplog` (manual, section 8.2.3).
pub const HTTP: &str = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq \
                        %hr %hs %{+Q}r";
/// `option httplog clf`.
pub const HTTP_CLF: &str = "%{+Q}o %{-Q}ci - - [%trg] %r %ST %B \"\" \"\" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc %ac \
                            %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl";
/// `option tcplog` (manual, section 8.2.2).
pub const TCP: &str = "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq";
/// `option tcplog clf`.
pub const TCP_CLF: &str = "%{+Q}o %{-Q}ci - - [%T] \"TCP \" 000 %B \"\" \"\" %cp %ms %ft %b %s %Th %Tw %Tc %Tt %U %ts-- %ac \
                           %fc %bc %sc %rc %sq %bq \"\" \"\" ";
/// `option httpslog` (manual, section 8.2.4): the value of a variable only, until there is TLS.
const HTTPS: &str = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq \
                     %hr %hs %{+Q}r %[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] \
                     %[ssl_fc_sni]/%sslv/%sslc";

/// Variables of the environment that HAProxy sets to its formats (manual, section 2.3).
pub const VARIABLES: &[(&str, &str)] = &[
    ("HAPROXY_HTTPS_LOG_FMT", HTTPS),
    ("HAPROXY_HTTP_CLF_LOG_FMT", HTTP_CLF),
    ("HAPROXY_HTTP_LOG_FMT", HTTP),
    ("HAPROXY_TCP_CLF_LOG_FMT", TCP_CLF),
    ("HAPROXY_TCP_LOG_FMT", TCP),
];

const FACILITIES: &[(&str, u8)] = &[
    ("kern", 0),
    ("user", 1),
    ("mail", 2),
    ("daemon", 3),
    ("auth", 4),
    ("syslog", 5),
    ("lpr", 6),
    ("news", 7),
    ("uucp", 8),
    ("cron", 9),
    ("auth2", 10),
    ("ftp", 11),
    ("ntp", 12),
    ("audit", 13),
    ("alert", 14),
    ("cron2", 15),
    ("local0", 16),
    ("local1", 17),
    ("local2", 18),
    ("local3", 19),
    ("local4", 20),
    ("local5", 21),
    ("local6", 22),
    ("local7", 23),
];

/// The levels of a log, the gravest first.
pub const LEVELS: &[(&str, u8)] =
    &[("emerg", 0), ("alert", 1), ("crit", 2), ("err", 3), ("warning", 4), ("notice", 5), ("info", 6), ("debug", 7)];

const FORMATS: &[(&str, Transport)] = &[
    ("iso", Transport::Iso),
    ("local", Transport::Local),
    ("priority", Transport::Priority),
    ("raw", Transport::Raw),
    ("rfc3164", Transport::Rfc3164),
    ("rfc5424", Transport::Rfc5424),
    ("short", Transport::Short),
    ("timed", Transport::Timed),
];

fn log(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    if line.polarity == Polarity::No {
        no_log(line)?;
        proxy.log.clear();
        return Some(());
    }
    if line.peek().is_some_and(|word| word.is("global")) {
        line.word();
        if let Some(word) = line.word() {
            return line.fail("bad-argument", format!("log : unknown log facility '{}'", word.show()));
        }
        proxy.log.push(LogDraft::Global);
        return Some(());
    }
    let target = target(line, "log : expects <address> and <facility> or global as arguments")?;
    proxy.log.push(LogDraft::Target(target));
    Some(())
}

fn no_log(line: &mut Line<'_, '_>) -> Option<()> {
    match line.word() {
        None => Some(()),
        Some(_) => line.fail("unexpected-argument", "log : 'no log' does not expect arguments"),
    }
}

/// `TARGET [len N] [format F] [sample RANGES:SIZE] [profile P] FACILITY [MAX [MIN]]`.
fn target(line: &mut Line<'_, '_>, usage: &str) -> Option<LogTarget> {
    let word = line.need(usage)?;
    let mut target = LogTarget {
        sink: sink(line, word)?,
        format: None,
        len: 1024,
        sample: Vec::new(),
        sample_size: 0,
        facility: 0,
        max_level: 7,
        min_level: 0,
    };
    if line.take("len") {
        target.len = length(line)?;
    }
    if line.take("format") {
        let got = line.peek().map(|word| word.show().into_owned()).unwrap_or_default();
        target.format = Some(line.choice(FORMATS, &format!("log : unknown log format '{got}'"))?);
    }
    if line.take("sample") {
        (target.sample, target.sample_size) = sample(line)?;
    }
    if line.take("profile") {
        line.word();
        line.not_supported::<()>("log profile")?;
    }
    let facility = line.need(usage)?;
    target.facility = named(line, facility, FACILITIES, "log facility")?;
    if let Some(word) = line.word() {
        target.max_level = named(line, word, LEVELS, "optional log level")?;
    }
    if let Some(word) = line.word() {
        target.min_level = named(line, word, LEVELS, "optional minimum log level")?;
    }
    match line.word() {
        None => Some(target),
        Some(word) => {
            line.fail("unexpected-argument", format!("log : cannot handle unexpected argument '{}'", word.show()))
        }
    }
}

fn length(line: &mut Line<'_, '_>) -> Option<usize> {
    let word = line.word();
    let len = word.and_then(|word| word.str()).and_then(|text| text.parse().ok());
    match len.filter(|len| (80..=65535).contains(len)) {
        Some(len) => Some(len),
        None => {
            let got = word.map(|word| word.show()).unwrap_or_default();
            line.fail("bad-argument", format!("log : invalid log length '{got}', must be between 80 and 65535"))
        }
    }
}

fn named(line: &mut Line<'_, '_>, word: &Word, names: &[(&str, u8)], what: &str) -> Option<u8> {
    match names.iter().find(|(name, _)| word.is(name)) {
        Some((_, value)) => Some(*value),
        None => line.fail("bad-argument", format!("log : unknown {what} '{}'", word.show())),
    }
}

fn sink(line: &mut Line<'_, '_>, word: &Word) -> Option<Sink> {
    match word.bytes() {
        b"stdout" => return Some(Sink::Stdout),
        b"stderr" => return Some(Sink::Stderr),
        text if text.starts_with(b"ring@") => return line.not_supported("log ring@"),
        text if text.starts_with(b"backend@") => return line.not_supported("log backend@"),
        _ => {}
    }
    let (text, stream) = match word.bytes().strip_prefix(b"tcp@") {
        Some(rest) => (rest, true),
        None => (strip_datagram(word.bytes()), false),
    };
    let address = match address::parse(text, line.cx.host) {
        Ok(Written::Fd(fd)) => return Some(Sink::Fd(fd)),
        Ok(Written::Unix(path)) => Address::Unix(path),
        Ok(Written::Abstract(name)) => Address::Abstract(name),
        Ok(Written::Ip { addr, ports: Ports::One(port), .. }) => Address::Ip(addr, port),
        Ok(Written::Ip { addr, ports: Ports::None, .. }) => Address::Ip(addr, 514),
        Ok(Written::Ip { .. }) => {
            let message = format!("log : port range not permitted here in '{}'", word.show());
            return line.fail("bad-address", message);
        }
        Err(Fault::Bad(message)) => return line.fail("bad-address", format!("log : {message}")),
        Err(Fault::Unresolved(name)) => {
            let name = String::from_utf8_lossy(&name);
            return line.fail("bad-address", format!("log : invalid address: '{name}' in '{}'", word.show()));
        }
        Err(Fault::Unsupported(what)) => return line.not_supported(&format!("log {what}")),
    };
    Some(if stream { Sink::Stream(address) } else { Sink::Datagram(address) })
}

/// The prefixes that say datagrams, which logs use anyway.
fn strip_datagram(text: &[u8]) -> &[u8] {
    let prefixes: [&[u8]; 3] = [b"udp@", b"dgram+", b"uxdg@"];
    prefixes.iter().find_map(|p| text.strip_prefix(*p)).unwrap_or(text)
}

/// `1,3-4:5`: of every five lines the first, third and fourth.
fn sample(line: &mut Line<'_, '_>) -> Option<(Vec<(u32, u32)>, u32)> {
    const USAGE: &str = "log : 'sample' expects '<range>[,<range>...]:<size>' as argument";
    let text = line.need(USAGE)?.str().unwrap_or("");
    let read = || {
        let (ranges, size) = text.rsplit_once(':')?;
        let size: u32 = size.parse().ok()?;
        let range = |part: &str| {
            let (low, high) = part.split_once('-').unwrap_or((part, part));
            let (low, high): (u32, u32) = (low.parse().ok()?, high.parse().ok()?);
            (low >= 1 && low <= high && high <= size).then_some((low, high))
        };
        Some((ranges.split(',').map(range).collect::<Option<Vec<_>>>()?, size))
    };
    match read() {
        Some(sample) => Some(sample),
        None => line.fail("bad-argument", USAGE),
    }
}

fn custom(line: &mut Line<'_, '_>, usage: Usage) -> Option<Arc<Format>> {
    let name = line.name;
    let word = line.need(&format!("'{name}' expects an argument."))?;
    if line.word().is_some() {
        let message = format!("'{name}' expects only one argument, don't forget to escape spaces!");
        return line.fail("unexpected-argument", message);
    }
    line.format(usage, word, Places::LOG).map(Arc::new)
}

fn preset(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft, plain: &str, clf: Option<&str>) -> Option<()> {
    let text = match line.word() {
        None => plain,
        Some(word) if word.is("clf") => clf.unwrap_or(plain),
        Some(_) => {
            let option = line.name.trim_start_matches("option ");
            return line.fail("bad-argument", format!("keyword '{option}' only supports option 'clf'."));
        }
    };
    line.end()?;
    let word = Word::new(text, line.keyword_span());
    proxy.formats.log = line.format(Usage::Log, &word, Places::LOG).map(Arc::new);
    proxy.formats.said = line.name;
    Some(())
}
