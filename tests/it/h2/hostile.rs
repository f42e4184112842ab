//! Frames that break the protocol: what a client hears of each, and what becomes of its connection, is as with HAProxy.

use std::path::Path;
use std::time::Duration;

use super::played::{Played, QUIET, answers, compare};
use crate::harness::binary::{self, Reference};
use crate::harness::say;

/// Its name, what the client says.
type Story = (&'static str, &'static [&'static str]);

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const GET: &str = "1 head! :method=GET :scheme=http :path=/ :authority=a";
const NEXT: &str = "3 head! :method=GET :scheme=http :path=/next :authority=a";
const POST: &str = "1 head :method=POST :scheme=http :path=/ :authority=a";

// In hexadecimal 828684 is GET / of http, 410161 its authority a.
#[rustfmt::skip]
const STORIES: &[Story] = &[
    // Sizes and padding.
    ("a frame that is too large", &[POST, "1 fill 0 0 16385"]),
    ("padding beyond the frame", &[POST, "1 hex 0 8 0561"]),
    ("padding that is all", &[POST, "1 hex 0 9 020000", "wait", NEXT]),
    ("a padded frame without a byte", &[POST, "1 hex 0 8 "]),
    ("padding beyond the head", &["1 hex 1 13 7f82868481"]),
    ("a head with a short priority", &["1 hex 1 37 00000000"]),
    ("a ping of seven bytes", &["0 ping abcdefg"]),
    ("a window of three bytes", &["0 hex 8 0 000001"]),
    ("a priority of four bytes", &["1 hex 2 0 00000000"]),
    ("a farewell of seven bytes", &["0 hex 7 0 00000000000000"]),
    ("an acknowledgement that says something", &["0 hex 4 1 000300000064"]),

    // Where frames belong.
    ("payload for the connection", &["0 data x"]),
    ("a head for the connection", &["0 hex 1 5 828684"]),
    ("settings for a stream", &["1 hex 4 0 000300000064"]),
    ("a ping for a stream", &["1 ping abcdefgh"]),
    ("a farewell for a stream", &["1 goaway 0 0"]),
    ("a reset of the connection", &["0 reset 8"]),
    ("a reset of a stream to come", &["1 reset 8"]),
    ("a window of a stream to come", &["1 window 10"]),
    ("a priority for the connection", &["0 hex 2 0 0000000100"]),
    ("a push of a client", &["1 hex 5 4 00000002828684"]),
    ("streams in the wrong order", &[NEXT, "wait", GET]),
    ("a continuation of nothing", &[POST, "1 hex 9 4 828684"]),

    // Dependencies.
    ("a stream that depends on itself", &["1 hex 2 0 0000000110"]),
    ("a head that depends on itself", &["1 hex 1 37 0000000110828684"]),
    ("a stream that depends on another", &["1 hex 2 0 0000000310", "1 hex 1 37 0000000310828684"]),

    // Header blocks in pieces.
    ("payload within a head", &["1 hex 1 1 82", "1 data x"]),
    ("another head within a head", &["1 hex 1 1 82", "3 hex 1 5 828684"]),
    ("a ping within a head", &["1 hex 1 1 82", "0 ping abcdefgh"]),
    ("the continuation of another head", &["1 hex 1 1 82", "3 hex 9 4 8684"]),
    ("something unknown within a head", &["1 hex 1 1 82", "1 hex 99 0 00"]),
    ("a head in pieces", &["1 hex 1 1 82", "1 hex 9 0 86", "1 hex 9 4 84"]),

    // Streams that have ended.
    ("payload behind the response", &[GET, "wait", "1 data x", "wait", NEXT]),
    ("a head behind the response", &[GET, "wait", GET, "wait", NEXT]),
    ("a reset behind the response", &[GET, "wait", "1 reset 8", "wait", NEXT]),
    ("a window behind the response", &[GET, "wait", "1 window 10", "wait", NEXT]),
    ("payload behind a reset", &[POST, "wait", "1 reset 8", "1 data x", "wait", NEXT]),
    ("trailers that do not end", &[POST, "1 head x=1", "wait", NEXT]),

    // Windows and settings.
    ("a stream's window of nothing", &[POST, "wait", "1 window 0", "wait", NEXT]),
    ("a stream's window too large", &[POST, "wait", "1 window 2147483647", "wait", NEXT]),
    ("an initial window too large", &["0 settings 4=2147483648"]),
    ("frames of a byte", &["0 settings 5=1"]),
    ("frames that are too large", &["0 settings 5=16777216"]),
    ("settings that nobody knows", &["0 settings 77=1 78=2", GET]),
    ("a change of protocol of two", &["0 settings 8=2", GET]),

    // Compression.
    ("the field of no number", &["1 hex 1 5 82868480"]),
    ("a field beyond the table", &["1 hex 1 5 828684be"]),
    ("a table too large", &["1 hex 1 5 3fe2ff03828684"]),
    ("a table's size behind a field", &["1 hex 1 5 82208684410161"]),
    ("a table of nothing", &["1 hex 1 5 20828684410161"]),
    ("a number without end", &["1 hex 1 5 8286847fffffffffffffff00"]),
    ("a text that is cut off", &["1 hex 1 5 828684000161"]),
    ("a bad end of Huffman's code", &["1 hex 1 5 82868400016182ff00"]),

    // Fields.
    ("a name in upper case", &["1 hex 1 5 8286844101610001580179", NEXT]),
    ("a name without letters", &["1 hex 1 5 82868441016100000179", NEXT]),
    ("a line end in a value", &["1 hex 1 5 82868441016100017803610a62", NEXT]),
    ("a zero in a value", &["1 hex 1 5 82868441016100017803610062", NEXT]),
    ("keep-alive", &["1 head! :method=GET :scheme=http :path=/ :authority=a keep-alive=1", NEXT]),
    ("proxy-connection", &["1 head! :method=GET :scheme=http :path=/ :authority=a proxy-connection=close", NEXT]),
    ("transfer-encoding", &["1 head! :method=POST :scheme=http :path=/ :authority=a transfer-encoding=chunked", NEXT]),
    ("upgrade", &["1 head! :method=GET :scheme=http :path=/ :authority=a upgrade=websocket", NEXT]),
    ("two methods", &["1 head! :method=GET :method=GET :scheme=http :path=/ :authority=a", NEXT]),
    ("two paths", &["1 head! :method=GET :scheme=http :path=/ :path=/ :authority=a", NEXT]),
    ("a status", &["1 head! :method=GET :scheme=http :path=/ :authority=a :status=200", NEXT]),
    ("no path", &["1 head! :method=GET :scheme=http :path= :authority=a", NEXT]),
    ("two lengths", &["1 head :method=POST :scheme=http :path=/ :authority=a content-length=1 content-length=2", "1 data! a", NEXT]),
    ("a length that is none", &["1 head :method=POST :scheme=http :path=/ :authority=a content-length=x", "1 data! a", NEXT]),
    ("a protocol without CONNECT", &["1 head! :method=GET :protocol=websocket :scheme=http :path=/ :authority=a", NEXT]),
    ("a CONNECT with a path", &["1 head :method=CONNECT :scheme=http :path=/ :authority=a:1", NEXT]),
];

/// Where an old version says something else than 2.8: another last stream, another line in the log.
const NEWER: &[(&str, Reference)] = &[
    ("padding beyond the frame", Reference::V2_6),
    ("a padded frame without a byte", Reference::V2_6),
    ("a frame that is too large", Reference::V2_6),
    ("padding that is all", Reference::V2_6),
    ("a continuation of nothing", Reference::V2_6),
    ("a head with a short priority", Reference::V2_6),
    ("a head that depends on itself", Reference::V2_6),
    ("streams in the wrong order", Reference::V2_6),
    ("payload within a head", Reference::V2_6),
    ("another head within a head", Reference::V2_6),
    ("a ping within a head", Reference::V2_6),
    ("the continuation of another head", Reference::V2_6),
    ("something unknown within a head", Reference::V2_6),
    ("a head behind the response", Reference::V2_6),
    ("trailers that do not end", Reference::V2_6),
    ("payload behind a reset", Reference::V2_6),
    ("the field of no number", Reference::V2_6),
    ("a stream's window of nothing", Reference::V2_6),
    ("a stream's window too large", Reference::V2_6),
    ("a field beyond the table", Reference::V2_6),
    ("a table too large", Reference::V2_6),
    ("a table's size behind a field", Reference::V2_6),
    ("a number without end", Reference::V2_6),
    ("a text that is cut off", Reference::V2_6),
    ("a bad end of Huffman's code", Reference::V2_6),
    ("a name without letters", Reference::V2_6),
    ("two lengths", Reference::V2_6),
    ("a length that is none", Reference::V2_6),
    ("a protocol without CONNECT", Reference::V2_6),
];

#[test]
fn faults_are_answered_as_by_haproxy() {
    let compared = compare(STORIES, |story| story.0, NEWER, played);
    say(&format!("{} faults of HTTP/2: {compared} outcomes as from HAProxy", STORIES.len()));
}

/// Behind an answer that came early the rest of a request may still be on its way: HAProxy ends the connection for it.
#[test]
fn trailers_on_their_way_are_forgiven() {
    let played =
        Played::start(&binary::evenkeel(), "", "http-request deny if METH_POST", "server s1 @S1@", answers(OK));
    let lines = played.h2(&[POST, "wait", "1 data b", "1 head! x=1", "wait", NEXT], QUIET * 3);
    assert!(lines.iter().any(|line| line.starts_with("1 head :status=403")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("3 head :status=200")), "{lines:?}");
    // What has ended on both sides is another matter.
    let lines = played.h2(&[GET, "wait", GET], QUIET * 3);
    assert!(lines.contains(&"0 goaway 1 5".to_owned()), "{lines:?}");
}

fn played(program: &Path, (_, lines): &Story, quiet: Duration) -> Vec<String> {
    let played = Played::start(program, "", "", "server s1 @S1@", answers(OK));
    let mut outcome = played.h2(lines, quiet);
    outcome.extend(played.rest(quiet));
    outcome
}
