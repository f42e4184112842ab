//! `hash-type`: the functions that turn a key into 32 bits. Manual 4.2, "hash-type".

use std::net::IpAddr;

/// How a hash finds its server.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Method {
    Consistent,
    #[default]
    MapBased,
}

/// How a key becomes a hash.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Function {
    Crc32,
    Djb2,
    None,
    #[default]
    Sdbm,
    Wt6,
}

/// `hash-type <method> <function> <modifier>`
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct HashType {
    pub method: Method,
    pub function: Function,
    pub avalanche: bool,
}

impl HashType {
    /// The method with the function and modifier it has when the line names none.
    pub fn new(method: Method) -> HashType {
        HashType { method, function: Function::Sdbm, avalanche: method == Method::Consistent }
    }

    /// The hash of a key: a part of the request, or a sample of `balance hash` as bytes (an address as 4 or 16
    /// bytes, an integer as 8 in network order).
    pub fn bytes(&self, key: &[u8]) -> u32 {
        self.finish(match self.function {
            Function::Crc32 => crc32(key),
            Function::Djb2 => djb2(key),
            Function::None => number(key),
            Function::Sdbm => sdbm(key),
            Function::Wt6 => wt6(key),
        })
    }

    /// The hash of `balance source`: the address's 32-bit words folded into one. The function is not used.
    pub fn address(&self, source: IpAddr) -> u32 {
        self.finish(match source {
            IpAddr::V4(v4) => v4.to_bits(),
            IpAddr::V6(v6) => fold(v6.to_bits()),
        })
    }

    fn finish(&self, hash: u32) -> u32 {
        if self.avalanche { avalanche(hash) } else { hash }
    }
}

fn fold(bits: u128) -> u32 {
    let half = (bits >> 64) as u64 ^ bits as u64;
    (half >> 32) as u32 ^ half as u32
}

/// The hash of the sdbm library: each byte is added to 65599 times the hash so far.
pub fn sdbm(key: &[u8]) -> u32 {
    key.iter().fold(0, |hash: u32, &byte| hash.wrapping_mul(65599).wrapping_add(u32::from(byte)))
}

/// Bernstein's hash: each byte is added to 33 times the hash so far.
pub fn djb2(key: &[u8]) -> u32 {
    key.iter().fold(5381, |hash: u32, &byte| hash.wrapping_mul(33).wrapping_add(u32::from(byte)))
}

/// Two words take in each byte, are complemented, rotated and swapped; their middle bits say how far the next
/// rotation goes.
pub fn wt6(key: &[u8]) -> u32 {
    let (mut low, mut high) = (0xa53c_965a_u32, 0x5ca6_953a_u32);
    let (mut left, mut right) = (6, 18);
    for &byte in key {
        low = !(low ^ u32::from(byte));
        high = !high.wrapping_add(u32::from(byte));
        (low, high) = (high.rotate_left(left), low.rotate_left(right));
        let turn = ((low >> 16) ^ high) & 0xffff;
        (left, right) = (turn & 31, turn >> 11);
    }
    low ^ high
}

/// The CRC of Ethernet, gzip and PNG, a nibble at a time.
pub fn crc32(key: &[u8]) -> u32 {
    const NIBBLES: [u32; 16] = nibbles();
    let step = |crc: u32, bits: u32| (crc >> 4) ^ NIBBLES[((crc ^ bits) & 15) as usize];
    !key.iter().fold(!0, |crc, &byte| step(step(crc, u32::from(byte)), u32::from(byte >> 4)))
}

const fn nibbles() -> [u32; 16] {
    let mut table = [0; 16];
    let mut at = 0;
    while at < 16 {
        let mut crc = at as u32;
        let mut bit = 0;
        while bit < 4 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[at] = crc;
        at += 1;
    }
    table
}

/// `none`: the key is itself a number. What is not one counts as 0; what is too large for 64 bits, signed, as
/// the largest of those. The low 32 bits are the hash.
pub fn number(key: &[u8]) -> u32 {
    let (negative, digits) = match key {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let digits = digits.iter().map_while(|byte| byte.is_ascii_digit().then(|| i64::from(byte - b'0')));
    let value = digits.fold(0_i64, |value, digit| match negative {
        true => value.saturating_mul(10).saturating_sub(digit),
        false => value.saturating_mul(10).saturating_add(digit),
    });
    value as u32
}

/// Bob Jenkins' full avalanche of four bytes. Every bit of the input has a hand in every bit of the outcome.
pub fn avalanche(hash: u32) -> u32 {
    let mut a = hash;
    a = a.wrapping_add(0x7ed5_5d16).wrapping_add(a << 12);
    a = (a ^ 0xc761_c23c) ^ (a >> 19);
    a = a.wrapping_add(0x1656_67b1).wrapping_add(a << 5);
    a = a.wrapping_add(0xd3a2_646c) ^ (a << 9);
    a = a.wrapping_add(0xfd70_46c5).wrapping_add(a << 3);
    a = (a ^ 0xb55a_4f09) ^ (a >> 16);
    // HAProxy mixes the two lowest bits into the two highest once more; seen from its picks.
    a.wrapping_sub(a << 30)
}

/// XXH32, of which (with seed 0) HAProxy makes the ring's places of `hash-key guid`.
pub fn xxh32(key: &[u8], seed: u32) -> u32 {
    const P: [u32; 5] = [0x9e37_79b1, 0x85eb_ca77, 0xc2b2_ae3d, 0x27d4_eb2f, 0x1656_67b1];
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
    let stripes = key.chunks_exact(16);
    let tail = stripes.remainder();
    let mut hash = seed.wrapping_add(P[4]);
    if key.len() >= 16 {
        let mut lanes =
            [P[0].wrapping_add(P[1]), P[1], 0, P[0].wrapping_neg()].map(|lane: u32| lane.wrapping_add(seed));
        for stripe in stripes {
            for (lane, bytes) in lanes.iter_mut().zip(stripe.chunks(4)) {
                *lane = lane.wrapping_add(word(bytes).wrapping_mul(P[1])).rotate_left(13).wrapping_mul(P[0]);
            }
        }
        let turned = lanes.iter().zip([1, 7, 12, 18]).map(|(lane, by)| lane.rotate_left(by));
        hash = turned.fold(0, u32::wrapping_add);
    }
    hash = hash.wrapping_add(key.len() as u32);
    let words = tail.chunks_exact(4);
    let bytes = words.remainder();
    hash = words
        .fold(hash, |hash, bytes| hash.wrapping_add(word(bytes).wrapping_mul(P[2])).rotate_left(17).wrapping_mul(P[3]));
    hash = bytes.iter().fold(hash, |hash, &byte| {
        hash.wrapping_add(u32::from(byte).wrapping_mul(P[4])).rotate_left(11).wrapping_mul(P[0])
    });
    hash = (hash ^ (hash >> 15)).wrapping_mul(P[1]);
    hash = (hash ^ (hash >> 13)).wrapping_mul(P[2]);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(sdbm(b"a"), 97);
        assert_eq!(sdbm(b"ab"), 97 * 65599 + 98);
        assert_eq!(djb2(b""), 5381);
        assert_eq!(djb2(b"a"), 5381 * 33 + 97);
        assert_eq!(xxh32(b"", 0), 0x02cc_5d05);
        assert_eq!(xxh32(b"abc", 0), 0x32d1_53ff);
        assert_eq!(xxh32(b"Nobody inspects the spammish repetition", 0), 0xe229_3b2f);
    }

    #[test]
    fn numbers() {
        let examples: [(&str, u32); 8] = [
            ("17", 17),
            ("+17", 17),
            ("-1", u32::MAX),
            ("4294967297", 1),
            ("9223372036854775808", u32::MAX),
            ("12x", 12),
            ("x", 0),
            ("", 0),
        ];
        for (key, expected) in examples {
            assert_eq!(number(key.as_bytes()), expected, "{key}");
        }
    }
}
