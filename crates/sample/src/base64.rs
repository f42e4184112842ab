//! Base64, in its standard and its URL alphabet (RFC 4648).

/// An alphabet, and whether what is written with it is padded.
#[derive(Debug)]
pub(crate) struct Alphabet {
    letters: &'static [u8; 64],
    pad: bool,
}

pub(crate) const STANDARD: Alphabet =
    Alphabet { letters: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", pad: true };
pub(crate) const URL: Alphabet =
    Alphabet { letters: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", pad: false };

impl Alphabet {
    pub(crate) fn encode(&self, bytes: &[u8]) -> Vec<u8> {
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

    /// The bytes of a text; `None` where it is not of this alphabet. Padding must be right where the alphabet pads,
    /// and may be there where it does not.
    pub(crate) fn decode(&self, text: &[u8]) -> Option<Vec<u8>> {
        if self.pad && text.len() % 4 != 0 {
            return None;
        }
        let pads = text.iter().rev().take_while(|b| **b == b'=').count();
        let letters = text.get(..text.len() - pads)?;
        if pads > 2 || letters.len() % 4 == 1 {
            return None;
        }
        let mut bytes = Vec::with_capacity(letters.len() / 4 * 3 + 2);
        for group in letters.chunks(4) {
            let mut word = 0u32;
            for letter in group {
                word = word << 6 | self.letters.iter().position(|l| l == letter)? as u32;
            }
            word <<= 6 * (4 - group.len());
            bytes.extend_from_slice(word.to_be_bytes().get(1..group.len())?);
        }
        Some(bytes)
    }
}
