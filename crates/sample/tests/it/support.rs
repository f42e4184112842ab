//! A stream made of the texts of a golden row, a process to ask, and the counting of rows.

use message::{Head, Version};
use sample::{
    Below, Env, Stream,
    below::TcpInfo,
    env::{ProcessFact, ProxyFact, ServerFact},
    stream::{Payload, counted},
};
use serde_json::Value as Json;
use std::{
    collections::BTreeMap,
    net::IpAddr,
    path::Path,
    rc::{Rc, Weak},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// The process of the golden rows: frontend `fe` with one request under way, backend `be` with the server `s1`.
#[derive(Debug)]
pub(crate) struct Process;

impl Env for Process {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }

    fn hostname(&self) -> &str {
        "HOSTNAME"
    }

    fn pid(&self) -> u32 {
        4242
    }

    fn proxy_name(&self, proxy: usize) -> &str {
        ["fe", "be"].get(proxy).copied().unwrap_or_default()
    }

    fn server_name(&self, _: usize, _: usize) -> &str {
        "s1"
    }

    fn proxy(&self, proxy: usize, what: ProxyFact) -> Option<i64> {
        Some(match what {
            ProxyFact::Connections => i64::from(proxy == 0),
            ProxyFact::SessionRate | ProxyFact::RequestRate => i64::from(proxy == 0),
            ProxyFact::UsableServers => i64::from(proxy == 1),
            ProxyFact::Queue | ProxyFact::AverageQueue => 0,
            ProxyFact::FreeConnections | ProxyFact::ConnectionSlots => -i64::from(proxy == 1),
            ProxyFact::Id => proxy as i64 + 2,
            ProxyFact::DefaultBackend => 1,
            ProxyFact::ClientTimeout | ProxyFact::ServerTimeout => 4000,
            ProxyFact::ConnectTimeout | ProxyFact::QueueTimeout => 2000,
            ProxyFact::TarpitTimeout if proxy == 1 => 2000,
            ProxyFact::TarpitTimeout | ProxyFact::TunnelTimeout => 0,
        })
    }

    fn server(&self, _: usize, _: usize, what: ServerFact) -> Option<i64> {
        Some(match what {
            ServerFact::FreeConnections => -1,
            ServerFact::Connections | ServerFact::Queue | ServerFact::SessionRate => 0,
            ServerFact::Id | ServerFact::IsUp => 1,
            ServerFact::InitialWeight | ServerFact::UserWeight | ServerFact::Weight => 1,
        })
    }

    fn listener(&self, _: usize, _: usize) -> Option<(&str, i64)> {
        Some(("", 1))
    }

    fn is_local(&self, address: IpAddr) -> bool {
        address.is_loopback()
    }

    fn process(&self, what: ProcessFact) -> i64 {
        match what {
            ProcessFact::ActiveConnections | ProcessFact::Calls | ProcessFact::Threads | ProcessFact::Thread => 1,
            ProcessFact::CpuUsage | ProcessFact::Stopping => 0,
            ProcessFact::Uptime => 10,
        }
    }
}

/// The client's connection, as the kernel knows it.
#[derive(Debug)]
struct Socket;

impl Below for Socket {
    fn tcp(&self) -> Option<TcpInfo> {
        Some(TcpInfo { rtt: 1500, ..TcpInfo::default() })
    }
}

thread_local! {
    static SOCKET: Rc<Socket> = Rc::new(Socket);
}

/// A stream whose client is at 127.0.0.1:1234 and whose proxy listens at port 80.
pub(crate) fn stream() -> Stream {
    let start = Instant::now();
    let mut stream = Stream::new(start, UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    stream.client.src = Some(([127, 0, 0, 1], 1234).into());
    stream.client.dst = Some(([127, 0, 0, 1], 80).into());
    stream.client.http_major = 1;
    stream.client.below = Some(SOCKET.with(|socket| {
        let below: Weak<dyn Below> = Rc::<Socket>::downgrade(socket);
        below
    }));
    stream.times.request = Some(start);
    stream.counts.listener = 1;
    stream
}

/// Reads a request; `false` where it is none.
pub(crate) fn request(stream: &mut Stream, text: &[u8]) -> bool {
    let Some((line, fields, body)) = parts(text) else { return false };
    let words: Vec<&[u8]> = line.splitn(3, |b| *b == b' ').collect();
    let [method, target, version] = words[..] else { return false };
    stream.req = Head::request(version_of(version), method, target);
    stream.req_body = finish(&mut stream.req, &fields, body);
    stream.request_line = line.to_vec();
    (stream.is_http, stream.has_req) = (true, true);
    stream.counts.bytes_in = counted(&stream.req) + stream.req_body.bytes.len() as u64;
    stream.counts.to_server = stream.counts.bytes_in;
    true
}

/// Reads a response; `false` where it is none.
pub(crate) fn response(stream: &mut Stream, text: &[u8]) -> bool {
    let Some((line, fields, body)) = parts(text) else { return false };
    let mut words = line.splitn(3, |b| *b == b' ');
    let version = version_of(words.next().unwrap_or_default());
    let status = words.next().and_then(|w| std::str::from_utf8(w).ok()?.parse().ok()).unwrap_or(0);
    stream.res = Head::response(version, status, words.next().unwrap_or_default());
    stream.res_body = finish(&mut stream.res, &fields, body);
    (stream.has_res, stream.status, stream.server_status) = (true, status, status);
    stream.counts.from_server = counted(&stream.res) + stream.res_body.bytes.len() as u64;
    stream.counts.bytes_out = stream.counts.from_server;
    let now = Some(Instant::now());
    (stream.times.queued, stream.times.connected, stream.times.response) = (now, now, now);
    stream.server.src = Some(([127, 0, 0, 1], 5678).into());
    stream.server.dst = Some(([127, 0, 0, 1], 8080).into());
    stream.server.http_major = 1;
    (stream.backend, stream.target) = (Some(1), Some(0));
    true
}

type Fields<'t> = Vec<(&'t [u8], &'t [u8])>;

fn parts(text: &[u8]) -> Option<(&[u8], Fields<'_>, &[u8])> {
    let end = text.windows(4).position(|w| w == b"\r\n\r\n")?;
    let (head, body) = (&text[..end], &text[end + 4..]);
    let mut lines = head.split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l));
    let line = lines.next()?;
    let fields = lines.filter_map(|line| {
        let colon = line.iter().position(|b| *b == b':')?;
        Some((&line[..colon], line[colon + 1..].trim_ascii()))
    });
    Some((line, fields.collect(), body))
}

fn version_of(text: &[u8]) -> Version {
    if text == b"HTTP/1.0" { Version::HTTP_10 } else { Version::HTTP_11 }
}

/// Fields that end at the proxy do not reach the rules.
fn finish(head: &mut Head, fields: &Fields<'_>, body: &[u8]) -> Payload {
    let mut announced = None;
    let mut chunked = false;
    for (name, value) in fields {
        if name.eq_ignore_ascii_case(b"content-length") {
            announced = std::str::from_utf8(value).ok().and_then(|v| v.parse().ok());
        }
        chunked |= name.eq_ignore_ascii_case(b"transfer-encoding");
        head.add(name, value);
    }
    let bytes = if chunked { dechunk(body) } else { body[..body.len().min(announced.unwrap_or(0) as usize)].to_vec() };
    Payload { bytes, complete: true, announced }
}

fn dechunk(mut body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(end) = body.windows(2).position(|w| w == b"\r\n") {
        let size = std::str::from_utf8(&body[..end]).ok().and_then(|s| usize::from_str_radix(s, 16).ok()).unwrap_or(0);
        let Some(chunk) = body.get(end + 2..end + 2 + size).filter(|c| !c.is_empty()) else { break };
        bytes.extend_from_slice(chunk);
        body = body.get(end + 4 + size..).unwrap_or_default();
    }
    bytes
}

/// What became of a row.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    Passed,
    /// Something of it is not supported yet.
    Unsupported,
    /// It needs more of a proxy than a stream.
    Skipped,
    Failed(String),
}

/// Runs the rows of a file, prints the counts, and fails for every row that is not as expected.
pub(crate) fn check(file: &str, row: impl Fn(&Json) -> Outcome) {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden");
    let read = |name: &str| std::fs::read_to_string(data.join(name)).expect("golden data is there");
    let known = read("known.tsv");
    let known: BTreeMap<&str, &str> = known.lines().filter_map(|line| line.split_once('\t')).collect();
    let mut counts: BTreeMap<String, [usize; 5]> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in read(file).lines() {
        let json: Json = serde_json::from_str(line).expect("a golden row is JSON");
        let id = text(&json, "id");
        let count = counts.entry(text(&json, "family").to_owned()).or_default();
        match (row(&json), known.get(id)) {
            (Outcome::Passed, None) => count[0] += 1,
            (Outcome::Unsupported, None) => count[1] += 1,
            (Outcome::Skipped, None) => count[2] += 1,
            (Outcome::Failed(_), Some(_)) => count[3] += 1,
            (Outcome::Failed(why), None) => {
                count[4] += 1;
                wrong.push(format!("{id}\t{why}"));
            }
            (outcome, Some(reason)) => wrong.push(format!("{id} is listed ({reason}), but {outcome:?}")),
        }
    }
    println!("{file}: family: passed unsupported skipped known failed");
    for (family, count) in &counts {
        println!("  {family}: {count:?}");
    }
    let total = counts.values().fold([0; 5], |sum, c| std::array::from_fn(|i| sum[i] + c[i]));
    println!("{file}: {total:?}\n{}", wrong.join("\n"));
    assert!(wrong.is_empty(), "{} rows are answered otherwise", wrong.len());
    assert!(total[0] > 0, "no row of {file} passed");
}

pub(crate) fn text<'j>(row: &'j Json, key: &str) -> &'j str {
    row.get(key).and_then(Json::as_str).unwrap_or_default()
}

/// Every character is one byte.
pub(crate) fn bytes(row: &Json, key: &str) -> Vec<u8> {
    text(row, key).chars().map(|c| c as u8).collect()
}
