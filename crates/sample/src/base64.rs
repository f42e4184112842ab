//! Base64, in its standard and its URL alphabet (RFC 4648).

/// An alphabet, and whether what is written with it is padded.
#[derive(Debug)]
pub struct Alphabet {
    letters: &'static [u8; 64],
    pad: bool,
}

pub const STANDARD: Alphabet =
    Alphabet { letters: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", pad: true };
pub const URL: Alphabet =
    Alphabet { letters: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", pad: false };

impl Alphabet {
    pub fn encode(&self, bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
        for group in bytes.chunks(3) {
            let word = group.iter().fold(0u32, |word, b| word << 8 | u32::from(*b)) << (8 * (3 - group.len()));
            let letter = |i: usize| self.letters.get((word >> (18 - 6 * i)) as usize & 63).copied();
            text.extend((0..=group.len()).filter_map(letter));
            if self.pad {
                text.extend(std::iter::repeat_n(b'=', 3 - group.len()));
            }
        }
        text
    }

    /// The bytes of a text; `None` where it is not of this alphabet. Where the alphabet pads, every group of four may
    /// end in padding; where it does not, HAProxy takes a `=` for the last letter, and so do we.
    pub fn decode(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
        for group in text.chunks(4) {
            let pads = if self.pad { group.iter().rev().take_while(|b| **b == b'=').count() } else { 0 };
            let letters = group.get(..group.len() - pads)?;
            if letters.len() < 2 || (self.pad && group.len() != 4) {
                return None;
            }
            let word = letters.iter().try_fold(0u32, |word, letter| Some(word << 6 | self.value(*letter)?))?;
            let word = word << (6 * (4 - letters.len()));
            bytes.extend_from_slice(word.to_be_bytes().get(1..letters.len())?);
        }
        Some(bytes)
    }

    fn value(&self, letter: u8) -> Option<u32> {
        if letter == b'=' {
            return Some(63);
        }
        self.letters.iter().position(|l| *l == letter).map(|at| at as u32)
    }
}
