//! What `tune.h2.max-frame-size` announces, and that it holds.

use std::path::Path;
use std::time::Duration;

use super::frames;
use super::played::{PREFACE, Played, QUIET, answers, seen};
use crate::harness::binary::{self, Reference};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const POST: &str = "1 head :method=POST :scheme=http :path=/ :authority=a";

/// Lines of the global section, the size that they announce.
const SIZES: &[(&str, Option<u32>)] = &[
    ("", None),
    ("tune.h2.max-frame-size 20000", None),
    ("tune.bufsize 32768", Some(32768)),
    ("tune.bufsize 32768\n tune.h2.max-frame-size 20000", Some(20000)),
    ("tune.bufsize 131072\n tune.h2.max-frame-size 60000", Some(60_000)),
];

#[test]
fn frames_are_as_large_as_was_announced() {
    for (global, announced) in SIZES {
        for program in [Reference::V2_8.path(), binary::evenkeel()] {
            let wanted = (*announced, "1 head :status=200 content-length=2".to_owned());
            assert_eq!(sent(&program, global, announced.unwrap_or(16384)), wanted, "{} {global}", program.display());
        }
        // HAProxy itself takes more than it announced, up to a buffer.
        let (_, refused) = sent(&binary::evenkeel(), global, announced.unwrap_or(16384) + 1);
        assert!(refused.ends_with(" 6"), "{global}: {refused}");
    }
}

/// The size of frames that the proxy announces, and what it says to a payload in one frame of `bytes`.
fn sent(program: &Path, global: &str, bytes: u32) -> (Option<u32>, String) {
    let played = Played::start(program, global, "", "server s1 @S1@", answers(OK));
    let mut peer = played.connect();
    let _ = peer.send(&[PREFACE, &frames::write("0 settings"), &frames::write(POST)].concat());
    peer.read_quiet(QUIET);
    let announced = size(&peer.seen);
    let _ = peer.send(&[frames::write("0 ack"), frames::write(&format!("1 fill 0 1 {bytes}"))].concat());
    peer.give_up_after(Duration::from_secs(3));
    peer.read_quiet(QUIET * 4);
    let lines = seen(&mut peer);
    let said = lines.iter().find(|line| line.contains("head") || line.contains("goaway"));
    (announced, said.cloned().unwrap_or_default())
}

/// Setting 5 of the frame that a connection begins with.
fn size(bytes: &[u8]) -> Option<u32> {
    let length = usize::from(*bytes.get(2)?);
    let settings = bytes.get(9..9 + length)?.chunks_exact(6);
    let mut sizes = settings.filter(|setting| setting[..2] == [0, 5]);
    sizes.next().map(|setting| u32::from_be_bytes([setting[2], setting[3], setting[4], setting[5]]))
}
