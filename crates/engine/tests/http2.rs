//! The seeds of the fuzz target `http2`, and many deterministic mutations of them.

mod invariants;
#[path = "../../../fuzz/seeds.rs"]
mod seeds;

use seeds::{Random, rounds, seeds};

use wire::http2::frame::{self, flag, kind};

impl Random {
    /// A frame of any kind, with a stream and a payload that may fit.
    fn frame(&mut self) -> Vec<u8> {
        const PAYLOADS: &[&[u8]] = &[
            b"",
            b"\0\0\0\x01",
            b"\0\x04\0\0\0\x05",
            b"\x82\x86\x84\x41\x01a",
            b"\x88",
            b"\x05hello",
            b"\0\0\0\x01\0\0\0\x08",
        ];
        let payload = PAYLOADS[self.below(PAYLOADS.len())];
        let flags = [0, flag::END_STREAM, flag::END_HEADERS, flag::END_STREAM | flag::END_HEADERS, 0xff][self.below(5)];
        let kind = [kind::HEADERS, kind::DATA, kind::SETTINGS, kind::CONTINUATION, self.below(11) as u8][self.below(5)];
        let mut out = Vec::new();
        frame::write_head(payload.len(), kind, flags, self.below(8) as u32, &mut out);
        out.extend_from_slice(payload);
        out
    }

    fn mutate(&mut self, text: &mut Vec<u8>) {
        let at = self.below(text.len() + 1);
        match self.below(6) {
            0 => text.truncate(at),
            1 | 2 => {
                // Between two frames.
                let mut ends = vec![2];
                while let Some(len) = text.get(ends[ends.len() - 1]..).and_then(|rest| frame::word(rest, 0)) {
                    ends.push((ends[ends.len() - 1] + (len >> 8) as usize + frame::HEAD).min(text.len()));
                }
                let at = ends[self.below(ends.len())].min(text.len());
                drop(text.splice(at..at, self.frame()));
            }
            3 => text.insert(at, self.below(256) as u8),
            _ => {
                if let Some(byte) = text.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
        }
    }
}

fn hold(text: &[u8], name: &str) {
    let held = std::panic::catch_unwind(|| invariants::hold(text));
    assert!(held.is_ok(), "{name}: {}", text.escape_ascii());
}

#[test]
fn seeds_hold() {
    let seeds = seeds("http2");
    assert!(seeds.len() >= 15, "the seed corpus is missing");
    seeds.iter().for_each(|(path, text)| hold(text, &path.display().to_string()));
}

#[test]
fn mutations_hold() {
    let rounds = rounds(200);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for (path, seed) in &seeds("http2") {
        for round in 0..rounds {
            let mut text = seed.clone();
            (0..=random.below(5)).for_each(|_| random.mutate(&mut text));
            hold(&text, &format!("{} round {round}", path.display()));
        }
    }
}
