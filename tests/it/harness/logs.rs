//! A syslog receiver, and what of a log line cannot be compared.

use std::net::UdpSocket;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Receives the log lines of one proxy.
#[derive(Debug)]
pub(crate) struct Collector {
    socket: UdpSocket,
    pub(crate) port: u16,
}

impl Collector {
    pub(crate) fn new() -> std::io::Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let port = socket.local_addr()?.port();
        socket.set_nonblocking(true)?;
        Ok(Self { socket, port })
    }

    /// Lines received so far without their syslog headers; those about the end of the proxy itself are left out.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut buffer = [0; 16384];
        let mut lines = Vec::new();
        while let Ok(n) = self.socket.recv(&mut buffer) {
            let line = String::from_utf8_lossy(buffer.get(..n).unwrap_or_default()).into_owned();
            let line = HEADER.replace(line.trim_end(), "").into_owned();
            if !ENDING.is_match(&line) {
                lines.push(mask(&line));
            }
        }
        lines
    }
}

static HEADER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^<\d+>.*?\[\d+\]: "));
static ENDING: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(Stopping|Proxy \S+ stopped)"));
static DATE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\[\d+/\w+/\d+:[\d:.]+(?: \+0000)?\]"));
static TIMERS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\[<date>\] \S+ \S+ )([-+\d/]+)"));
static CLF: LazyLock<Regex> = LazyLock::new(|| pattern(r#"" \d+ \d{3} ("\S+" "\S+" "\S+" )(?:\d+ ){5}"#));
static CHECK: LazyLock<Regex> = LazyLock::new(|| pattern(r"check duration: \d+ms"));
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(^|[/+])\d+"));

static OWN: LazyLock<Regex> = LazyLock::new(|| pattern(r"( (?:\d{3}|-1)) \d+( \S+ \S+ .[CHQRT]\S\S )"));

/// What HAProxy 3.4 logs where an older one said `line`: answers of its own count no bytes.
pub(crate) fn renewed(line: &str) -> String {
    OWN.replace(line, "$1 0$2").into_owned()
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern is valid")
}

/// Dates become `<date>`, timers `t` (those never reached stay -1).
fn mask(line: &str) -> String {
    let line = DATE.replace(line, "[<date>]");
    let timers = |c: &Captures<'_>| format!("{}{}", &c[1], NUMBER.replace_all(&c[2], "${1}t"));
    let line = TIMERS.replace(&line, timers);
    let line = CLF.replace(&line, "\" <port> <ms> ${1}t t t t t ");
    CHECK.replace(&line, "check duration: t").into_owned()
}

#[test]
fn times_are_masked() {
    let line = "127.0.0.1:1 [22/Nov/2026:12:00:00.123] fe be/s1 0/1/-1/-1/+12 503 216 - - sC-- 1/1/0/0/3 0/0 \"GET /\"";
    let seen = "127.0.0.1:1 [<date>] fe be/s1 t/t/-1/-1/+t 503 216 - - sC-- 1/1/0/0/3 0/0 \"GET /\"";
    assert_eq!(mask(line), seen);
}
