//! The seeds of the fuzz target, and many deterministic mutations of them.
//!
//! `EVENKEEL_FUZZ_ROUNDS` sets the mutations of each seed.

mod invariants;
#[path = "../../../fuzz/seeds.rs"]
mod seeds;

use seeds::{Random, rounds, seeds};

const DICTIONARY: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b",",
    b"\0",
    b"\xff",
    b"0",
    b"0\r\n\r\n",
    b"1\r\nx\r\n",
    b"fffffffffffff",
    b";",
    b"chunked",
    b"close",
    b"keep-alive",
    b"upgrade",
    b"websocket",
    b"h2c",
    b"trailers",
    b"GET ",
    b"CONNECT a:80 ",
    b"OPTIONS * ",
    b"http://a:80/",
    b"https://u@[::1]:443",
    b" HTTP/1.1\r\n",
    b" HTTP/1.0\r\n",
    b"HTTP/1.1 204 No\r\n",
    b"Host: a\r\n",
    b"Host: a:80\r\n",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: ",
    b"Upgrade: ",
    b"TE: ",
    b"Expect: 100-continue\r\n",
    b"PROXY TCP4 ",
    b"PROXY UNKNOWN\r\n",
    b"\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c",
];

impl Random {
    fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        start..start + self.below((len - start).min(30) + 1)
    }

    fn mutate(&mut self, text: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(text.len() + 1);
        match self.below(7) {
            0 => text.truncate(at),
            1 => drop(text.drain(self.range(text.len()))),
            2 | 3 => drop(text.splice(at..at, DICTIONARY[self.below(DICTIONARY.len())].iter().copied())),
            4 => drop(text.splice(at..at, other[self.range(other.len())].iter().copied())),
            5 => text.insert(at, self.below(256) as u8),
            _ => {
                if let Some(byte) = text.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
        }
    }
}

fn hold(text: &[u8], name: &str) {
    let held = std::panic::catch_unwind(|| {
        invariants::http1::hold(text);
        invariants::small::hold(text.get(1..).unwrap_or_default());
    });
    assert!(held.is_ok(), "{name}: {}", text.escape_ascii());
}

#[test]
fn seeds_hold() {
    let seeds = seeds("http1");
    assert!(seeds.len() >= 30, "the seed corpus is missing");
    seeds.iter().for_each(|(path, text)| hold(text, &path.display().to_string()));
}

#[test]
fn mutations_hold() {
    let rounds = rounds(150);
    let seeds = seeds("http1");
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for (path, seed) in &seeds {
        for round in 0..rounds {
            let mut text = seed.clone();
            for _ in 0..=random.below(4) {
                let other = random.below(seeds.len());
                random.mutate(&mut text, &seeds[other].1);
            }
            hold(&text, &format!("{} round {round}", path.display()));
        }
    }
}

#[test]
fn noise_holds() {
    let mut random = Random(7);
    for len in 0..200 {
        let noise: Vec<u8> = (0..len).map(|_| random.below(256) as u8).collect();
        hold(&noise, "noise");
        let words: Vec<u8> = (0..len / 8).flat_map(|_| DICTIONARY[random.below(DICTIONARY.len())]).copied().collect();
        hold(&[&[random.below(16) as u8], &words[..]].concat(), "words");
    }
}
