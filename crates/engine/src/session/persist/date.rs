//! Dates in cookies: the time in units of four seconds, thirty bits of it, as five characters of base64.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes a time in seconds since 1970, rounded up to four seconds.
pub(super) fn write(seconds: u64, out: &mut Vec<u8>) {
    let units = seconds.div_ceil(4);
    for shift in [24, 18, 12, 6, 0] {
        let digit = (units >> shift) as usize & 63;
        out.push(ALPHABET.get(digit).copied().unwrap_or(b'A'));
    }
}

/// Reads what [`write`] wrote, as seconds; `None` if it is no date, or the date is zero.
pub(super) fn read(text: &[u8]) -> Option<u64> {
    let digits = text.get(..5)?;
    let mut units = 0;
    for digit in digits {
        units = units << 6 | ALPHABET.iter().position(|a| a == digit)? as u64;
    }
    Some(units << 2).filter(|s| *s > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_round_to_four_seconds() {
        let mut text = Vec::new();
        write(1_700_000_001, &mut text);
        assert_eq!(read(&text), Some(1_700_000_004));
        assert_eq!([read(b"AAAAA"), read(b"abc"), read(b"a*aaa")], [None; 3]);
    }
}
