//! Clients that speak HTTP/2: the same frames to HAProxy and to evenkeel, the same frames back.

use std::path::Path;
use std::time::Duration;

use super::played::{Played, answers, compare};
use crate::harness::binary::Reference;
use crate::harness::say;

/// Its name, lines of the frontend, what the client says, what the server answers.
type Story = (&'static str, &'static str, &'static [&'static str], &'static str);

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[rustfmt::skip]
const STORIES: &[Story] = &[
    ("a request", "", &["1 head! :method=GET :scheme=http :path=/ :authority=a x=1"], OK),
    ("two requests, one after the other", "",
        &["1 head! :method=GET :scheme=http :path=/1 :authority=a", "wait", "3 head! :method=GET :scheme=http :path=/2 :authority=a"], OK),
    ("a payload of known length", "", &["1 head :method=POST :scheme=http :path=/ :authority=a content-length=5", "1 data! hello"], OK),
    ("a payload of unknown length", "", &["1 head :method=POST :scheme=http :path=/ :authority=a", "1 data hel", "wait", "1 data! lo"], OK),
    ("a payload with trailers", "",
        &["1 head :method=POST :scheme=http :path=/ :authority=a", "1 data hello", "1 head! x-t=1"], OK),
    ("cookies become one", "", &["1 head! :method=GET :scheme=http :path=/ :authority=a cookie=a cookie=b x=1 cookie=c"], OK),
    ("the authority beats the host", "", &["1 head! :method=GET :scheme=http :path=/ :authority=a host=b"], OK),
    ("a host alone", "", &["1 head! :method=GET :scheme=http :path=/ host=b"], OK),
    ("a query", "", &["1 head! :method=GET :scheme=http :path=/a?b=c :authority=a"], OK),
    ("an asterisk", "", &["1 head! :method=OPTIONS :scheme=http :path=* :authority=a"], OK),
    ("another scheme", "", &["1 head! :method=GET :scheme=https :path=/ :authority=a"], OK),
    ("an empty response", "", &["1 head! :method=GET :scheme=http :path=/ :authority=a"], "HTTP/1.1 204 No\r\n\r\n"),
    ("a response without content", "", &["1 head! :method=HEAD :scheme=http :path=/ :authority=a"], "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("a response in chunks with trailers", "", &["1 head! :method=GET :scheme=http :path=/ :authority=a"],
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"),
    ("a response up to the end", "", &["1 head! :method=GET :scheme=http :path=/ :authority=a"], "HTTP/1.0 200 OK\r\n\r\nhello"),
    ("fields of the connection", "", &["1 head! :method=GET :scheme=http :path=/ :authority=a"],
        "HTTP/1.1 200 OK\r\nConnection: x\r\nKeep-Alive: y\r\nX: 1\r\nContent-Length: 0\r\n\r\n"),
    ("an early hint", "", &["1 head! :method=GET :scheme=http :path=/ :authority=a"],
        "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    ("what is no response", "", &["1 head! :method=GET :scheme=http :path=/ :authority=a"], "garbage"),
    ("a denial", "http-request deny if { path /no }", &["1 head! :method=GET :scheme=http :path=/no :authority=a"], OK),
    ("a redirection", "http-request redirect location /x", &["1 head! :method=GET :scheme=http :path=/ :authority=a"], OK),
    ("an answer of ours", "http-request return status 200 content-type a/b string hi", &["1 head! :method=GET :scheme=http :path=/ :authority=a"], OK),
    ("the version is known", "http-request set-header x-v %[req.ver]", &["1 head! :method=GET :scheme=http :path=/ :authority=a"], OK),
    ("the host is rewritten", "http-request set-header host b", &["1 head! :method=GET :scheme=http :path=/ :authority=a"], OK),
    ("the path is rewritten", "http-request set-path /y%[path]", &["1 head! :method=GET :scheme=http :path=/x :authority=a"], OK),
    ("a client's address", "option forwardfor", &["1 head! :method=GET :scheme=http :path=/ :authority=a"], OK),
    ("a missing method", "", &["1 head! :scheme=http :path=/ :authority=a"], OK),
    ("a missing path", "", &["1 head! :method=GET :scheme=http :authority=a"], OK),
    ("a pseudo-header behind a field", "", &["1 head! :method=GET :scheme=http x=1 :path=/ :authority=a"], OK),
    ("an unknown pseudo-header", "", &["1 head! :method=GET :scheme=http :path=/ :authority=a :x=1"], OK),
    ("a field of the connection", "", &["1 head! :method=GET :scheme=http :path=/ :authority=a connection=close"], OK),
    ("a bad te", "", &["1 head! :method=GET :scheme=http :path=/ :authority=a te=gzip"], OK),
    ("more payload than said", "", &["1 head :method=POST :scheme=http :path=/ :authority=a content-length=2", "1 data! hello"], OK),
    ("a stream is reset", "", &["1 head :method=POST :scheme=http :path=/ :authority=a", "1 data a", "wait", "1 reset 8", "wait"], OK),
    ("a ping", "", &["0 ping abcdefgh"], OK),
    ("an even stream", "", &["2 head! :method=GET :scheme=http :path=/ :authority=a"], OK),
    ("payload for no stream", "", &["1 data! x"], OK),
    ("a window of nothing", "", &["0 window 0"], OK),
    ("a window too large", "", &["0 window 2147483647"], OK),
    ("settings that are none", "", &["0 raw 4 0 abc"], OK),
    ("a push that cannot be", "", &["0 settings 2=2"], OK),
    ("an unknown frame", "", &["1 raw 99 0 xyz", "1 head! :method=GET :scheme=http :path=/ :authority=a"], OK),
    ("a client that leaves", "", &["1 head! :method=GET :scheme=http :path=/ :authority=a", "wait", "0 goaway 0 0", "wait"], OK),
    ("a continuation out of turn", "", &["1 raw 9 4 x"], OK),
];

/// Where an old version says something else than 2.8 and 3.4.
const NEWER: &[(&str, Reference)] =
    &[("more payload than said", Reference::V2_6), ("a stream is reset", Reference::V2_6)];

#[test]
fn clients_are_served_as_by_haproxy() {
    let compared = compare(STORIES, |story| story.0, NEWER, played);
    say(&format!("{} HTTP/2 clients: {compared} outcomes as from HAProxy", STORIES.len()));
}

fn played(program: &Path, (_, frontend, lines, answer): &Story, quiet: Duration) -> Vec<String> {
    let played = Played::start(program, "", frontend, "server s1 @S1@", answers(answer));
    let mut outcome = played.h2(lines, quiet);
    outcome.extend(played.rest(quiet));
    outcome
}
