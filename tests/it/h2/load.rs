//! Clients of others, many requests at once: `h2load` counts the answers, `nghttp` shows their bytes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use super::played::Played;
use crate::harness::binary::{self, Reference};
use crate::harness::http::head_len;
use crate::harness::peer::{Peer, Want};
use crate::harness::place::Place;
use crate::harness::say;

const LARGE: usize = 1 << 20;

/// Bytes that tell where they stand.
static BYTES: LazyLock<Vec<u8>> =
    LazyLock::new(|| (0..LARGE / 8).map(|n| format!("{n:07x}\n")).collect::<String>().into_bytes());

/// An HTTP/1 server: a small body, a large one, or what came back.
fn serve(mut peer: Peer, _: &Mutex<Vec<String>>) {
    while let Some(message) = peer.take(&Want::Message, Duration::from_secs(20)) {
        let head = head_len(&message).unwrap_or(0);
        let body = match &message {
            m if m.starts_with(b"GET /large") => &BYTES[..],
            m if m.starts_with(b"GET ") => b"small",
            m => &m[head..],
        };
        let said = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        if peer.send(&[said.as_bytes(), body].concat()).is_err() {
            return;
        }
    }
}

/// A proxy in front of that server, and a file to send.
struct Site {
    played: Played,
    _place: Place,
    file: PathBuf,
}

impl Site {
    fn new(program: &Path) -> Site {
        let played = Played::start(program, "", "", "server s1 @S1@", serve);
        let place = Place::new().expect("a folder");
        let file = place.dir.join("large");
        std::fs::write(&file, &*BYTES).expect("a file");
        Site { played, _place: place, file }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.played.port)
    }

    /// What `h2load` counts: requests that came to their end, their statuses, bytes of bodies.
    fn counted(&self, path: &str, words: &[&str]) -> String {
        let mut command = Command::new(binary::needed("h2load"));
        let out = output(command.args(["-t", "1", "-N", "60"]).args(words).arg(self.url(path)));
        let out = String::from_utf8_lossy(&out).into_owned();
        let data = out.split(", ").find_map(|part| part.split_once(") data")).map_or("", |(data, _)| data);
        let data = data.rsplit('(').next().unwrap_or_default();
        let line = |name: &str| out.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
        format!("{} | {} | {data}", line("requests: "), line("status codes: "))
    }

    /// The bodies that `nghttp` gets, one behind the other.
    fn bodies(&self, words: &[&str], paths: &[&str]) -> Vec<u8> {
        output(Command::new(binary::needed("nghttp")).args(words).args(paths.iter().map(|path| self.url(path))))
    }
}

fn output(command: &mut Command) -> Vec<u8> {
    let out = command.output().expect("the program runs");
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

/// Requests in all, connections and streams of each; the path; whether the large file is sent; bytes of each answer.
const LOADS: &[(u32, &[&str], &str, bool, usize)] = &[
    (3000, &["-c", "8", "-m", "20"], "/small", false, 5),
    (1000, &["-c", "1", "-m", "100"], "/small", false, 5),
    (60, &["-c", "4", "-m", "8"], "/large", false, LARGE),
    (60, &["-c", "4", "-m", "8"], "/echo", true, LARGE),
    (60, &["-c", "2", "-m", "8", "-w", "20", "-W", "24"], "/large", false, LARGE),
];

#[test]
fn many_requests_at_once() {
    let programs = [binary::evenkeel(), Reference::V2_8.path()];
    let mut served = 0;
    for program in &programs {
        let site = Site::new(program);
        for (requests, words, path, sends, length) in LOADS {
            let count = requests.to_string();
            let mut words = [words, &["-n", &count][..]].concat();
            if *sends {
                words.extend(["-d", site.file.to_str().expect("a path in UTF-8")]);
            }
            let wanted = format!(
                "requests: {requests} total, {requests} started, {requests} done, {requests} succeeded, 0 failed, \
                 0 errored, 0 timeout | status codes: {requests} 2xx, 0 3xx, 0 4xx, 0 5xx | {}",
                *requests as usize * length
            );
            assert_eq!(site.counted(path, &words), wanted, "{} {path} {words:?}", program.display());
            served += requests;
        }
    }
    say(&format!("h2load: {served} requests, all served"));
}

#[test]
fn every_byte_arrives() {
    let site = Site::new(&binary::evenkeel());
    let wanted = &*BYTES;
    assert!(site.bodies(&[], &["/large"]) == *wanted, "a large response");
    assert!(
        site.bodies(&["-d", site.file.to_str().expect("a path in UTF-8")], &["/echo"]) == *wanted,
        "a large request"
    );
    // Small windows, and padding.
    let words = ["-w", "10", "-W", "12", "-b", "200", "-d", site.file.to_str().expect("a path in UTF-8")];
    assert!(site.bodies(&words, &["/echo"]) == *wanted, "small windows");
    assert_eq!(site.bodies(&["-m", "20"], &["/small"]), b"small".repeat(20));
}
