//! What a check found, in the words of the statistics and of the log (management guide, section 9.1).

use std::{borrow::Cow, io};

/// The codes of `check_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `observe`: errors of the traffic itself.
    Hana,
    L4Con,
    L4Ok,
    L4Tout,
    L7Ok,
    /// Passed, but no new clients please: `disable-on-404`.
    L7Okc,
    L7Rsp,
    L7Sts,
    L7Tout,
    SockErr,
}

impl Status {
    pub fn code(self) -> &'static str {
        self.words().0
    }

    pub fn description(self) -> &'static str {
        self.words().1
    }

    pub fn passed(self) -> bool {
        matches!(self, Status::L4Ok | Status::L7Ok | Status::L7Okc)
    }

    /// Whether the number that came along is part of the message.
    pub fn has_number(self) -> bool {
        matches!(self, Status::L7Ok | Status::L7Okc | Status::L7Sts)
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Status::Hana => ("HANA", "Health analyze"),
            Status::L4Con => ("L4CON", "Layer4 connection problem"),
            Status::L4Ok => ("L4OK", "Layer4 check passed"),
            Status::L4Tout => ("L4TOUT", "Layer4 timeout"),
            Status::L7Ok => ("L7OK", "Layer7 check passed"),
            Status::L7Okc => ("L7OKC", "Layer7 check conditionally passed"),
            Status::L7Rsp => ("L7RSP", "Layer7 invalid response"),
            Status::L7Sts => ("L7STS", "Layer7 wrong status"),
            Status::L7Tout => ("L7TOUT", "Layer7 timeout"),
            Status::SockErr => ("SOCKERR", "Socket error"),
        }
    }
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub status: Status,
    /// The HTTP status, where [`Status::has_number`].
    pub number: u32,
    pub text: Vec<u8>,
}

/// Longest text kept.
const TEXT: usize = 127;

impl Outcome {
    pub fn new(status: Status) -> Outcome {
        Outcome { status, number: 0, text: Vec::new() }
    }

    pub fn number(self, number: u16) -> Outcome {
        Outcome { number: u32::from(number), ..self }
    }

    pub fn text(self, text: impl Into<Vec<u8>>) -> Outcome {
        let mut text = text.into();
        text.truncate(TEXT);
        Outcome { text, ..self }
    }

    /// A connection that could not be made.
    pub fn refused(error: &io::Error) -> Outcome {
        Outcome::new(Status::L4Con).text(system(error))
    }

    /// `Layer4 connection problem, info: "…", check duration: 3ms`; `None`: the result took no time of its own.
    pub fn reason(&self, duration_ms: Option<u64>) -> String {
        let mut reason = self.status.description().to_owned();
        if self.status.has_number() {
            reason += &format!(", code: {}", self.number);
        }
        if !self.text.is_empty() {
            reason += &format!(", info: \"{}\"", printable(&self.text));
        }
        if let Some(ms) = duration_ms {
            reason += &format!(", check duration: {ms}ms");
        }
        reason
    }
}

/// Text that is safe in a log line: quotes and what cannot be printed in hexadecimal.
fn printable(text: &[u8]) -> Cow<'_, str> {
    let plain = |b: &u8| (b' '..0x7f).contains(b) && *b != b'"';
    if text.iter().all(plain) {
        return String::from_utf8_lossy(text);
    }
    let show = |b: &u8| if plain(b) { char::from(*b).to_string() } else { format!("<{b:02X}>") };
    text.iter().map(show).collect::<String>().into()
}

/// The operating system's errors that a connection may meet, by their names.
const NAMES: &[(i32, &str)] = &[
    (1, "EPERM"),
    (2, "ENOENT"),
    (11, "EAGAIN"),
    (13, "EACCES"),
    (22, "EINVAL"),
    (23, "ENFILE"),
    (24, "EMFILE"),
    (32, "EPIPE"),
    (97, "EAFNOSUPPORT"),
    (98, "EADDRINUSE"),
    (99, "EADDRNOTAVAIL"),
    (100, "ENETDOWN"),
    (101, "ENETUNREACH"),
    (103, "ECONNABORTED"),
    (104, "ECONNRESET"),
    (110, "ETIMEDOUT"),
    (111, "ECONNREFUSED"),
    (112, "EHOSTDOWN"),
    (113, "EHOSTUNREACH"),
];

/// `ECONNREFUSED returned by OS (Connection refused)`.
fn system(error: &io::Error) -> String {
    let shown = error.to_string();
    let text = shown.split(" (os error").next().unwrap_or(&shown);
    match error.raw_os_error().and_then(|code| NAMES.iter().find(|(number, _)| *number == code)) {
        Some((_, name)) => format!("{name} returned by OS ({text})"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_read_as_haproxys() {
        let check = |outcome: Outcome, ms, expected: &str| assert_eq!(outcome.reason(ms), expected);
        check(Outcome::new(Status::L4Ok), Some(0), "Layer4 check passed, check duration: 0ms");
        check(
            Outcome::refused(&io::Error::from_raw_os_error(111)),
            Some(2),
            "Layer4 connection problem, info: \"ECONNREFUSED returned by OS (Connection refused)\", check duration: 2ms",
        );
        check(
            Outcome::new(Status::L7Sts).number(500).text("a\"b,c\\d\u{1}e"),
            None,
            "Layer7 wrong status, code: 500, info: \"a<22>b,c\\d<01>e\"",
        );
        check(Outcome::new(Status::L7Rsp).number(200), None, "Layer7 invalid response");
        assert_eq!(Outcome::new(Status::L7Sts).text(vec![b'r'; 400]).text.len(), 127);
    }
}
