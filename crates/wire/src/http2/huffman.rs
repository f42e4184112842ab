//! The string code of header blocks (RFC 7541, appendix B). It is canonical: the lengths alone give the codes.

/// Appends the text that `bytes` encode. `None`: they are no such code, or are padded wrongly.
pub(super) fn decode(mut bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    // The next bits stand at the top of `window`; `bits` of them have been read.
    let (mut window, mut bits) = (0u64, 0u32);
    loop {
        while bits <= 56
            && let Some((byte, rest)) = bytes.split_first()
        {
            window |= u64::from(*byte) << (56 - bits);
            bits += 8;
            bytes = rest;
        }
        let Some((symbol, len)) = symbol(window).filter(|(_, len)| *len <= bits) else { break };
        out.push(symbol);
        window <<= len;
        bits -= len;
    }
    let ones = u64::MAX.checked_shl(64 - bits).unwrap_or(0);
    (bits < 8 && window == ones).then_some(())
}

/// The symbol whose code stands at the top of `window`, and the length of that code.
fn symbol(window: u64) -> Option<(u8, u32)> {
    let (symbol, len) = SHORT[(window >> 56) as usize];
    if len > 0 {
        return Some((symbol, u32::from(len)));
    }
    (9..=30).find_map(|len: usize| {
        let code = (window >> (64 - len)) as u32;
        let nth = code.checked_sub(FIRST[len])?;
        let nth = if nth < u32::from(COUNT[len]) { usize::from(BEFORE[len]) + nth as usize } else { return None };
        Some((*SYMBOLS.get(nth)?, len as u32))
    })
}

/// How many symbols have codes of each length.
const COUNT: [u16; 31] = {
    let (mut count, mut at) = ([0; 31], 0);
    while at < 256 {
        count[LENGTHS[at] as usize] += 1;
        at += 1;
    }
    count
};

/// How many symbols have shorter codes.
const BEFORE: [u16; 31] = {
    let (mut before, mut len) = ([0; 31], 1);
    while len < 31 {
        before[len] = before[len - 1] + COUNT[len - 1];
        len += 1;
    }
    before
};

/// The first code of each length.
const FIRST: [u32; 31] = {
    let (mut first, mut len) = ([0; 31], 1);
    while len < 31 {
        first[len] = (first[len - 1] + COUNT[len - 1] as u32) << 1;
        len += 1;
    }
    first
};

/// All symbols, in the order of their codes.
const SYMBOLS: [u8; 256] = {
    let (mut symbols, mut next, mut at) = ([0; 256], BEFORE, 0);
    while at < 256 {
        let len = LENGTHS[at] as usize;
        symbols[next[len] as usize] = at as u8;
        next[len] += 1;
        at += 1;
    }
    symbols
};

/// For every eight bits, the symbol whose code they begin with, if it is no longer than that.
static SHORT: [(u8, u8); 256] = {
    let (mut short, mut len) = ([(0, 0); 256], 1);
    while len <= 8 {
        let mut nth = 0;
        while nth < COUNT[len] as usize {
            let code = (FIRST[len] as usize + nth) << (8 - len);
            let mut tail = 0;
            while tail < 1 << (8 - len) {
                short[code + tail] = (SYMBOLS[BEFORE[len] as usize + nth], len as u8);
                tail += 1;
            }
            nth += 1;
        }
        len += 1;
    }
    short
};

#[rustfmt::skip]
const LENGTHS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        decode(bytes, &mut out).map(|()| out)
    }

    #[test]
    fn the_examples_of_the_rfc() {
        let example = [0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff];
        assert_eq!(text(&example).as_deref(), Some(&b"www.example.com"[..]));
        assert_eq!(text(&[0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf]).as_deref(), Some(&b"no-cache"[..]));
        assert_eq!(text(b""), Some(Vec::new()));
    }

    #[test]
    fn bad_padding_is_refused() {
        assert_eq!(text(&[0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbe]), None);
        assert_eq!(text(&[0xff]), None, "eight bits of padding");
        assert_eq!(text(&[0xff; 4]), None, "the end-of-string symbol");
    }
}
