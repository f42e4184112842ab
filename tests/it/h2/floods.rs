//! Clients that mean harm: they are cut off, or do not hurt; others are served meanwhile, and memory stays bounded.

use std::time::Duration;

use super::frames;
use super::played::{PREFACE, Played, QUIET, answers, seen};
use crate::harness::binary;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const GET: &str = ":method=GET :scheme=http :path=/ :authority=a";

/// Sends `bytes` over and over, and gives what came and how much the proxy grew, in KiB. Meanwhile it serves another.
fn flood(global: &str, round: &dyn Fn(u32) -> Vec<u8>, rounds: u32) -> (Vec<String>, u64) {
    let played = Played::start(&binary::evenkeel(), global, "", "server s1 @S1@", answers(OK));
    served(&played);
    let before = played.proxy.resident();
    let mut peer = played.connect();
    peer.give_up_after(Duration::from_secs(3));
    let _ = peer.send(&[PREFACE, &frames::write("0 settings")].concat());
    for n in 0..rounds {
        if peer.send(&round(n)).is_err() {
            break;
        }
    }
    served(&played);
    let grown = played.proxy.resident().saturating_sub(before);
    peer.read_quiet(Duration::from_millis(100));
    (seen(&mut peer), grown)
}

/// Another client is served. A busy machine may need longer for it.
fn served(played: &Played) {
    let asked = [1, 6, 20].map(|times| QUIET * times).into_iter().map(|quiet| {
        let lines = played.h2(&[&format!("1 head! {GET}")], quiet);
        lines.iter().any(|line| line.starts_with("1 head :status=200"))
    });
    assert!({ asked }.any(|served| served), "nobody else is served");
}

/// More than this, in KiB, is no noise.
const BOUND: u64 = 8 * 1024;

#[test]
fn rapid_resets() {
    let round = |n: u32| {
        let streams = (n * 100..n * 100 + 100).map(|i| 2 * i + 1);
        streams
            .flat_map(|id| {
                [frames::write(&format!("{id} head! {GET}")), frames::write(&format!("{id} reset 8"))].concat()
            })
            .collect()
    };
    let (_, grown) = flood("", &round, 50);
    assert!(grown < BOUND, "{grown} KiB");
    let (lines, _) = flood("tune.h2.fe.glitches-threshold 200", &round, 50);
    assert!(lines.iter().any(|line| line.ends_with(" 11")) && lines.last().is_some_and(|l| l == "closed"), "{lines:?}");
}

#[test]
fn continuations_without_end() {
    let round = |n: u32| match n {
        0 => frames::write("1 raw 1 0 "),
        _ => frames::write("1 raw 9 0 ").repeat(100),
    };
    let (lines, grown) = flood("", &round, 100);
    assert!(lines.contains(&"0 goaway 1 11".to_owned()) && grown < BOUND, "{lines:?} {grown} KiB");
}

#[test]
fn header_bombs() {
    // One large field goes into the table; every byte behind it stands for it again.
    let block = [&[0x40, 1, b'x', 0x7f, 0x81, 0x1e][..], &[b'v'; 4000], &[0xbe; 12_000]].concat();
    let round = move |n: u32| {
        let mut out = Vec::new();
        wire::http2::frame::write_block(&block, 2 * n + 1, true, 16384, &mut out);
        out
    };
    let (lines, grown) = flood("", &round, 20);
    assert!(lines.contains(&"1 reset 1".to_owned()) && grown < BOUND, "{lines:?} {grown} KiB");
}

#[test]
fn pings_and_settings() {
    for frame in ["0 ping abcdefgh", "0 settings 4=100"] {
        let (_, grown) = flood("", &|_| frames::write(frame).repeat(1000), 200);
        assert!(grown < BOUND, "{frame}: {grown} KiB");
    }
}

#[test]
fn empty_payload() {
    let round = |n: u32| match n {
        0 => frames::write("1 head :method=POST :scheme=http :path=/ :authority=a"),
        _ => frames::write("1 data ").repeat(1000),
    };
    let (_, grown) = flood("", &round, 100);
    assert!(grown < BOUND, "{grown} KiB");
    let (lines, _) = flood("tune.h2.fe.glitches-threshold 500", &round, 100);
    assert!(lines.iter().any(|line| line.ends_with(" 11")), "{lines:?}");
}

#[test]
fn windows_that_never_open() {
    let settings = || frames::write("0 settings 4=0");
    let round = move |n: u32| [settings(), frames::write(&format!("{} head! {GET}", 2 * n + 1))].concat();
    let (lines, grown) = flood("", &round, 90);
    assert!(lines.iter().filter(|line| line.contains(":status=200")).count() == 90 && grown < BOUND, "{grown} KiB");
}

/// The same from a server: its connection is given up, and others are served.
#[test]
fn servers_that_mean_harm() {
    let block = [&[0x88, 0x40, 1, b'x', 0x7f, 0x81, 0x1e][..], &[b'v'; 4000], &[0xbe; 12_000]].concat();
    let mut bomb = Vec::new();
    wire::http2::frame::write_block(&block, 1, true, 16384, &mut bomb);
    let floods: [(&str, Vec<u8>); 5] = [
        ("pings", frames::write("0 ping abcdefgh").repeat(100_000)),
        ("settings", frames::write("0 settings 4=100").repeat(100_000)),
        ("continuations", [frames::write("1 hex 1 0 88"), frames::write("1 hex 9 0 ").repeat(100_000)].concat()),
        ("interim responses", frames::write("1 head :status=103 a=b").repeat(100_000)),
        ("a bomb", bomb),
    ];
    for (name, flood) in floods {
        let played = Played::start(&binary::evenkeel(), "", "", "server s1 @S1@ proto h2", move |mut peer, _| {
            peer.give_up_after(Duration::from_secs(3));
            let _ = peer.send(&frames::write("0 settings"));
            peer.read_quiet(Duration::from_millis(100));
            let _ = peer.send(&flood);
            peer.read_quiet(Duration::from_millis(300));
        });
        let before = played.proxy.resident();
        let lines = played.h2(&[&format!("1 head! {GET}")], Duration::from_secs(1));
        assert!(lines.iter().any(|line| line.starts_with("1 head :status=50")), "{name}: {lines:?}");
        let grown = played.proxy.resident().saturating_sub(before);
        assert!(grown < BOUND, "{name}: {grown} KiB");
        assert!(played.proxy.cli("show info").is_ok(), "{name}");
    }
}

/// More payload than a window lets come ends the stream.
#[test]
fn windows_that_are_ignored() {
    let post = "1 head :method=POST :scheme=http :path=/ :authority=a content-length=99999999";
    let round = |n: u32| match n {
        0 => [frames::write("0 ack"), frames::write(post)].concat(),
        _ => frames::write(&format!("1 data {}", "x".repeat(16000))),
    };
    let played = Played::start(&binary::evenkeel(), "", "", "server s1 @S1@", |_peer, _| {
        std::thread::park_timeout(Duration::from_secs(3));
    });
    let mut peer = played.connect();
    let _ = peer.send(&[PREFACE, &frames::write("0 settings")].concat());
    (0..1000).take_while(|n| peer.send(&round(*n)).is_ok()).count();
    peer.read_quiet(Duration::from_millis(300));
    let lines = seen(&mut peer);
    assert!(lines.contains(&"1 reset 3".to_owned()), "{lines:?}");
}

/// `tune.h2.fe.max-total-streams`, and a stream too many.
#[test]
fn limits_of_streams() {
    let played = Played::start(
        &binary::evenkeel(),
        "tune.h2.fe.max-total-streams 2\n tune.h2.fe.max-concurrent-streams 1",
        "",
        "server s1 @S1@",
        answers(OK),
    );
    let lines = [1, 3, 5].map(|id| format!("{id} head! {GET}"));
    let seen = played.h2(&[&lines[0], "wait", &lines[1], "wait", &lines[2]], QUIET);
    assert!(seen.iter().any(|line| line.starts_with("0 goaway ")), "{seen:?}");
    let seen = played.h2(&[&lines[0], &lines[1]], QUIET);
    assert!(seen.contains(&"3 reset 7".to_owned()), "{seen:?}");
}

/// A soft stop tells clients to go, lets streams finish, and ends.
#[test]
fn soft_stops() {
    let mut played = Played::start(&binary::evenkeel(), "", "", "server s1 @S1@", |mut peer, _| {
        use crate::harness::peer::Want;
        let _ = peer.take(&Want::Message, Duration::from_secs(3));
        std::thread::park_timeout(Duration::from_millis(500));
        let _ = peer.send(OK.as_bytes());
    });
    let mut peer = played.connect();
    let _ = peer.send(&[PREFACE, &frames::write("0 settings"), &frames::write(&format!("1 head! {GET}"))].concat());
    peer.read_quiet(Duration::from_millis(100));
    assert!(played.proxy.drain(), "it ends");
    peer.read_quiet(Duration::from_millis(300));
    let lines = seen(&mut peer);
    let wanted = ["0 goaway 1 0", "1 head :status=200 content-length=2", "1 data! ok", "closed"];
    assert_eq!(lines, wanted);
}
