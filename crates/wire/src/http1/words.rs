//! Searches that look at eight bytes at a time, without leaving safe Rust.
//!
//! Each turns eight bytes into a mask with the highest bit of those that stop the search; adding and subtracting may
//! mark bytes above a true one wrongly, never below it, so the lowest mark is exact.

const ONES: u64 = u64::MAX / 255;
const HIGH: u64 = ONES << 7;

/// Offset of the first byte at or behind `at` that is below 14: all that may end a field value, or is refused in it.
pub(super) fn control(buf: &[u8], at: usize) -> Option<usize> {
    search(buf, at, |word| word.wrapping_sub(ONES * 14) & !word & HIGH, |b| b < 14)
}

/// Offset of the first byte that is not of the printable ones between blank and delete.
pub(super) fn unprintable(buf: &[u8], at: usize) -> Option<usize> {
    let stops = |word: u64| {
        let low = word.wrapping_sub(ONES * 33) & !word;
        (low | word | ((word & !HIGH) + ONES)) & HIGH
    };
    search(buf, at, stops, |b| !(33..127).contains(&b))
}

/// Offset of the first byte that is no letter, digit or hyphen: the end of most field names.
pub(super) fn not_word(buf: &[u8], at: usize) -> Option<usize> {
    let stops = |word: u64| {
        let plain = word & !HIGH;
        let within = |bytes: u64, from: u8, to: u8| {
            (bytes + ONES * u64::from(128 - from)) & !(bytes + ONES * u64::from(127 - to))
        };
        let good = within(plain | (ONES << 5), b'a', b'z') | within(plain, b'0', b'9') | within(plain, b'-', b'-');
        (!good | word) & HIGH
    };
    search(buf, at, stops, |b| !(b.is_ascii_alphanumeric() || b == b'-'))
}

#[inline(always)]
fn search(buf: &[u8], mut at: usize, stops: impl Fn(u64) -> u64, stop: impl Fn(u8) -> bool) -> Option<usize> {
    while let Some(word) = buf.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let marks = stops(u64::from_le_bytes(*word));
        if marks != 0 {
            return Some(at + marks.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    buf.get(at..)?.iter().position(|b| stop(*b)).map(|n| at + n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every place of a text whose other bytes do not stop the search.
    fn check(find: fn(&[u8], usize) -> Option<usize>, stop: fn(u8) -> bool) {
        let filler: Vec<u8> = (0..=255).filter(|b| !stop(*b)).collect();
        for b in 0..=255u8 {
            for at in 0..20 {
                let mut text: Vec<u8> = (0..24).map(|i| filler[(i * 7 + at + usize::from(b)) % filler.len()]).collect();
                text[at] = b;
                for from in 0..text.len() {
                    let plain = (from..text.len()).find(|i| stop(text[*i]));
                    assert_eq!(find(&text, from), plain, "byte {b} at {at}, from {from}");
                }
            }
        }
    }

    #[test]
    fn searches_find_what_plain_ones_find() {
        check(control, |b| b < 14);
        check(unprintable, |b| !(33..127).contains(&b));
        check(not_word, |b| !(b.is_ascii_alphanumeric() || b == b'-'));
    }
}
