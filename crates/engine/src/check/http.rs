//! HTTP checks: what is asked, and what is made of the answer (manual, section 4.2 `option httpchk`, `http-check …`).

use super::outcome::{Outcome, Status};
use config::keyword::check::{Expect, ExpectWhat, HttpCheck};
use message::Head;

/// Methods that need no length where there is no body.
const BODILESS: &[&[u8]] = &[b"CONNECT", b"DELETE", b"GET", b"HEAD", b"OPTIONS", b"TRACE"];

/// Fields whose values follow from the request itself.
const OURS: &[&[u8]] = &[b"connection", b"content-length", b"transfer-encoding"];

/// The request, as it goes out. `state` is the value of `x-haproxy-server-state`.
pub fn request(check: &HttpCheck, state: Option<&str>) -> Vec<u8> {
    let mut out = [&check.method[..], b" ", &check.uri, b" ", &check.version, b"\r\n"].concat();
    let mut field = |name: &[u8], value: &[u8]| {
        [name, b": ", value, b"\r\n"].iter().for_each(|part| out.extend_from_slice(part));
    };
    for (name, value) in check.headers.iter().filter(|(name, _)| !OURS.contains(&&name[..])) {
        field(name, value);
    }
    if let Some(state) = state {
        field(b"x-haproxy-server-state", state.as_bytes());
    }
    if !check.body.is_empty() || !BODILESS.contains(&&check.method[..]) {
        field(b"content-length", check.body.len().to_string().as_bytes());
    }
    if closes(check) {
        field(b"connection", b"close");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&check.body);
    out
}

/// Whether the server has to be told that the connection ends here: HTTP/1.0 knows, and so does who was told otherwise.
fn closes(check: &HttpCheck) -> bool {
    let mut said = check.headers.iter().filter(|(name, _)| name == b"connection").peekable();
    let asked = said.peek().is_none() || said.any(|(_, value)| value.eq_ignore_ascii_case(b"close"));
    asked && !matches!(&check.version[..], b"HTTP/1.0" | b"HTTP/0.9")
}

/// The answer to a check, as far as it has come.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    pub head: &'a Head,
    pub body: &'a [u8],
    /// Nothing more will come.
    pub complete: bool,
}

/// Judges an answer; `None`: more of its body is needed. `running`: the server takes traffic, so that a 404 may mean
/// that it wants no more of it.
pub fn judge(check: &HttpCheck, running: bool, answer: Answer<'_>) -> Option<Outcome> {
    let status = answer.head.status();
    if check.disable_on_404 && status == 404 && running {
        return Some(Outcome::new(Status::L7Okc).number(status));
    }
    if check.expect.is_empty() && !(200..400).contains(&status) {
        return Some(wrong_status(answer.head));
    }
    for expect in &check.expect {
        if let Some(failed) = failure(expect, answer)? {
            return Some(failed);
        }
    }
    Some(Outcome::new(Status::L7Ok).number(status))
}

/// What an expectation finds wrong; `None` as a whole: it cannot say yet.
fn failure(expect: &Expect, answer: Answer<'_>) -> Option<Option<Outcome>> {
    let status = answer.head.status();
    let found = match &expect.what {
        ExpectWhat::Status(ranges) => ranges.iter().any(|(low, high)| (*low..=*high).contains(&status)),
        ExpectWhat::StatusRegex(regex) => regex.is_match(status.to_string().as_bytes()),
        ExpectWhat::String(text) => return content(expect, answer, memchr::memmem::find(answer.body, text).is_some()),
        ExpectWhat::StringRegex(regex) => return content(expect, answer, regex.is_match(answer.body)),
    };
    Some((found == expect.negated).then(|| wrong_status(answer.head)))
}

fn content(expect: &Expect, answer: Answer<'_>, found: bool) -> Option<Option<Outcome>> {
    let invalid = |text: &str| Some(Some(Outcome::new(Status::L7Rsp).text(text)));
    match (found, expect.negated) {
        (true, false) => Some(None),
        (true, true) => invalid("HTTP check matched unwanted content"),
        (false, _) if !answer.complete => None,
        (false, true) => Some(None),
        (false, false) if answer.body.is_empty() => invalid("HTTP content check could not find a response body"),
        (false, false) => invalid("HTTP content check did not match"),
    }
}

fn wrong_status(head: &Head) -> Outcome {
    Outcome::new(Status::L7Sts).number(head.status()).text(head.reason())
}

#[cfg(test)]
mod tests {
    use super::*;
    use message::Version;
    use std::sync::Arc;

    fn plain() -> HttpCheck {
        HttpCheck {
            method: b"GET".to_vec(),
            uri: b"/up".to_vec(),
            version: b"HTTP/1.1".to_vec(),
            headers: Vec::new(),
            body: Vec::new(),
            expect: Vec::new(),
            disable_on_404: false,
            send_state: false,
        }
    }

    #[test]
    fn requests_are_written() {
        let check = |change: fn(&mut HttpCheck), expected: &str| {
            let mut said = plain();
            change(&mut said);
            assert_eq!(String::from_utf8_lossy(&request(&said, None)), expected);
        };
        let field = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        check(|_| {}, "GET /up HTTP/1.1\r\nconnection: close\r\n\r\n");
        check(|c| c.version = b"HTTP/1.0".to_vec(), "GET /up HTTP/1.0\r\n\r\n");
        check(
            |c| (c.method, c.version) = (b"get".to_vec(), b"HTTP/1.0".to_vec()),
            "get /up HTTP/1.0\r\ncontent-length: 0\r\n\r\n",
        );
        let mut said = HttpCheck { headers: vec![field("host", "a"), field("content-length", "9")], ..plain() };
        (said.method, said.body) = (b"POST".to_vec(), b"x".to_vec());
        let expected = "POST /up HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx";
        assert_eq!(String::from_utf8_lossy(&request(&said, None)), expected);
        let said = HttpCheck { headers: vec![field("connection", "keep-alive")], ..plain() };
        let expected = "GET /up HTTP/1.1\r\nx-haproxy-server-state: UP 1/3\r\n\r\n";
        assert_eq!(String::from_utf8_lossy(&request(&said, Some("UP 1/3"))), expected);
    }

    /// Judges an answer: a status, what has come of the body, and `…` behind it while more is to come.
    #[track_caller]
    fn check(check: &HttpCheck, status: u16, body: &str, expected: &str) {
        let head = Head::response(Version::HTTP_11, status, b"Reason");
        let complete = !body.ends_with('…');
        let body = body.trim_end_matches('…').as_bytes();
        let outcome = judge(check, true, Answer { head: &head, body, complete });
        let shown = outcome.map_or("more".to_owned(), |o| {
            format!("{} {} {}", o.status.code(), o.number, String::from_utf8_lossy(&o.text))
        });
        assert_eq!(shown.trim_end(), expected, "{status} {:?}", String::from_utf8_lossy(body));
    }

    fn expecting(negated: bool, what: ExpectWhat) -> HttpCheck {
        HttpCheck { expect: vec![Expect { negated, what }], ..plain() }
    }

    #[test]
    fn statuses_are_judged() {
        for (status, expected) in [(200, "L7OK 200"), (399, "L7OK 399"), (199, "L7STS 199 Reason")] {
            check(&plain(), status, "…", expected);
        }
        check(&plain(), 404, "", "L7STS 404 Reason");
        check(&HttpCheck { disable_on_404: true, ..plain() }, 404, "", "L7OKC 404");
        let ranges = || ExpectWhat::Status(vec![(200, 200), (500, 599)]);
        check(&expecting(false, ranges()), 503, "…", "L7OK 503");
        check(&expecting(false, ranges()), 301, "…", "L7STS 301 Reason");
        check(&expecting(true, ranges()), 503, "…", "L7STS 503 Reason");
    }

    #[test]
    fn contents_are_judged_as_they_come() {
        let text = || ExpectWhat::String(b"ok".to_vec());
        check(&expecting(false, text()), 500, "all ok…", "L7OK 500");
        check(&expecting(false, text()), 200, "all o…", "more");
        check(&expecting(false, text()), 200, "all", "L7RSP 0 HTTP content check did not match");
        check(&expecting(false, text()), 200, "", "L7RSP 0 HTTP content check could not find a response body");
        check(&expecting(true, text()), 200, "ok…", "L7RSP 0 HTTP check matched unwanted content");
        check(&expecting(true, text()), 200, "ko", "L7OK 200");
        let regex = sample::regexes::compile(b"^up", false).map(Arc::new).unwrap();
        check(&expecting(false, ExpectWhat::StringRegex(regex)), 200, "up", "L7OK 200");
    }
}
