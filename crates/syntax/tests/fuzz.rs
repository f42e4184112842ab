//! The seeds of the fuzz target, and many deterministic mutations of them.
//!
//! `EVENKEEL_FUZZ_ROUNDS` sets the mutations of each seed.

mod invariants;
#[path = "../../../fuzz/seeds.rs"]
mod seeds;

use seeds::{Random, rounds, seeds};

const DICTIONARY: &[&[u8]] = &[
    b"\"",
    b"'",
    b"\\",
    b"\\x",
    b"#",
    b"$",
    b"${",
    b"}",
    b"[*]",
    b"-",
    b"\n",
    b"\r",
    b"\0",
    b" ",
    b"\t",
    b".if ",
    b".elif ",
    b".else",
    b".endif\n",
    b"(",
    b")",
    b"&&",
    b"||",
    b"!",
    b",",
    b"global\n",
    b"${LIST[*]}",
    b"\xff",
    b"streq(",
    b"1",
];

impl Random {
    fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        start..start + self.below((len - start).min(20) + 1)
    }

    fn mutate(&mut self, text: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(text.len() + 1);
        match self.below(6) {
            0 => text.truncate(at),
            1 => drop(text.drain(self.range(text.len()))),
            2 => drop(text.splice(at..at, DICTIONARY[self.below(DICTIONARY.len())].iter().copied())),
            3 => drop(text.splice(at..at, other[self.range(other.len())].iter().copied())),
            4 => text.insert(at, self.below(256) as u8),
            _ => {
                if let Some(byte) = text.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
        }
    }
}

#[test]
fn seeds_hold() {
    let seeds = seeds("syntax");
    assert!(seeds.len() >= 15, "the seed corpus is missing");
    seeds.iter().for_each(|(_, text)| invariants::hold(text));
}

#[test]
fn mutations_hold() {
    let rounds = rounds(150);
    let seeds = seeds("syntax");
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for (path, seed) in &seeds {
        for round in 0..rounds {
            let mut text = seed.clone();
            for _ in 0..=random.below(4) {
                let other = random.below(seeds.len());
                random.mutate(&mut text, &seeds[other].1);
            }
            let held = std::panic::catch_unwind(|| invariants::hold(&text));
            assert!(held.is_ok(), "{} round {round}: {:?}", path.display(), String::from_utf8_lossy(&text));
        }
    }
}

#[test]
fn noise_holds() {
    let mut random = Random(7);
    for len in 0..400 {
        let noise: Vec<u8> = (0..len).map(|_| random.below(256) as u8).collect();
        invariants::hold(&noise);
        let words: Vec<u8> = (0..len / 4).flat_map(|_| DICTIONARY[random.below(DICTIONARY.len())]).copied().collect();
        invariants::hold(&words);
    }
}
