//! HTTP/2 on both sides of a stream: what one end says or leaves, the other hears as it does of HAProxy.

use std::path::Path;
use std::time::Duration;

use super::played::{Played, QUIET, compare, follows};
use crate::harness::binary::{self, Reference};
use crate::harness::say;

/// Its name, what the client says, what the server says when it hears something.
type Story = (&'static str, &'static [&'static str], &'static [(&'static str, &'static [&'static str])]);

const GET: &str = "1 head! :method=GET :scheme=http :path=/ :authority=a";
const POST: &str = "1 head :method=POST :scheme=http :path=/ :authority=a te=trailers";
const WEBSOCKET: &str =
    "1 head :method=CONNECT :protocol=websocket :scheme=http :path=/chat :authority=a sec-websocket-version=13";
const OK: &[&str] = &["1 head :status=200 content-length=2", "1 data! ok"];

#[rustfmt::skip]
const STORIES: &[Story] = &[
    ("a response that ends with its head", &[GET], &[("1 head!", &["1 head! :status=200 grpc-status=5"])]),
    ("a response that ends with an empty payload", &[GET], &[("1 head!", &["1 head :status=200", "1 data! "])]),
    ("trailers both ways", &[POST, "1 data hello", "1 head! x-t=1"],
        &[("1 head!", &["1 head :status=200", "1 data a", "1 head! grpc-status=0"])]),
    ("a response in the middle of the request", &[POST, "1 data hello", "wait", "1 data! x", "wait"],
        &[("1 head", &["1 head :status=200", "1 data a", "1 head! grpc-status=8"])]),
    ("a response, and nothing more is wanted", &[POST, "1 data hello", "wait", "1 data x", "wait"],
        &[("1 head", &["1 head :status=200", "1 data a", "1 head! grpc-status=8", "1 reset 0"])]),
    ("a response, and the request is given up", &[POST, "1 data hello", "wait", "1 data x", "wait"],
        &[("1 head", &["1 head! :status=413", "1 reset 8"])]),
    ("payload to and fro", &[POST, "1 data a", "wait", "1 data b", "wait", "1 data! c"],
        &[("1 head", &["1 head :status=200"]), ("1 data", &["1 data A"]), ("1 data", &["1 data B"]), ("1 data!", &["1 data C", "1 head! grpc-status=0"])]),
    ("the client gives up before the response", &[POST, "1 data a", "wait", "1 reset 8", "wait"], &[]),
    ("the client gives up within the response", &[GET, "wait", "1 reset 8", "wait"], &[("1 head!", &["1 head :status=200", "1 data a"])]),
    ("the client gives up within both", &[POST, "wait", "1 reset 8", "wait"], &[("1 head", &["1 head :status=200", "1 data a"])]),
    ("the client gives up for another reason", &[GET, "wait", "1 reset 2", "wait"], &[("1 head!", &["1 head :status=200", "1 data a"])]),
    ("the server resets without a reason", &[GET], &[("1 head!", &["1 reset 0"])]),
    ("the server fails", &[GET], &[("1 head!", &["1 reset 2"])]),
    ("the server wants calm", &[GET], &[("1 head!", &["1 reset 11"])]),
    ("the server wants HTTP/1", &[GET], &[("1 head!", &["1 reset 13"])]),
    ("the server fails within the response", &[GET], &[("1 head!", &["1 head :status=200", "1 data a", "1 reset 2"])]),
    ("the server cancels within the response", &[GET], &[("1 head!", &["1 head :status=200", "1 data a", "1 reset 8"])]),
    ("the server gives up within both", &[POST, "1 data a", "wait", "wait"], &[("1 head", &["1 head :status=200", "1 data a", "1 reset 8"])]),
    ("the server gives up within the request", &[POST, "1 data a", "wait", "wait"], &[("1 head", &["1 reset 8"])]),
    ("an interim response", &[GET], &[("1 head!", &["1 head :status=103 link=x", "1 head :status=200 content-length=2", "1 data! ok"])]),
    ("a continue", &[POST, "wait", "1 data! a"], &[("1 head", &["1 head :status=100"]), ("1 data!", OK)]),
    ("HEAD", &["1 head! :method=HEAD :scheme=http :path=/ :authority=a"], &[("1 head!", &["1 head! :status=200 content-length=9"])]),
    ("a server that leaves while it answers", &[GET, "wait"], &[("1 head!", &["1 head :status=200", "1 data a", "0 goaway 1 0", "1 data! b"])]),
    ("a server that breaks off while it answers", &[GET, "wait"], &[("1 head!", &["1 head :status=200", "1 data a", "0 goaway 1 2", "close"])]),
    ("a server that closes while it answers", &[GET, "wait"], &[("1 head!", &["1 head :status=200", "1 data a", "close"])]),
    ("a client that leaves while it asks", &[POST, "0 goaway 0 0", "wait", "1 data! a"], &[("1 data!", OK)]),
    ("a ping of the server", &[GET], &[("1 head!", &["0 ping abcdefgh", "1 head :status=200 content-length=2", "1 data! ok"])]),

    ("a websocket", &[WEBSOCKET, "wait", "1 data hello", "wait", "1 data! bye", "wait"],
        &[("1 head", &["1 head :status=200", "1 data hi"]), ("1 data", &["1 data HELLO"]), ("1 data!", &["1 data! BYE"])]),
    ("a websocket whose server ends first", &[WEBSOCKET, "wait", "1 data hello", "wait", "1 data! ", "wait"],
        &[("1 head", &["1 head :status=200"]), ("1 data", &["1 data! bye"])]),
    ("a websocket that is refused", &[WEBSOCKET, "wait"], &[("1 head", &["1 head :status=403 content-length=2", "1 data! no"])]),
    ("a tunnel", &["1 head :method=CONNECT :authority=a:1", "wait", "1 data x", "wait", "1 data! y", "wait"],
        &[("1 head", &["1 head :status=200"]), ("1 data", &["1 data X"]), ("1 data!", &["1 data! Y"])]),
];

/// Where an old version says something else than 2.8: it ends what was cut short as if it were whole, and gives resets
/// by servers back as they are.
const NEWER: &[(&str, Reference)] = &[
    ("a response, and nothing more is wanted", Reference::V2_6),
    ("a response, and the request is given up", Reference::V2_6),
    ("the client gives up before the response", Reference::V2_6),
    ("the client gives up within both", Reference::V2_6),
    ("the server resets without a reason", Reference::V2_6),
    ("the server fails", Reference::V2_6),
    ("the server wants calm", Reference::V2_6),
    ("the server wants HTTP/1", Reference::V2_6),
    ("the server fails within the response", Reference::V2_6),
    ("the server cancels within the response", Reference::V2_6),
    ("the server gives up within both", Reference::V2_6),
    ("the server gives up within the request", Reference::V2_6),
    ("a server that breaks off while it answers", Reference::V2_6),
    ("a server that closes while it answers", Reference::V2_6),
    ("a websocket that is refused", Reference::V2_6),
    ("a websocket whose server ends first", Reference::V2_6),
];

#[test]
fn streams_go_through_as_in_haproxy() {
    let compared = compare(STORIES, |story| story.0, NEWER, played);
    say(&format!("{} HTTP/2 streams: {compared} outcomes as through HAProxy", STORIES.len()));
}

/// A tunnel that was cut is not taken for one that ended, unlike what HAProxy makes of it.
#[test]
fn resets_of_tunnels_are_resets() {
    let check = |lines: &[&str], script, wanted: &[&str]| {
        let played =
            Played::start(&binary::evenkeel(), "", "", "server s1 @S1@ proto h2", follows(script, "0 settings 8=1"));
        let mut outcome = played.h2(lines, QUIET * 5);
        outcome.extend(played.rest(QUIET * 5));
        for line in wanted {
            assert!(outcome.iter().any(|seen| seen == line), "{line} is not in {outcome:#?}");
        }
    };
    let opened: &[(&str, &[&str])] = &[("1 head", &["1 head :status=200"])];
    check(&[WEBSOCKET, "wait", "1 data a", "1 reset 8", "wait"], opened, &["server 1 data a", "server 1 reset 8"]);
    let resets: &[(&str, &[&str])] = &[("1 head", &["1 head :status=200"]), ("1 data", &["1 reset 8"])];
    check(&[WEBSOCKET, "wait", "1 data a", "wait"], resets, &["1 head :status=200", "1 reset 8"]);
}

fn played(program: &Path, (_, lines, script): &Story, quiet: Duration) -> Vec<String> {
    let played = Played::start(program, "", "", "server s1 @S1@ proto h2", follows(script, "0 settings 8=1"));
    let mut outcome = played.h2(lines, quiet * 2);
    outcome.extend(played.rest(quiet));
    outcome
}
