//! What the tests that run the fuzz targets' seeds share.

use std::path::{Path, PathBuf};

/// The seeds of a corpus, in order.
pub(crate) fn seeds(corpus: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(corpus);
    let entries = std::fs::read_dir(&folder).expect("the seed corpus");
    let mut seeds: Vec<_> = entries.map(|e| e.expect("an entry").path()).map(|p| (p.clone(), read(&p))).collect();
    seeds.sort();
    seeds
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a readable seed")
}

/// Mutations of each seed.
pub(crate) fn rounds(usual: usize) -> usize {
    std::env::var("EVENKEEL_FUZZ_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// A small generator: the same numbers in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}
